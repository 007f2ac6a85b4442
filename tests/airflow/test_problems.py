import socket

import pytest

from airflow_infra.airflow.inside.pods import problem
from airflow_infra.airflow.inside.variables import PLACEHOLDERS

CALLS = """Traceback (most recent call last):
  File "/dags/a.py", line 7, in <module>
    helper()
  File "/dags/helper.py", line 3, in helper
    fail()
"""


def test_a_problem_stands_at_the_line_of_the_dag_file_that_led_to_it() -> None:
    assert problem("/dags/a.py", f"{CALLS}KeyError: 'x'") == {"line": 7, "message": "KeyError: 'x'"}


def test_of_a_long_message_the_first_line_is_told() -> None:
    said = "Timeout: took longer than 30 s\nsee there:\n* https://example.org/, PID: 1"
    assert problem("/dags/a.py", CALLS + said)["message"] == "Timeout: took longer than 30 s"


def test_the_last_of_chained_errors_is_told() -> None:
    chained = f"{CALLS}KeyError: 'x'\n\nThe above exception was the direct cause:\n\n{CALLS}ValueError: y"
    assert problem("/dags/a.py", chained)["message"] == "ValueError: y"


def test_broken_syntax_has_its_line() -> None:
    broken = '  File "/dags/a.py", line 2\n    x = (\n        ^\nSyntaxError: never closed'
    assert problem("/dags/a.py", broken) == {"line": 2, "message": "SyntaxError: never closed"}


@pytest.mark.parametrize("text", ["Dag cycle: a -> b", "Dag cycle: a -> b\nmore"])
def test_an_error_without_calls_has_no_line(text: str) -> None:
    assert problem("/dags/a.py", text) == {"line": None, "message": "Dag cycle: a -> b"}


def test_a_variable_in_a_message_is_told_by_its_name() -> None:
    token = PLACEHOLDERS.token("{{ var.value.size }}")
    assert problem("/dags/a.py", f"ValueError: {token}")["message"] == "ValueError: {{ var.value.size }}"


def test_what_reaches_for_a_network_is_told_that_there_is_none() -> None:
    calls = f'{CALLS}  File "{socket.__file__}", line 983, in getaddrinfo\n    for res in _socket.getaddrinfo(host):\n'
    message = problem("/dags/a.py", f"{calls}socket.gaierror: [Errno -3] Temporary failure")["message"]
    assert message == "socket.gaierror: [Errno -3] Temporary failure (a DAG file is read without network)"


def test_a_missing_module_is_told_where_packages_come_from() -> None:
    message = problem("/dags/a.py", f"{CALLS}ModuleNotFoundError: No module named 'pandas'")["message"]
    assert "'pandas' (packages come from mwaa.requirements of the stack file" in message
