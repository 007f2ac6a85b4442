"""`airflow-infra check`, as a person or a pipeline runs it."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.airflow.dags import Rendering
from airflow_infra.assurance.check.types import Finding, FoundPod
from airflow_infra.cli.app import run
from tests.readme import hold_to_readme

PROJECT = Path(__file__).parents[2]
SAMPLES = PROJECT / "docs" / "samples"
SLOW = ("airflow", "boto3", "botocore", "kubernetes", "moto", "pulumi", "grpc", "hypothesis", "jinja2")


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


Check = Callable[..., Done]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("COLUMNS", "160")

    def check(*arguments: object) -> Done:
        command = ["airflow-infra", "check", "dev", *map(str, arguments), "--as-of", "2026-11-22"]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as stop:
            run()
        output = capsys.readouterr()
        return Done(int(stop.value.code or 0), output.out, output.err)

    return check


def hello(**changes: Any) -> dict[str, Any]:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "hello", "namespace": "airflow"},
        "spec": {
            "serviceAccountName": "airflow-task",
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000},
            "containers": [{"name": "base", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22"}],
        },
    }
    pod["spec"].update(changes)  # pyright: ignore[reportAttributeAccessIssue]
    return pod


def test_the_readme_shows_what_the_samples_print(check: Check, pytestconfig: pytest.Config) -> None:
    done = check("docs/samples")
    assert (done.status, done.err) == (1, "")
    hold_to_readme("check", done.out, update=bool(pytestconfig.getoption("--update-golden")))


def test_the_readme_shows_how_the_policies_samples_end(check: Check, pytestconfig: pytest.Config) -> None:
    done = check(*sorted(PROJECT.glob("infra/eks/policies/*/samples")))
    assert (done.status, done.err) == (1, "")
    hold_to_readme("check-policies", done.out.splitlines()[-1], update=bool(pytestconfig.getoption("--update-golden")))


def test_the_document_has_what_pipelines_read(check: Check, tmp_path: Path) -> None:
    check(SAMPLES, "--json", tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text())
    keys = {"file", "line", "name", "verdict", "refused_by", "warnings", "node_groups", "problems"}
    assert all(keys <= pod.keys() for pod in document["pods"])
    assert [(pod["name"], pod["verdict"]) for pod in document["pods"]] == [
        ("hello", "admitted"),
        ("aggregate", "admitted"),
        ("legacy-import", "refused"),
        ("lost", "refused"),
    ]
    refused = document["pods"][2]
    named = {one["by"]: one["line"] for one in refused["refused_by"]}
    assert named["image-registries"] == 12
    assert document["counts"]["refused"] == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "out.json"]


def test_annotations_point_to_the_line_of_the_field(check: Check) -> None:
    done = check(SAMPLES / "refused.yaml", "--format", "github")
    first = f"::error file={SAMPLES}/refused.yaml,line=12::legacy-import: image-registries: container base: image "
    assert any(line.startswith(first) for line in done.out.splitlines())
    assert done.out.splitlines()[-1].startswith("2 pods: ")


def test_standard_input_is_checked(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(hello()).encode())))
    done = check("-")
    assert (done.status, done.err) == (0, "")
    assert "<stdin>:1" in done.out


def test_a_pod_that_no_node_takes_fails_though_it_is_admitted(check: Check, tmp_path: Path) -> None:
    (tmp_path / "pod.json").write_text(json.dumps(hello(nodeSelector={"disk": "fast"})))
    done = check(tmp_path / "pod.json")
    assert done.status == 1
    assert done.out.splitlines()[-1] == "1 pod: 1 admitted, 0 refused, 0 unknown; 1 without a node in time"


def test_broken_input_is_named_and_the_rest_is_checked(check: Check, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    (tmp_path / "pod.json").write_text(json.dumps(hello()))
    done = check(tmp_path)
    assert done.status == 2
    assert done.err.startswith(f"{tmp_path}/broken.yaml:2: not YAML: ")
    assert done.out.splitlines()[-1] == "1 pod: 1 admitted, 0 refused, 0 unknown; 1 problem with the input"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"containers": []},
        {"containers": None},
        {"containers": "base"},
        {"containers": [None]},
        {"containers": [{"name": "base", "image": "a", "resources": {"requests": {"cpu": "abc"}}}]},
        {"containers": [{"name": "Base_1", "image": "a"}]},
        {"containers": [{"name": 3, "image": ["a"]}], "volumes": 7},
    ],
)
def test_what_is_no_sound_pod_is_refused_with_its_line(check: Check, tmp_path: Path, spec: dict[str, Any]) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "odd"}, "spec": spec}
    (tmp_path / "pod.json").write_text(json.dumps(pod))
    done = check(tmp_path)
    assert (done.status, done.err) == (1, "")
    assert done.out.startswith(f"x {tmp_path}/pod.json:1: odd: ")


def test_nothing_to_check_is_bad_input(check: Check, tmp_path: Path) -> None:
    (tmp_path / "helper.py").touch()
    done = check(tmp_path)
    message = f"nothing to check: {tmp_path} holds no Kubernetes object and no DAG file\n"
    assert (done.status, done.err) == (2, message)
    done = check(tmp_path / "nowhere.yaml")
    assert (done.status, done.err) == (2, f"{tmp_path}/nowhere.yaml: there is no such file\n")


def test_files_without_pods_are_no_failure(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "service.yaml").write_text("apiVersion: v1\nkind: Service\n")
    (tmp_path / "dag.py").write_text("from airflow.sdk import DAG\n")
    monkeypatch.setattr("airflow_infra.airflow.dags.rendered_pods", lambda *_: Rendering(without_pods=1))
    done = check(tmp_path)
    assert (done.status, done.err, done.out.splitlines()[-1]) == (0, "", "0 pods; 2 objects or files without pods")


def test_the_document_does_not_go_to_standard_output(check: Check) -> None:
    done = check(SAMPLES, "--json", "-")
    assert (done.status, done.out) == (2, "")
    assert done.err == "--json -: expected the name of a file: standard output is for the table\n"


def test_a_document_that_cannot_be_written_is_bad_input_before_anything_is_read(check: Check, tmp_path: Path) -> None:
    done = check(tmp_path / "nowhere.yaml", "--json", tmp_path / "nowhere" / "out.json")
    assert (done.status, done.err) == (
        2,
        f"--json {tmp_path}/nowhere/out.json: cannot be written: No such file or directory\n",
    )


def test_a_folder_is_no_file_to_write_to(check: Check, tmp_path: Path) -> None:
    done = check(SAMPLES, "--json", tmp_path)
    assert (done.status, done.err) == (2, f"--json {tmp_path}: cannot be written: expected a file\n")


def test_a_file_without_objects_is_named_in_the_document_too(check: Check, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").touch()
    assert check(tmp_path / "empty.yaml", "--json", tmp_path / "out.json", "--format", "github").status == 2
    (problem,) = json.loads((tmp_path / "out.json").read_text())["problems"]
    assert problem["message"] == "holds no Kubernetes object"


def test_a_gator_that_fails_is_no_verdict(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gator = tmp_path / "gator"
    gator.write_text("#!/bin/sh\necho boom >&2\nexit 3\n")
    gator.chmod(0o755)
    monkeypatch.setattr("airflow_infra.cli.check.find_gator", lambda _: gator)
    done = check(SAMPLES, "--engine", "gator")
    assert (done.status, done.err) == (2, "not checked: gator failed with exit code 3: boom\n")


def test_policies_that_cannot_be_used_are_bad_input(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_infra.cli.check.POLICIES", Path("docs/samples"))
    done = check(SAMPLES)
    assert (done.status, done.err) == (2, f"{SAMPLES} holds no admission policy: expected a folder for each\n")


def test_an_unknown_field_that_matters_fails_only_when_asked_to(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dag.py").write_text("from airflow.sdk import DAG\n")
    (tmp_path / "helper.py").write_text("1 / 0\n")
    read: list[Path] = []

    def rendered(files: list[Path], *rest: object) -> Rendering:
        read.extend(files)
        found = FoundPod(str(files[0]), 4, "dag.task", "task", hello(), unknown=("spec.containers[0].image",))
        return Rendering((found,), (), ("Airflow is not here",))

    monkeypatch.setattr("airflow_infra.airflow.dags.rendered_pods", rendered)
    done = check(tmp_path)
    assert done.out.startswith(f"Reading {tmp_path}/dag.py runs its code, in a process of its own\n")
    assert (done.status, done.out.splitlines()[-1]) == (0, "1 pod: 0 admitted, 0 refused, 1 unknown")
    assert check(tmp_path, "--strict").status == 1
    assert read == [tmp_path / "dag.py"] * 2


def test_what_refuses_a_task_before_anybody_looks_into_its_pod_is_told_first(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dag.py").write_text("from airflow.sdk import DAG\n")
    refused_by = (Finding("access", "namespace default: no", "metadata.namespace"),)
    found = FoundPod("dag.py", 4, "dag.task", "task", hello(hostNetwork=True), refused_by=refused_by)
    monkeypatch.setattr("airflow_infra.airflow.dags.rendered_pods", lambda *_: Rendering((found,)))
    done = check(tmp_path)
    assert done.status == 1
    assert done.out.splitlines()[1].startswith("x dag.py:4: dag.task: access: namespace default: no")


def test_why_a_pod_is_not_known_in_full_is_not_told_where_that_does_not_matter(
    check: Check, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "dag.py").write_text("from airflow.sdk import DAG\n")
    unknown, reasons = ("spec.containers[0].args",), ("mapped over arguments",)
    found = FoundPod("dag.py", 4, "dag.task", "task", hello(), unknown=unknown, reasons=reasons)
    monkeypatch.setattr("airflow_infra.airflow.dags.rendered_pods", lambda *_: Rendering((found,)))
    done = check(tmp_path)
    assert (done.status, "mapped over" in done.out) == (0, False)


def test_a_pod_is_checked_without_loading_what_is_slow() -> None:
    program = (
        "import sys; sys.argv = ['airflow-infra', 'check', 'dev', 'docs/samples/hello.yaml']\n"
        "from airflow_infra.cli import main\n"
        "try: main()\n"
        f"finally: print(*(name for name in {SLOW} if name in sys.modules), file=sys.stderr, end='')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
