"""DAG files read by the stack's real Airflow, in an environment that the first run makes: a minute and 500 MB.

Skipped by name where it cannot be made, unless REQUIRE_AIRFLOW is set, as `.ci/run` does.
"""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psutil
import pytest

from airflow_infra.airflow.dags import Rendering, rendered_pods
from airflow_infra.airflow.environment import AirflowEnvironment, airflow_environment
from airflow_infra.airflow.inside import arguments
from airflow_infra.airflow.installing import AirflowEnvironmentError
from airflow_infra.airflow.process import Limits
from airflow_infra.assurance.check.types import FoundPod
from airflow_infra.settings.airflow import kubernetes_connection
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]
EXAMPLES = PROJECT / "dags" / "examples"
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"

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
ONE_POD = """
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG
with DAG("one"):
    KubernetesPodOperator(task_id="one", image="a")
"""
EMPTY_OPERATOR = "from airflow.providers.standard.operators.empty import EmptyOperator"
SCRIBBLE = "    with contextlib.suppress(OSError): os.write(file, b'garbage')"
HOSTILE = {
    "hangs": "import airflow, signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: time.sleep(9)",
    "exits": "import airflow, sys\nsys.exit(3)",
    "leaves": "import airflow, os\nos._exit(0)",
    "is_killed": "import airflow, os\nos.kill(os.getpid(), 9)",
    "raises": "import airflow\ndef fail():\n    return {}['key']\nfail()",
    "is_broken": "import airflow\nx = (",
    "lacks": "import airflow\nimport nowhere_to_be_found",
    "eats": "import airflow\nx = 'a' * 2**33",
    "calls": "import airflow, socket\nsocket.create_connection(('127.0.0.1', 9))",
    "looks": "import airflow, boto3\nassert boto3.Session().get_credentials() is None\nprint('no credentials')",
    "forks": f"import os\nos.fork()\nos.fork()\n{ONE_POD}",
    "scribbles": f"import contextlib, os\nfor file in range(64):\n{SCRIBBLE}\n{ONE_POD}",
    "says_garbage": f"import sys\nsys.stdout.write('garbage' * 10**6)\nsys.stderr.write('{{}}')\n{ONE_POD}",
    "is_well": ONE_POD,
    "holds_nothing": "from airflow.sdk import DAG",
    "runs_no_pod": f"{EMPTY_OPERATOR}\nfrom airflow.sdk import DAG\nwith DAG('empty'): EmptyOperator(task_id='a')",
}


@pytest.fixture(scope="session")
def settings() -> StackSettings:
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


@pytest.fixture(scope="session")
def environment(settings: StackSettings) -> AirflowEnvironment:
    """The stack's Airflow, made once and kept."""
    try:
        return airflow_environment(settings.mwaa, print)
    except AirflowEnvironmentError as error:
        if os.environ.get("REQUIRE_AIRFLOW"):
            raise
        pytest.skip(f"no environment with Airflow {settings.mwaa.airflow_version}: {error}")


@pytest.fixture(scope="session")
def render(settings: StackSettings, environment: AirflowEnvironment) -> Callable[..., Rendering]:
    """The pods of DAG files."""

    def run(*files: Path, seconds: float = 60) -> Rendering:
        return rendered_pods(files, settings, print, Limits(seconds=seconds))

    return run


@pytest.fixture(scope="session")
def pods(render: Callable[..., Rendering], tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    folder = tmp_path_factory.mktemp("project") / "dags"
    (folder / "team").mkdir(parents=True)
    (folder / "pod.yaml").write_text(POD_TEMPLATE)
    (folder / "team" / "pods.py").write_text(PODS)
    return render(folder / "team" / "pods.py")


@pytest.fixture(scope="session")
def hostile(render: Callable[..., Rendering], tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    folder = tmp_path_factory.mktemp("hostile")
    for name, source in HOSTILE.items():
        (folder / f"{name}.py").write_text(source)
    return render(*(folder / f"{name}.py" for name in HOSTILE), seconds=15)


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


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("hangs", None, "importing it took longer than 15 s"),
        ("exits", 2, "SystemExit: 3"),
        ("leaves", None, "importing it ended the process with exit code 0"),
        ("is_killed", None, "importing it ended the process: SIGKILL"),
        ("raises", 3, "KeyError: 'key'"),
        ("is_broken", 2, "SyntaxError: '(' was never closed"),
        ("lacks", 2, "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("eats", 2, "MemoryError"),
        ("calls", 2, "PermissionError: [Errno 13]"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_with_its_line(
    hostile: Rendering, name: str, line: int | None, message: str
) -> None:
    (problem,) = (problem for problem in hostile.problems if problem.file.endswith(f"/{name}.py"))
    assert problem.line == line
    assert problem.message.startswith(message)


def test_the_others_are_read_all_the_same(hostile: Rendering) -> None:
    found = [Path(pod.file).stem for pod in hostile.pods]
    assert found == ["forks", "scribbles", "says_garbage", "is_well"]


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("looks", "holds no DAG"),
        ("holds_nothing", "holds no DAG"),
        ("runs_no_pod", "no task of its DAGs creates a pod"),
    ],
)
def test_a_file_without_pods_says_so(hostile: Rendering, name: str, note: str) -> None:
    assert any(line.endswith(f"{name}.py: {note}") for line in hostile.notes)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a program that leaves its group goes on")
def test_nothing_that_a_dag_file_started_is_left(render: Callable[..., Rendering], tmp_path: Path) -> None:
    seconds = f"{os.getpid()}.25"
    source = f"""
    import airflow, subprocess
    subprocess.Popen(["setsid", "sh", "-c", "setsid sleep {seconds} & sleep {seconds}"], start_new_session=True)
    """
    (tmp_path / "starts.py").write_text(textwrap.dedent(source))
    render(tmp_path / "starts.py")
    processes = psutil.process_iter(["cmdline"])
    assert not [process.pid for process in processes if seconds in (process.info["cmdline"] or ())]


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
