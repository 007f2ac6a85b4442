"""The pods of the real KubernetesPodOperator pass every policy, and are those of the contract as it is now."""

import re
from typing import Any

import pytest

from airflow_infra.assurance.admission.defaulting import Defaulting
from airflow_infra.assurance.admission.engine import CelEngine
from airflow_infra.assurance.admission.mutation import Mutation
from airflow_infra.policies.pod import task_pod
from airflow_infra.policies.stack import StackPolicies, stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from tests.policies.conftest import PROJECT
from tests.policies.operator_samples import OLDER, calls, samples

SAMPLES = samples()

every_sample = pytest.mark.parametrize("pod", SAMPLES.values(), ids=SAMPLES)


@pytest.fixture(scope="module")
def policies(settings: StackSettings, names: Names) -> StackPolicies:
    return stack_policies(PROJECT / "infra/eks/policies", settings, names)


@pytest.fixture(scope="module")
def engine(policies: StackPolicies) -> CelEngine:
    return CelEngine(policies)


@every_sample
def test_every_policy_admits_it_as_it_is_mutated(
    pod: dict[str, Any], settings: StackSettings, policies: StackPolicies, engine: CelEngine
) -> None:
    mutated = Mutation(policies.mutators).mutated(Defaulting(settings.eks.airflow).defaulted(pod))
    assert engine.findings(mutated) == ()


@pytest.mark.parametrize("xcom", ["", "-xcom"])
def test_an_older_sidecar_needs_the_mutation(xcom: str, settings: StackSettings, engine: CelEngine) -> None:
    pod = SAMPLES[f"{OLDER[1]}-standard{xcom}-xxxxxxxx"]
    findings = engine.findings(Defaulting(settings.eks.airflow).defaulted(pod))
    assert [found.by for found in findings] == (["privilege-escalation"] if xcom else [])


def test_the_samples_are_of_the_stacks_provider_and_of_an_older_one(settings: StackSettings) -> None:
    stacks = re.findall(r"cncf-kubernetes==(\S+)", settings.mwaa.requirements)
    expected = {f"{provider}-{name}-xxxxxxxx" for provider in (*stacks, OLDER[1]) for name in calls(settings)}
    assert SAMPLES.keys() == expected, "write them again: make golden"


@every_sample
def test_it_is_a_pod_of_the_contract(pod: dict[str, Any], settings: StackSettings) -> None:
    group = pod["metadata"]["name"].removesuffix("-xxxxxxxx").removesuffix("-xcom")
    contract = task_pod(settings, group)
    (container,) = contract["spec"].pop("containers")
    assert contract["metadata"]["labels"].items() <= pod["metadata"]["labels"].items()
    assert contract["spec"].items() <= pod["spec"].items(), "write it again: make golden"
    assert container.items() <= pod["spec"]["containers"][0].items(), "write it again: make golden"
