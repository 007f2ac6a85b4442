import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.airflow.environment import AirflowEnvironment
from airflow_infra.airflow.process import Limits, Outcome, ReadingProcess
from airflow_infra.settings.stack import StackSettings

BEGINNING = """
import json, os, pathlib, sys, time
request = json.loads(pathlib.Path(sys.argv[-1]).read_text())
results = pathlib.Path(request["results"])
def started(): (results / "started.json").write_text('{"network": "kernel"}')
def answer(index, content): (results / f"{index}.json").write_text(json.dumps(content))
"""
EMPTY = {"dags": 0, "pods": [], "others": [], "problems": []}
Read = Callable[..., Any]


@pytest.fixture
def read(tmp_path: Path, settings: StackSettings) -> Read:
    """What comes of reading a file, with a program of the test's in place of Airflow."""

    def run(source: str, dags: int = 1, **changes: Any) -> dict[str, Outcome | str]:
        program = tmp_path / "program.py"
        program.write_text(BEGINNING + textwrap.dedent(source))
        (tmp_path / "bin").mkdir()
        python = tmp_path / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {program} "$@"\n')
        python.chmod(0o755)
        environment = AirflowEnvironment(tmp_path, "3.3.1", ())
        stack = settings.model_copy(update={"mwaa": settings.mwaa.model_copy(update=changes)})
        files = [tmp_path / f"{index}.py" for index in range(dags)]
        outcomes, _ = ReadingProcess(environment, stack, tmp_path, Limits(seconds=1)).read(files)
        return {file.name: outcome for file, outcome in outcomes.items()}

    return run


def variables(outcome: Any) -> dict[str, str]:
    return json.loads(outcome["0.py"].problems[0].message)


TELL_ENVIRONMENT = """
started()
answer(0, {"dags": 0, "pods": [], "others": [], "problems": [{"line": 1, "message": json.dumps(dict(os.environ))}]})
"""


def test_results_belong_to_their_files(read: Read) -> None:
    outcomes = read(f"started()\nfor index in range(2): answer(index, {EMPTY} | {{'dags': index}})", dags=2)
    assert {name: outcome.dags for name, outcome in outcomes.items()} == {"0.py": 0, "1.py": 1}


def test_when_airflow_does_not_start_the_last_line_of_its_complaint_is_told(read: Read) -> None:
    assert read("sys.exit('first\\nno module named airflow')") == {
        "0.py": "Airflow 3.3.1 did not start: no module named airflow"
    }


@pytest.mark.parametrize("garbage", ["'garbage'", "{}", "{'dags': 0, 'pods': [1], 'others': [], 'problems': []}", "[]"])
def test_a_result_that_makes_no_sense_is_told(read: Read, garbage: str) -> None:
    assert "makes no sense" in read(f"started()\nanswer(0, {garbage})")["0.py"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("None", "longer than 1 s"), ("-9", "SIGKILL"), ("0", "exit code 0"), ("3", "exit code 3")],
)
def test_how_a_file_ended_its_process_is_told(read: Read, code: str, expected: str) -> None:
    source = f"started()\n(results / '0.failed.json').write_text(json.dumps({{'exit_code': {code}}}))"
    assert expected in read(source)["0.py"]


def test_a_file_of_which_nothing_is_known_was_not_read(read: Read) -> None:
    assert str(read("started()")["0.py"]).startswith("not read")


def test_nothing_of_the_callers_environment_is_handed_on(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "secret")
    assert "secret" not in variables(read(TELL_ENVIRONMENT)).values()


def test_the_home_is_empty_and_not_the_callers(read: Read) -> None:
    assert variables(read(TELL_ENVIRONMENT))["HOME"] != str(Path.home())


def test_airflow_gets_the_stacks_configuration(read: Read) -> None:
    found = variables(read(TELL_ENVIRONMENT, configuration_options={"core.parallelism": "7"}))
    assert found["AIRFLOW__CORE__PARALLELISM"] == "7"


def test_the_stacks_secrets_backend_is_not_asked(read: Read) -> None:
    assert variables(read(TELL_ENVIRONMENT))["AIRFLOW__SECRETS__BACKEND"].startswith("airflow_infra.")


def test_airflow_gets_the_stacks_kubernetes_connection(read: Read) -> None:
    found = variables(read(TELL_ENVIRONMENT, xcom_sidecar_image="registry/sidecar:1"))
    connection = json.loads(found["AIRFLOW_CONN_KUBERNETES_DEFAULT"])
    assert connection["extra"]["xcom_sidecar_container_image"] == "registry/sidecar:1"


def test_the_dags_folder_is_where_mwaa_has_it(read: Read, tmp_path: Path) -> None:
    source = """
    started()
    seen = os.path.realpath(os.environ["AIRFLOW_HOME"] + "/dags")
    answer(0, {"dags": 0, "pods": [], "others": [], "problems": [{"line": 1, "message": seen}]})
    """
    assert read(source)["0.py"].problems[0].message == str(tmp_path)
