"""Values that only a running task knows: templates, XComs, variables. A token stands in for each of them.

A token is text that is also a valid name, so that building the pod does not stumble over it; in the finished pod it
tells which fields are unknown.
"""

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r"unknown(\d{4})zq", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")


class Placeholders:
    """The stand-ins of one DAG file."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def token(self, text: str) -> str:
        """What stands in for this text."""
        if text not in self._texts:
            self._texts.append(text)
        return f"unknown{self._texts.index(text):04d}zq"

    def stand_in(self, value: Any, render: Callable[[str], str]) -> Any:
        """A value with tokens in place of what is not known; the same object where all of it is known.

        Text with a template is rendered first: `render` gives back what it cannot render. Objects of the Kubernetes
        client are changed in place.
        """
        if isinstance(value, str):
            rendered = render(value) if _TEMPLATE.search(value) else value
            return self.token(rendered) if _TEMPLATE.search(rendered) else rendered
        if isinstance(value, dict):
            return {self.stand_in(key, render): self.stand_in(item, render) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return type(value)(self.stand_in(item, render) for item in value)
        if hasattr(value, "openapi_types"):
            for name in value.openapi_types:
                item = getattr(value, name)
                if item is not None:
                    setattr(value, name, self.stand_in(item, render))
            return value
        return self.token(str(value)) if only_at_run_time(value) else value

    def restore(self, text: str) -> str:
        """A text with what the tokens in it stand for."""
        return _TOKEN.sub(lambda match: self._texts[int(match[1])], text)

    def found(self, value: Any, path: str) -> tuple[Any, list[str]]:
        """A finished value with the original texts, and the paths of what is unknown in it."""
        if isinstance(value, str):
            return self.restore(value), [path] if _TOKEN.search(value) else []
        paths: list[str] = []
        if isinstance(value, dict):
            restored: dict[str, Any] = {}
            for key, item in value.items():
                if _TOKEN.search(key):
                    paths.append(path)
                restored[self.restore(key)], below = self.found(item, _below(path, key))
                paths += below
            return restored, paths
        if isinstance(value, list):
            items: list[Any] = []
            for index, item in enumerate(value):
                known, below = self.found(item, f"{path}[{index}]")
                items.append(known)
                paths += below
            return items, paths
        return value, []


def _below(path: str, key: str) -> str:
    """Path of a key: metadata.labels.app, metadata.annotations["a.b/c"]."""
    if not _WORD.fullmatch(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def only_at_run_time(value: Any) -> bool:
    """Whether a value is made while a task runs: XComs and mapped arguments (they have `resolve`), functions."""
    return hasattr(value, "resolve") or (callable(value) and not isinstance(value, type))


def holds_run_time_values(value: Any) -> bool:
    """Whether something in a value is made while a task runs."""
    if isinstance(value, dict):
        return any(holds_run_time_values(item) for item in value.values())
    if isinstance(value, list | tuple | set):
        return any(holds_run_time_values(item) for item in value)
    if hasattr(value, "openapi_types"):
        return any(holds_run_time_values(getattr(value, name)) for name in value.openapi_types)
    return only_at_run_time(value)
