"""What the real KubernetesPodOperator makes of the contract's calls: the samples are that, and both languages admit it.

The first run makes the environments, of two versions of Airflow, in the user's cache.
"""

import io
import os
import re
import textwrap
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from airflow_infra.airflow.dags import rendered_pods
from airflow_infra.airflow.installing import AirflowEnvironmentError
from airflow_infra.assurance.admission.defaulting import Defaulting
from airflow_infra.assurance.admission.mutation import Mutation
from airflow_infra.cli.pod import operator_call
from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings
from tests.e2e.gator import LANGUAGES, Language, refusals
from tests.policies.operator_samples import OLDER, calls, sample_file, samples

PROJECT = Path(__file__).parents[2]
CONSTRAINTS = "https://raw.githubusercontent.com/apache/airflow/constraints-{}/constraints-3.12.txt"
SAID = """\
# What KubernetesPodOperator of the provider cncf-kubernetes {provider} makes of the calls that `airflow-infra pod dev`
# prints, with and without do_xcom_push, on Airflow {airflow} with the stack's Kubernetes connection. Made without a
# run: the labels that name one are missing, and the random end of a name is x. Written by `make golden`.
"""


@pytest.fixture(scope="module")
def settings() -> StackSettings:
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


def versions(settings: StackSettings) -> tuple[str, str]:
    """Airflow and the provider of a stack."""
    provider = re.search(r"cncf-kubernetes==(\S+)", settings.mwaa.requirements)
    assert provider
    return settings.mwaa.airflow_version, provider[1]


def with_older(settings: StackSettings) -> StackSettings:
    airflow, provider = OLDER
    requirements = (
        f'--constraint "{CONSTRAINTS.format(airflow)}"\napache-airflow-providers-cncf-kubernetes=={provider}\n'
    )
    mwaa = settings.mwaa.model_copy(update={"airflow_version": airflow, "requirements": requirements})
    return settings.model_copy(update={"mwaa": mwaa})


def dag_file(settings: StackSettings) -> str:
    tasks = [
        f'with DAG("{name}", schedule=None):\n{textwrap.indent(operator_call(arguments), "    ")}\n'
        for name, arguments in calls(settings).items()
    ]
    return "\n".join(
        (
            "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
            "from airflow.sdk import DAG",
            *tasks,
        )
    )


def rendered(settings: StackSettings, folder: Path) -> list[Manifest]:
    file = folder / "contract.py"
    file.write_text(dag_file(settings), encoding="utf-8")
    try:
        rendering = rendered_pods([file], settings, print)
    except AirflowEnvironmentError as error:
        if os.environ.get("REQUIRE_CLUSTER"):
            raise
        pytest.skip(f"no environment with Airflow {settings.mwaa.airflow_version}: {error}")
    assert rendering.problems == ()
    assert {pod.unknown for pod in rendering.pods} == {()}
    return [pod.pod for pod in rendering.pods]


@pytest.mark.parametrize("older", [False, True], ids=["the-stacks", "older"])
def test_the_samples_are_what_the_operator_makes(
    settings: StackSettings, older: bool, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    settings = with_older(settings) if older else settings
    airflow, provider = versions(settings)
    text = io.StringIO()
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump_all(rendered(settings, tmp_path), text)
    wanted, file = SAID.format(airflow=airflow, provider=provider) + text.getvalue(), sample_file(provider)
    if pytestconfig.getoption("--update-golden"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(wanted, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == wanted, "write it again: make golden"


@pytest.mark.parametrize("language", LANGUAGES)
def test_gator_admits_the_samples_as_they_are_mutated(
    settings: StackSettings, binaries: Path, tmp_path: Path, language: Language
) -> None:
    names = Names("dev", settings.account.id, settings.account.region)
    policies = stack_policies(PROJECT / "infra/eks/policies", settings, names)
    defaulting, mutation = Defaulting(settings.eks.airflow), Mutation(policies.mutators)
    pods = {name: mutation.mutated(defaulting.defaulted(pod)) for name, pod in samples().items()}
    broken = {**next(iter(pods.values())), "metadata": {"name": "broken", "namespace": "airflow"}}
    broken["spec"] = {**broken["spec"], "hostPID": True}
    named = [{**pod, "metadata": {**pod["metadata"], "name": name}} for name, pod in pods.items()]
    found = refusals(binaries / "gator", policies, [*named, broken], tmp_path / "written", language)
    assert list(found.pop("broken")) == ["host-namespaces"]
    assert found == {name: {} for name in pods}
