"""Checks values against the types of the table: unknown names, wrong types, what is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_infra.rehearsal.providers.aws.types import Field, Table
from airflow_infra.rehearsal.providers.protocol import Asset, CheckFailure, Properties
from airflow_infra.rehearsal.providers.suggestions import suggestion

EMPTY: dict[str, Any] = {"str": "", "int": 0, "float": 0.0, "bool": False, "list": [], "map": {}, "object": {}}


class ValueChecker:
    """Turns values into the form that the table asks for, and collects what is wrong with them.

    The wire carries every number as a float: whole numbers come out as `int`. What is None counts as unset.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.failures: list[CheckFailure] = []

    def properties(self, values: Mapping[str, Any], fields: Mapping[str, Field], path: str = "") -> Properties:
        """Check the properties of a resource or of a nested object."""
        checked: Properties = {}
        for name, value in values.items():
            if value is None:
                continue
            here = f"{path}.{name}" if path else name
            if name not in fields:
                self._fail(here, f"unknown name{suggestion(name, fields)}")
                continue
            checked[name] = self.value(value, fields[name], here)
        for name, field in fields.items():
            if field.required and values.get(name) is None:
                self._fail(f"{path}.{name}" if path else name, f"missing: {field} is required")
        return checked

    def value(self, value: Any, field: Field, path: str) -> Any:
        """Check one value."""
        match field.kind, value:
            case "any", _:
                return value
            case "str", str():
                return value
            case "bool", bool():
                return value
            case (("int" | "float"), bool()):
                pass
            case "int", int():
                return value
            case "int", float(number) if number.is_integer():
                return int(number)
            case "float", int() | float():
                return float(value)
            case "json", str() | dict():
                return value
            case "asset", Asset():
                return value
            case "list", list():
                return [self.value(item, _held(field), f"{path}[{index}]") for index, item in enumerate(value)]
            case "map", dict():
                return {
                    key: self.value(item, _held(field), f"{path}.{key}")
                    for key, item in value.items()
                    if item is not None
                }
            case "object", dict(members):
                return self.properties(members, self._table.object(field.name), path)
            case _:
                pass
        self._fail(path, f"expected {field}, found {_shown(value)}")
        return value

    def _fail(self, path: str, reason: str) -> None:
        self.failures.append(CheckFailure(path, reason))


def _held(field: Field) -> Field:
    if field.of is None:
        raise ValueError(f"{field.kind} of nothing in the table of types")
    return field.of


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case float() if value.is_integer():
            return f"the number {int(value)}"
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(value).__name__


def fill_defaults(values: Properties, defaults: Mapping[str, Any]) -> None:
    """Set what is unset to its default. A nested name is filled in every block of its parent that is given."""
    for path, default in defaults.items():
        *parents, name = path.split(".")
        for block in _blocks(values, parents):
            block.setdefault(name, default)


def _blocks(value: Any, path: list[str]) -> Iterator[Properties]:
    if isinstance(value, list):
        for item in value:
            yield from _blocks(item, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif path[0] in value:
            yield from _blocks(value[path[0]], path[1:])
