from pathlib import Path

import pytest

from airflow_infra.airflow import dags
from airflow_infra.airflow.dags import looks_like_dags, rendered_pods
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
