"""Check calls and answers against botocore's own service models."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from airflow_infra.rehearsal.account.errors import ModelError

Shape = Any
"""A botocore shape: botocore has no type annotations."""

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes,),
}


def input_problems(shape: Shape, value: Any, path: str = "") -> list[str]:
    """What AWS refuses in an input although botocore lets it through: enums, patterns and upper bounds.

    `value` was already checked by botocore: types, required members and lower bounds hold.
    """
    match shape.type_name:
        case "structure":
            return [
                problem
                for key, member in value.items()
                if member is not None
                for problem in input_problems(shape.members[key], member, f"{path}.{key}" if path else key)
            ]
        case "list":
            problems = [
                problem
                for index, item in enumerate(value)
                for problem in input_problems(shape.member, item, f"{path}[{index}]")
            ]
            return _above_maximum(shape, len(value), path, "items") + problems
        case "map":
            problems = [
                problem
                for key, item in value.items()
                for problem in (
                    *input_problems(shape.key, key, f"{path} key {key!r}"),
                    *input_problems(shape.value, item, f"{path}[{key!r}]"),
                )
            ]
            return _above_maximum(shape, len(value), path, "entries") + problems
        case "string":
            return _string_problems(shape, value, path)
        case "integer" | "long":
            return _above_maximum(shape, value, path, "")
        case _:
            return []


def check_output(shape: Shape | None, value: Any, path: str) -> None:
    """Refuse an answer that AWS could not have given.

    Raises:
        ModelError: a key that the service model does not know, or a value of another type.
    """
    if shape is None:
        if value:
            raise ModelError(f"{path}: the operation answers nothing, got {sorted(value)}")
        return
    match shape.type_name:
        case "structure":
            _expect(isinstance(value, dict), path, "a structure", value)
            for key, member in value.items():
                if key not in shape.members:
                    raise ModelError(f"{path}: no member {key!r}; known are {', '.join(shape.members)}")
                check_output(shape.members[key], member, f"{path}.{key}")
        case "list":
            _expect(isinstance(value, list), path, "a list", value)
            for index, item in enumerate(value):
                check_output(shape.member, item, f"{path}[{index}]")
        case "map":
            _expect(isinstance(value, dict), path, "a map", value)
            for key, item in value.items():
                check_output(shape.value, item, f"{path}[{key!r}]")
        case kind:
            expected = _PYTHON_TYPES[kind]
            is_boolean = isinstance(value, bool)
            _expect(isinstance(value, expected) and is_boolean == (kind == "boolean"), path, kind, value)
            if kind == "string" and shape.enum and value not in shape.enum:
                raise ModelError(f"{path}: {value!r} is not one of {', '.join(shape.enum)}")


def _expect(holds: bool, path: str, expected: str, value: Any) -> None:
    if not holds:
        raise ModelError(f"{path}: expected {expected}, got {type(value).__name__} {value!r}")


def _string_problems(shape: Shape, value: str, path: str) -> list[str]:
    if shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is not one of {', '.join(shape.enum)}"]
    pattern = shape.metadata.get("pattern")
    expression = _compiled(pattern) if pattern else None
    if expression is not None and not expression.fullmatch(value):
        return [f"{path}: {value!r} does not match {pattern}"]
    return _above_maximum(shape, len(value), path, "characters")


def _above_maximum(shape: Shape, size: int, path: str, unit: str) -> list[str]:
    maximum = shape.metadata.get("max")
    if maximum is None or size <= maximum:
        return []
    return [f"{path}: {size} {unit}, at most {maximum} are allowed".replace("  ", " ").replace(" ,", ",")]


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None where the service model uses Java's dialect and Python cannot read it."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
