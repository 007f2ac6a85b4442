from pathlib import Path

import pytest

from airflow_infra.airflow import dags
from airflow_infra.airflow.dags import found_pod, looks_like_dags, rendered_pods
from airflow_infra.airflow.lines import DagLines
from airflow_infra.airflow.process import TaskPod
from airflow_infra.assurance.check.types import FoundPod
from airflow_infra.settings.stack import StackSettings


def no_environment(*_: object) -> None:
    pytest.fail("an environment with Airflow is needed for nothing here")


def refuse(_: str) -> None: ...


def test_without_a_file_that_can_be_read_airflow_is_not_needed(
    settings: StackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dags, "airflow_environment", no_environment)
    missing = tmp_path / "missing.py"
    (problem,) = rendered_pods([missing], settings, refuse).problems
    assert str(problem) == f"{missing}: cannot be read: No such file or directory"


def test_a_file_larger_than_any_dag_is_not_read(
    settings: StackSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dags, "airflow_environment", no_environment)
    large = tmp_path / "large.py"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    (problem,) = rendered_pods([large], settings, refuse).problems
    assert "104857600 bytes: more than" in problem.message


@pytest.mark.parametrize("content", [b"from airflow import DAG", b"import Airflow\n@dag\ndef x(): ..."])
def test_a_file_that_names_airflow_and_a_dag_may_hold_dags(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    assert looks_like_dags(tmp_path / "a.py")


@pytest.mark.parametrize("content", [b"", b"import airflow", b"dag = 1", b"\xff\x00"])
def test_other_python_files_hold_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    assert not looks_like_dags(tmp_path / "a.py")


def test_a_file_that_cannot_be_read_may_hold_dags_and_is_not_passed_over(tmp_path: Path) -> None:
    assert looks_like_dags(tmp_path / "missing.py")


def in_namespace(namespace: str, *unknown: str) -> FoundPod:
    manifest = {"metadata": {"namespace": namespace}, "spec": {}}
    task = TaskPod(dag="d", task="t", startup_timeout_s=None, pod=manifest, unknown=unknown, reasons=())
    return found_pod(Path("dag.py"), DagLines(b""), task)


def test_a_task_outside_of_airflows_namespace_is_refused_and_judged_for_the_rest_as_if_it_were_inside() -> None:
    found = in_namespace("default")
    message = 'namespace default: mwaa-service may create pods in airflow only; write namespace="airflow"'
    assert [(finding.by, finding.message) for finding in found.refused_by] == [("access", message)]
    assert found.pod["metadata"]["namespace"] == "airflow"


def test_a_task_in_airflows_namespace_is_not_refused() -> None:
    assert in_namespace("airflow").refused_by == ()


def test_of_a_namespace_that_only_a_running_task_knows_nothing_is_said() -> None:
    found = in_namespace("{{ params.namespace }}", "metadata.namespace")
    assert (found.refused_by, found.pod["metadata"]["namespace"]) == ((), "{{ params.namespace }}")
