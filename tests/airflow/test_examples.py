"""The example DAGs follow the contract of a task's pod, read as text: no Airflow is needed."""

import ast
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.policies.pod import operator_arguments
from airflow_infra.settings.stack import StackSettings

FOLDER = Path(__file__).parents[2] / "dags" / "examples"
OF_THE_TASK = {"task_id", "name", "labels", "image", "cmds", "arguments"}


def arguments(name: str) -> dict[str, Any]:
    """Arguments of the operator's call in an example, without those that each task chooses."""
    tree = ast.parse((FOLDER / name).read_text("utf-8"))
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    (call,) = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_operator(node))
    found: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            assert isinstance(keyword.value, ast.Name)
            found |= constants[keyword.value.id]
        else:
            found[keyword.arg] = ast.literal_eval(keyword.value)
    return {key: value for key, value in found.items() if key not in OF_THE_TASK}


def _is_operator(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "KubernetesPodOperator"


def contract(settings: StackSettings, group: str) -> dict[str, Any]:
    return {key: value for key, value in operator_arguments(settings, group).items() if key not in OF_THE_TASK}


@pytest.mark.parametrize(("name", "group"), [("hello.py", "standard"), ("high_memory.py", "high-memory")])
def test_an_example_follows_the_contract(settings: StackSettings, name: str, group: str) -> None:
    assert arguments(name) == contract(settings, group)


def test_the_refused_example_differs_by_what_it_is_refused_for(settings: StackSettings) -> None:
    changed = {"container_security_context": {"privileged": True}}
    assert arguments("refused.py") == contract(settings, "standard") | changed
