"""The pod contract: in every stack and for every node group, all policies admit the pod and it lands there alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from airflow_infra.assurance.placement.placement import Placement
from airflow_infra.assurance.placement.scheduling import requested
from airflow_infra.policies.pod import default_node_group, operator_arguments, task_pod
from airflow_infra.policies.stack import stack_policies
from airflow_infra.settings.eks import Taint
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings
from tests.assurance.placement_samples import node_group, with_groups
from tests.infra.eks.policy_evaluation import violations
from tests.policies.conftest import PROJECT

STACKS = {name: load_stack(name, PROJECT, as_of=date(2026, 11, 22)).settings for name in ("dev", "prod", "sandpit")}
LARGE = Taint(key="large", value="true", effect="NoSchedule")
NIGHTLY = Taint(key="nightly", value="", effect="NoExecute")

every_group = pytest.mark.parametrize(
    ("settings", "group"),
    [
        pytest.param(settings, group.name, id=f"{stack}-{group.name}")
        for stack, settings in {
            **STACKS,
            "zones": with_groups(
                node_group("standard-a", "t3.large"),
                node_group("standard-b", "t3.large", labels={"zone": "b"}),
                node_group("large-a", "r6i.4xlarge", labels={"size": "large"}, taints=(LARGE,)),
                node_group("large-b", "r6i.4xlarge", labels={"size": "large"}, taints=(LARGE, NIGHTLY)),
                node_group("large-c", "r6i.4xlarge", labels={"size": "large"}, taints=(LARGE, NIGHTLY)),
            ),
        }.items()
        for group in settings.eks.cluster.node_groups
    ],
)


def refusals(settings: StackSettings, pod: dict[str, Any]) -> list[str]:
    names = Names("dev", settings.account.id, settings.account.region)
    applied = stack_policies(PROJECT / "infra/eks/policies", settings, names).policies
    return [message for one in applied for message in violations(replace(one.policy, applied=one.constraint), pod)]


@every_group
def test_every_policy_admits_the_pod(settings: StackSettings, group: str) -> None:
    assert refusals(settings, task_pod(settings, group)) == []


@every_group
def test_the_pod_lands_on_its_group_and_no_other(settings: StackSettings, group: str) -> None:
    spec = task_pod(settings, group)["spec"]
    placed = Placement(settings).place(spec, requested(spec))
    assert [answer.name for answer in placed.groups if answer.fits] == [group]
    assert placed.problems == ()


@every_group
def test_its_operator_waits_for_a_node_that_has_to_start(settings: StackSettings, group: str) -> None:
    timeout = operator_arguments(settings, group)["startup_timeout_seconds"]
    spec = task_pod(settings, group)["spec"]
    assert Placement(settings).place(spec, requested(spec), timeout).problems == ()


@pytest.mark.parametrize("part", ["tolerations", "affinity"])
def test_half_of_the_high_memory_contract_is_refused_with_the_other_half(settings: StackSettings, part: str) -> None:
    pod = task_pod(settings, "high-memory")
    del pod["spec"][part]
    (message,) = refusals(settings, pod)
    advice = 'key: "high-memory", operator: In, values: ["true"]'
    if part == "tolerations":
        advice = '{key: "high-memory", operator: Equal, value: "true", effect: NoSchedule}'
    assert advice in message


def test_a_pod_for_the_only_group_without_taints_asks_for_nothing(settings: StackSettings) -> None:
    assert not {"tolerations", "affinity", "nodeSelector"} & task_pod(settings, "standard")["spec"].keys()


def test_the_default_group_is_one_without_taints() -> None:
    large = node_group("large", "r6i.4xlarge", taints=(LARGE,))
    assert default_node_group(with_groups(large, node_group("standard", "t3.large"))) == "standard"


def test_a_node_of_unknown_size_is_asked_for_no_more_than_the_namespaces_default() -> None:
    settings = with_groups(node_group("standard", "t3.large"), node_group("new", "z9.large", taints=(LARGE,)))
    (container,) = task_pod(settings, "new")["spec"]["containers"]
    assert container["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}


def test_a_misspelt_node_group_gets_a_suggestion(settings: StackSettings) -> None:
    with pytest.raises(ValueError, match="no node group highmemory: did you mean high-memory"):
        task_pod(settings, "highmemory")


def test_an_unknown_node_group_gets_the_list(settings: StackSettings) -> None:
    with pytest.raises(ValueError, match="no node group x: expected one of standard, high-memory"):
        task_pod(settings, "x")
