"""`airflow-infra pod`: a task's pod to copy."""

import sys
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from airflow_infra.cli.app import UsageError
from airflow_infra.policies.pod import default_node_group, operator_arguments, task_pod
from airflow_infra.settings.readers import load_stack

_WIDTH = 100


def show_pod(name: str, project: Path, node_group: str | None, form: Literal["yaml", "python"]) -> None:
    """Print a pod for a node group of a stack, as YAML or as the call of an operator.

    Args:
        name: the stack.
        project: directory of the project.
        node_group: where the pod is to run; None for where pods run that ask for nothing.
        form: a pod as Kubernetes takes it, or Python as a DAG has it.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when the stack has no such node group.
    """
    settings = load_stack(name, project, as_of=date.today()).settings
    group = default_node_group(settings) if node_group is None else node_group
    try:
        pod, arguments = task_pod(settings, group), operator_arguments(settings, group)
    except ValueError as error:
        raise UsageError(f"Pulumi.{name}.yaml: {error}") from error
    if form == "python":
        print(operator_call(arguments))
        return
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(pod, sys.stdout)


def operator_call(arguments: dict[str, Any]) -> str:
    """Python that calls KubernetesPodOperator, as a formatter would leave it."""
    lines = (f"    {key}={_literal(value, len(key) + 6, 4)}," for key, value in arguments.items())
    return "\n".join(("KubernetesPodOperator(", '    task_id="my_task",', *lines, ")"))


def _literal(value: Any, before: int, indent: int) -> str:
    """A value as Python, on one line if it ends within the width; `before` characters stand before it."""
    if isinstance(value, str):
        return f'"{value}"'
    line = repr(value).replace("'", '"')
    if not isinstance(value, (dict, list)) or before + len(line) <= _WIDTH:
        return line
    inner = indent + 4
    if isinstance(value, dict):
        keys = [f'"{key}": ' for key in value]
        items = [
            key + _literal(item, inner + len(key) + 1, inner) for key, item in zip(keys, value.values(), strict=True)
        ]
    else:
        items = [_literal(item, inner + 1, inner) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return "\n".join((opening, *(f"{' ' * inner}{item}," for item in items), " " * indent + closing))
