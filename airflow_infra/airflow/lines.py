"""Lines of tasks in a DAG file, found in its text: nothing of it is run."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from airflow_infra.airflow.inside.arguments import FIELDS

_DECORATOR = "kubernetes"


@dataclass(frozen=True)
class TaskLines:
    """Where a task is made, and where each argument of it stands. Lines count from 1."""

    line: int
    arguments: dict[str, int] = field(default_factory=dict[str, int])

    def field_line(self, path: str) -> int:
        """Line of the argument that fills in a field of the pod, such as spec.containers[0].image; else the task's."""
        best = max(
            (name for name in self.arguments if name in FIELDS and _within(path, FIELDS[name])),
            key=lambda name: len(FIELDS[name]),
            default=None,
        )
        return self.arguments[best] if best else self.line


class DagLines:
    """The calls of a DAG file that make tasks."""

    def __init__(self, source: bytes) -> None:
        """Parse a DAG file. One that this Python cannot parse has no lines: the stack's Python may know better."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                self._tasks = list(_tasks(ast.parse(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self._tasks = []

    def task(self, task_id: str) -> TaskLines | None:
        """The call that makes a task. Of several, such as in two DAGs of one file, the first that says its name.

        Names made in a loop, such as f"load_{table}", are matched by what is written of them.
        """
        name = re.sub(r"__\d+$", "", task_id.rpartition(".")[2])
        fitting = [(literal, task) for pattern, literal, task in self._tasks if pattern.fullmatch(name)]
        return max(fitting, key=lambda entry: entry[0], default=(0, None))[1]


def _within(path: str, outer: str) -> bool:
    return path == outer or (path.startswith(outer) and path[len(outer)] in ".[")


def _tasks(tree: ast.AST) -> Iterator[tuple[re.Pattern[str], int, TaskLines]]:
    """Each call that makes a task: the pattern of its name, how many characters of it are written, its lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = next((keyword.value for keyword in node.keywords if keyword.arg == "task_id"), None)
            if name is not None:
                yield _named(name, _lines(node))
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Attribute) and called.attr.startswith(_DECORATOR):
                    lines = _lines(decorator) if isinstance(decorator, ast.Call) else TaskLines(decorator.lineno)
                    yield _named(ast.Constant(node.name), lines)


def _named(name: ast.expr, lines: TaskLines) -> tuple[re.Pattern[str], int, TaskLines]:
    parts = name.values if isinstance(name, ast.JoinedStr) else [name]
    written = [part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else None for part in parts]
    pattern = "".join(".*" if text is None else re.escape(text) for text in written)
    return re.compile(pattern, re.DOTALL), sum(len(text or "") for text in written), lines


def _lines(call: ast.Call) -> TaskLines:
    return TaskLines(call.lineno, {keyword.arg: keyword.lineno for keyword in call.keywords if keyword.arg})
