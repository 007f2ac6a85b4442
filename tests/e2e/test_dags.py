"""DAG files read by the stack's real Airflow, in an environment that the first run makes: a minute and 500 MB.

Skipped by name where it cannot be made, unless REQUIRE_AIRFLOW is set, as `.ci/run` does.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_infra.airflow.dags import Rendering
from airflow_infra.airflow.environment import AirflowEnvironment
from airflow_infra.airflow.inside import arguments
from airflow_infra.assurance.check.types import FoundPod
from airflow_infra.settings.airflow import kubernetes_connection
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]
EXAMPLES = PROJECT / "dags" / "examples"

PODS = """
from airflow.providers.amazon.aws.operators.eks import EksPodOperator
from airflow.providers.cncf.kubernetes.operators.job import KubernetesJobOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.operators.resource import KubernetesCreateResourceOperator
from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator
from airflow.sdk import DAG, TaskGroup, Variable, task
from kubernetes.client import models as k8s

print("what a DAG file prints is thrown away")


class Stubborn(KubernetesPodOperator):
    def build_pod_request_obj(self, context=None, *, dry_run=False):
        raise RuntimeError("no pod today")


FULL = k8s.V1Pod(
    metadata=k8s.V1ObjectMeta(labels={"from": "full"}),
    spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base", image="full:1")], host_network=True),
)

with DAG("pods", schedule=None):
    KubernetesPodOperator(task_id="plain", image="plain:1")
    with_xcom = KubernetesPodOperator(task_id="with_xcom", namespace="airflow", image="a", do_xcom_push=True)
    KubernetesPodOperator(task_id="other_connection", image="a", do_xcom_push=True, kubernetes_conn_id="other")
    KubernetesPodOperator(
        task_id="templates",
        name="run-{{ ds }}",
        image="{{ params.image }}",
        cmds=["echo", "{{ dag.dag_id }}.{{ task.task_id }}", "{{ ds }}"],
        arguments=[with_xcom.output],
        annotations={"iam.amazonaws.com/role": "{{ params.role }}"},
        service_account_name=Variable.get("account"),
        container_resources=k8s.V1ResourceRequirements(requests={"cpu": "{{ params.cpu }}", "memory": "1Gi"}),
        startup_timeout_seconds=600,
    )
    KubernetesPodOperator(task_id="whole_argument", image="a", arguments=with_xcom.output)
    KubernetesPodOperator.partial(task_id="mapped", cmds=["a"]).expand(image=["a", "b"])
    KubernetesPodOperator.partial(task_id="mapped_harmlessly", image="a").expand(config_file=["a", "b"])
    KubernetesPodOperator.partial(task_id="mapped_over_anything").expand_kwargs(with_xcom.output)
    for table in ("users", "orders"):
        KubernetesPodOperator(task_id=f"load_{table}", image="a")
    with TaskGroup("group"):
        KubernetesPodOperator(task_id="grouped", image="a")
    EksPodOperator(task_id="eks", cluster_name="cluster", image="eks:1")
    KubernetesJobOperator(task_id="job", image="job:1")
    KubernetesPodOperator(task_id="template_file", pod_template_file="/usr/local/airflow/dags/pod.yaml", image="b")
    KubernetesPodOperator(task_id="template_missing", pod_template_file="/usr/local/airflow/dags/missing.yaml")
    KubernetesPodOperator(task_id="full_pod_spec", full_pod_spec=FULL)
    Stubborn(task_id="stubborn", image="a")
    SparkKubernetesOperator(task_id="spark", template_spec={"spark": {}}, image="a")
    KubernetesCreateResourceOperator(task_id="resource", yaml_conf="kind: Pod")

    @task.kubernetes(image="decorated:1")
    def decorated(x): ...

    decorated(1)
    decorated.override(task_id="decorated_and_mapped").expand(x=[1, 2])
"""
POD_TEMPLATE = """
apiVersion: v1
kind: Pod
metadata: {name: from-file, namespace: airflow}
spec:
  containers: [{name: base, image: file:1, securityContext: {privileged: true}}]
"""


@pytest.fixture(scope="session")
def pods(render: Callable[..., Rendering], tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    folder = tmp_path_factory.mktemp("project") / "dags"
    (folder / "team").mkdir(parents=True)
    (folder / "pod.yaml").write_text(POD_TEMPLATE)
    (folder / "team" / "pods.py").write_text(PODS)
    return render(folder / "team" / "pods.py")


@pytest.fixture
def pod(pods: Rendering) -> Callable[[str], FoundPod]:
    found = {pod.name.removeprefix("pods."): pod for pod in pods.pods}
    return found.__getitem__


Pod = Callable[[str], FoundPod]


def base(found: FoundPod) -> dict[str, object]:
    return found.pod["spec"]["containers"][0]


def test_every_task_that_runs_a_pod_is_found(pods: Rendering) -> None:
    assert (len(pods.pods), pods.problems) == (20, ())


def test_what_other_operators_create_is_not_checked_by_name(pods: Rendering) -> None:
    assert any("what the task pods.resource creates" in note for note in pods.notes)


def test_the_network_was_taken_away(pods: Rendering) -> None:
    assert any("no network" in note for note in pods.notes)


def test_a_task_without_a_namespace_is_refused_and_judged_as_if_it_were_in_airflows(pod: Pod) -> None:
    found = pod("plain")
    (refused,) = found.refused_by
    assert (refused.by, refused.message) == (
        "access",
        'namespace default: mwaa-service may create pods in airflow only; write namespace="airflow"',
    )
    assert found.pod["metadata"]["namespace"] == "airflow"


def test_a_pod_of_plain_values_is_known(pod: Pod) -> None:
    assert (pod("plain").unknown, base(pod("plain"))["image"]) == ((), "plain:1")


def test_the_xcom_sidecar_is_that_of_the_stacks_connection(pod: Pod, settings: StackSettings) -> None:
    sidecar = pod("with_xcom").pod["spec"]["containers"][1]
    assert sidecar["image"] == settings.mwaa.xcom_sidecar_image
    assert sidecar["image"] in kubernetes_connection(settings.mwaa.xcom_sidecar_image)


def test_the_sidecar_of_another_connection_is_unknown(pod: Pod) -> None:
    assert "spec.containers[1].image" in pod("other_connection").unknown


def test_placeholders_are_unknown_by_their_paths(pod: Pod) -> None:
    assert pod("templates").unknown == (
        'metadata.annotations["iam.amazonaws.com/role"]',
        "metadata.name",
        "spec.containers[0].args[0]",
        "spec.containers[0].command[2]",
        "spec.containers[0].image",
        "spec.containers[0].resources.requests.cpu",
        "spec.serviceAccountName",
    )


def test_a_placeholder_is_shown_as_it_was_written(pod: Pod) -> None:
    assert base(pod("templates"))["image"] == "{{ params.image }}"


def test_a_variable_of_airflow_is_shown_as_one(pod: Pod) -> None:
    assert pod("templates").pod["spec"]["serviceAccountName"] == "{{ var.value.account }}"


def test_what_needs_only_the_dag_is_rendered(pod: Pod) -> None:
    assert base(pod("templates"))["command"] == ["echo", "pods.templates", "{{ ds }}"]


def test_the_operators_patience_goes_with_its_pod(pod: Pod) -> None:
    assert (pod("templates").startup_timeout_s, pod("plain").startup_timeout_s) == (600, 120)


def test_an_argument_that_is_an_xcom_is_unknown_as_a_whole(pod: Pod) -> None:
    assert pod("whole_argument").unknown == ("spec.containers[0].args",)


def test_mapped_arguments_are_unknown(pod: Pod) -> None:
    assert pod("mapped").unknown == ("spec.containers[0].image",)


def test_mapping_what_does_not_change_the_pod_leaves_it_known(pod: Pod) -> None:
    assert (pod("mapped_harmlessly").unknown, pod("mapped_harmlessly").reasons) == ((), ())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mapped_over_anything", "mapped over any argument"),
        ("template_missing", "missing.yaml does not exist"),
        ("stubborn", "RuntimeError: no pod today"),
        ("spark", "SparkKubernetesOperator creates an object"),
    ],
)
def test_a_pod_that_cannot_be_built_is_unknown_with_the_reason(pod: Pod, name: str, reason: str) -> None:
    assert pod(name).unknown == ("metadata", "spec")
    assert reason in pod(name).reasons[0]


def test_a_template_in_the_dags_folder_is_found_and_overridden_by_arguments(pod: Pod) -> None:
    found = base(pod("template_file"))
    assert (found["image"], found["securityContext"]) == ("b", {"privileged": True})


def test_a_whole_pod_is_merged(pod: Pod) -> None:
    found = pod("full_pod_spec")
    assert (base(found)["image"], found.pod["spec"]["hostNetwork"]) == ("full:1", True)


@pytest.mark.parametrize(("name", "image"), [("eks", "eks:1"), ("job", "job:1"), ("decorated", "decorated:1")])
def test_operators_derived_from_it_are_found(pod: Pod, name: str, image: str) -> None:
    assert base(pod(name))["image"] == image


def test_the_command_of_a_decorated_function_is_unknown(pod: Pod) -> None:
    expected = ("spec.containers[0].command", "spec.containers[0].env")
    assert pod("decorated").unknown == pod("decorated_and_mapped").unknown == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plain", '    KubernetesPodOperator(task_id="plain"'),
        ("load_users", '        KubernetesPodOperator(task_id=f"load_{table}"'),
        ("group.grouped", '        KubernetesPodOperator(task_id="grouped"'),
        ("decorated", "    @task.kubernetes("),
    ],
)
def test_a_task_stands_at_its_line(pod: Pod, name: str, text: str) -> None:
    assert PODS.splitlines()[pod(name).line - 1].startswith(text)


def test_a_field_stands_at_the_line_of_its_argument(pod: Pod) -> None:
    line = pod("templates").field_line("spec.containers[0].image")
    assert line is not None
    assert PODS.splitlines()[line - 1].strip().startswith("image=")


def test_every_argument_of_the_operator_is_known(environment: AirflowEnvironment) -> None:
    code = """
import inspect
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
print(*inspect.signature(KubernetesPodOperator.__init__).parameters)
"""
    command = [environment.python, "-I", "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    known = {*arguments.FIELDS, *arguments.TEMPLATES, *arguments.NOT_OF_THE_POD, "self", "kwargs"}
    assert set(answer.stdout.split()) - known == set()


def test_the_examples_are_read(render: Callable[..., Rendering]) -> None:
    rendering = render(*sorted(EXAMPLES.glob("*.py")))
    assert [pod.name for pod in rendering.pods] == ["hello.hello", "high_memory.aggregate", "refused.privileged"]
    assert rendering.problems == ()
