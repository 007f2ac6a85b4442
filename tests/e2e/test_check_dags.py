"""`airflow-infra check` on DAG files, with the stack's real Airflow. See test_dags.py for what it needs."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from airflow_infra.airflow.environment import airflow_environment
from airflow_infra.airflow.installing import AirflowEnvironmentError
from airflow_infra.settings.readers import load_stack
from tests.readme import hold_to_readme

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def printed() -> str:
    settings = load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings
    try:
        airflow_environment(settings.mwaa, print)
    except AirflowEnvironmentError as error:
        if os.environ.get("REQUIRE_AIRFLOW"):
            raise
        pytest.skip(f"no environment with Airflow: {error}")
    command = [str(Path(sys.executable).with_name("airflow-infra")), "check", "dev", "dags/examples"]
    done = subprocess.run(
        [*command, "--as-of", "2026-11-22"],
        cwd=PROJECT,
        env=os.environ | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


def test_the_readme_shows_what_the_example_dags_print(printed: str, pytestconfig: pytest.Config) -> None:
    update = bool(pytestconfig.getoption("--update-golden"))
    shown = "\n".join(line for line in printed.splitlines() if not line.startswith("Airflow's constraint file"))
    hold_to_readme("check-dags", shown, update=update, stable=without_how_it_was_read)


def without_how_it_was_read(text: str) -> str:
    """The text without the notes on environment and confinement, which differ from machine to machine."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(("x ", "! ", "pod ")))
    return "\n".join([lines[0], *lines[first:]])
