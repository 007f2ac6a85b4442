"""Pulumi's annotations: what it waits for after a write, and which words it knows.

Source: pulumi-kubernetes' provider/pkg/metadata/overrides.go at commit 00658428 and annotations.go at 4418ceea, read
2026-11-22.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.client import Object
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text
from airflow_infra.rehearsal.providers.suggestions import suggestion

PREFIX = "pulumi.com/"
WAIT_FOR = f"{PREFIX}waitFor"
SKIP_AWAIT = f"{PREFIX}skipAwait"
TIMEOUT = f"{PREFIX}timeoutSeconds"
AUTONAMED = f"{PREFIX}autonamed"
"""Pulumi's own mark on objects that it named; nobody else sets it."""
DEFAULT_TIMEOUT_S = 600.0
"""Seconds that pulumi-kubernetes waits unless told otherwise (ten minutes; general knowledge)."""
_FLAGS = frozenset({"skipAwait", "replaceUnready", "patchForce"})
_KNOWN = (*_FLAGS, "waitFor", "timeoutSeconds", "patchFieldManager", "deletionPropagationPolicy")
_STEP = re.compile(
    r"""\.(?P<key>[A-Za-z_][\w-]*(?:\\\.[\w-]+)*)    # .status, .a\.b
    | \['(?P<quoted>[^']+)'\]                        # ['a.b']
    | \[(?P<index>\d+|\*)\]                          # [0], [*]
    | \[\?\(@\.(?P<field>\w+)\s*==\s*["'](?P<equals>[^"']*)["']\)\]  # [?(@.type=="Ready")]
    """,
    re.VERBOSE,
)

Awaited = Callable[[Object], str | None]
"""Returns None when an object is as awaited, else what was found instead."""


def annotation_problems(metadata: Mapping[str, Any]) -> list[Problem]:
    """Annotations of Pulumi's that it does not know, or that say nothing it understands."""
    found: list[Problem] = []
    annotations = metadata.get("annotations") or {}
    if not isinstance(annotations, Mapping):
        return []  # the schema refuses it
    for key, value in annotations.items():
        if not key.startswith(PREFIX):
            continue
        path, word = path_text(("metadata", "annotations", key)), key.removeprefix(PREFIX)
        if word not in _KNOWN:
            found.append(Problem(path, f"Pulumi has no such annotation{suggestion(word, list(_KNOWN))}"))
        elif word in _FLAGS and value not in {"true", "false"}:
            found.append(Problem(path, f"expected 'true' or 'false', got {value!r}"))
        elif word == "timeoutSeconds" and not str(value).isdigit():
            found.append(Problem(path, f"expected seconds, got {value!r}"))
    try:
        awaited(metadata)
    except ValueError as error:
        found.append(Problem(path_text(("metadata", "annotations", WAIT_FOR)), str(error)))
    return found


def awaited(metadata: Mapping[str, Any]) -> Awaited | None:
    """What the annotations ask to wait for, or None. Raises ValueError when they cannot be understood."""
    annotations = metadata.get("annotations") or {}
    text = annotations.get(WAIT_FOR)
    if text is None or annotations.get(SKIP_AWAIT) == "true":
        return None
    conditions = [_condition(expression) for expression in _expressions(str(text))]

    def unsatisfied(obj: Object) -> str | None:
        return "; ".join(filter(None, (condition(obj) for condition in conditions))) or None

    return unsatisfied


def timeout_s(metadata: Mapping[str, Any]) -> float:
    """Seconds to wait."""
    return float((metadata.get("annotations") or {}).get(TIMEOUT, DEFAULT_TIMEOUT_S))


def _expressions(text: str) -> list[str]:
    try:
        several = json.loads(text)
    except ValueError:
        return [text]
    if not isinstance(several, list) or not several or not all(isinstance(item, str) for item in several):
        raise ValueError(f"expected an expression, or a JSON list of them, got {text!r}")
    return several


def _condition(expression: str) -> Awaited:
    kind, _, rest = expression.partition("=")
    if kind == "jsonpath":
        return _jsonpath(rest)
    if kind == "condition":
        return _status_condition(rest)
    raise ValueError(f"expected jsonpath={{.path}}=value or condition=Type=Status, got {expression!r}")


def _status_condition(rest: str) -> Awaited:
    type_, _, status = rest.partition("=")
    expected = status or "True"

    def unsatisfied(obj: Object) -> str | None:
        conditions = (obj.get("status") or {}).get("conditions") or []
        for condition in conditions:
            if condition.get("type", "").lower() == type_.lower():
                found = str(condition.get("status"))
                return None if found.lower() == expected.lower() else f"condition {type_}={expected}, found {found}"
        return f"condition {type_}={expected}, found no such condition"

    return unsatisfied


def _jsonpath(rest: str) -> Awaited:
    found = re.fullmatch(r"\{(?P<path>[^{}]+)\}(?:=(?P<value>.*))?", rest)
    if not found:
        raise ValueError(f"expected jsonpath={{.path}} or jsonpath={{.path}}=value, got 'jsonpath={rest}'")
    path, value = found["path"], found["value"]
    steps = _steps(path)

    def unsatisfied(obj: Object) -> str | None:
        values = [obj]
        for step in steps:
            values = [item for one in values for item in step(one)]
        texts = [json.dumps(item) if isinstance(item, dict | list | bool) else str(item) for item in values]
        if value is None:
            return None if texts else f"{{{path}}}, which the object does not have"
        if texts and all(text == value.strip("\"'") for text in texts):
            return None
        return f"{{{path}}}={value}, found {', '.join(texts) or 'nothing'}"

    return unsatisfied


def _steps(path: str) -> list[Callable[[Any], list[Any]]]:
    steps: list[Callable[[Any], list[Any]]] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if not found:
            raise ValueError(f"JSONPath {{{path}}}: {path[position:]!r} is not understood here")
        steps.append(_step(found.groupdict()))
        position = found.end()
    return steps


def _step(parts: dict[str, str | None]) -> Callable[[Any], list[Any]]:
    key = parts["quoted"] or (parts["key"] or "").replace("\\.", ".")
    index, field, equals = parts["index"], parts["field"], parts["equals"]
    if field:
        return lambda value: [item for item in _items(value) if item.get(field) == equals]
    if index == "*":
        return _items
    if index:
        return lambda value: _items(value)[int(index) : int(index) + 1]
    return lambda value: [value[key]] if isinstance(value, dict) and key in value else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
