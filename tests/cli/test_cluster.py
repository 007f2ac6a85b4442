"""What `airflow-infra cluster` refuses, and says. What it brings up is in tests/e2e/cluster."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_infra.cli.app import run
from airflow_infra.cluster import components

Invoke = Callable[..., int]


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    """Runs `airflow-infra cluster` in an empty project that has a cluster `local`; its exit status."""
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / ".cluster/local").mkdir(parents=True)

    def invoked(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["airflow-infra", "cluster", *arguments, "--cwd", str(tmp_path)])
        with pytest.raises(SystemExit) as stop:
            run()
        return int(stop.value.code or 0)

    return invoked


@pytest.mark.parametrize("action", ["down", "status"])
def test_a_cluster_is_named_by_its_option_alone(
    invoke: Invoke, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert invoke(action, "other") == 2
    assert capsys.readouterr().err == f"{action} takes no stack: name a cluster by --name other\n"


def test_a_cluster_that_was_not_named_is_not_taken_down(invoke: Invoke, tmp_path: Path) -> None:
    invoke("down", "other")
    assert (tmp_path / ".cluster/local").exists()


def test_building_takes_no_argument(invoke: Invoke, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("build", "dev") == 2
    assert capsys.readouterr().err == "build takes no argument\n"


def test_where_nothing_is_to_be_built_that_is_said(
    invoke: Invoke, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(components, "is_built", lambda family: True)
    assert invoke("build") == 0
    assert capsys.readouterr().out == "Everything is built\n"


def test_a_wrong_action_is_told_the_right_ones(invoke: Invoke, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke("dwon") == 2
    assert (
        "Invalid value for 'action': 'dwon' is not one of 'build', 'up', 'down', 'status'." in capsys.readouterr().err
    )
