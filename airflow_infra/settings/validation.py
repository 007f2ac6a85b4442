"""Validates plain data against the settings model, and says what is wrong in the words of a stack file."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, cast, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from airflow_infra.settings.model import all_fields, block_in, fields_at
from airflow_infra.settings.problems import Finding, KeyPath, join_path
from airflow_infra.settings.stack import StackSettings
from airflow_infra.settings.types import Block

_UNKNOWN = "unknown key"
_BLOCK = "expected a block of keys"
_LIST = "expected a list"
_TOO_SHORT = "expected at least"
_ABSENT = object()
_MESSAGES = {
    "model_type": _BLOCK,
    "model_attributes_type": _BLOCK,
    "dict_type": _BLOCK,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "string_too_short": "expected some text",
    "bool_type": "expected true or false, without quotes",
    "int_type": "expected a whole number, without quotes",
    "int_from_float": "expected a whole number",
}


def validate(data: Mapping[str, Any]) -> tuple[StackSettings | None, list[Finding]]:
    """The settings, or what is wrong with them.

    Validation is strict and of JSON, which is how Pulumi hands settings to the program: "1" is not 1, 1 is not "1".
    """
    try:
        return StackSettings.model_validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        findings = [_finding(details) for details in error.errors(include_url=False)]
        meant = {(*finding.path[:-1], finding.suggestion) for finding in findings if finding.message == _UNKNOWN}
        return None, [finding for finding in findings if finding.path not in meant and not _follows(finding, findings)]


def sound_part(data: Mapping[str, Any], findings: list[Finding]) -> StackSettings:
    """As much of the settings as can be used: fields that are wrong are absent, as are those that need them.

    So that checks across fields can still look at the rest. Touching an absent field raises AttributeError.
    """
    broken = {finding.path for finding in findings}
    return cast(StackSettings, _sound_block(StackSettings, data, (), broken))


def _sound_block(block: type[Block], data: Mapping[str, Any], path: KeyPath, broken: set[KeyPath]) -> Block:
    values: dict[str, Any] = {}
    for name, field in block.model_fields.items():
        here = (*path, name)
        if name in data and get_origin(field.annotation) is tuple and not isinstance(data[name], list):
            continue  # something else where a list should be, a block among them
        if name in data:
            value = _sound_value(block_in(field.annotation), data[name], here, broken)
            if value is not _ABSENT:
                values[name] = value
        elif here not in broken and not field.is_required():
            values[name] = field.get_default(call_default_factory=True)
    sound = block.model_construct(**values)
    for name in block.model_fields.keys() - values.keys():
        vars(sound).pop(name, None)  # model_construct fills in the default of a field that is wrong
    return sound


def _sound_value(inner: type[Block] | None, value: Any, path: KeyPath, broken: set[KeyPath]) -> Any:
    if isinstance(value, dict) and inner:
        # A block that breaks a rule of its own still has sound fields.
        return _sound_block(inner, cast(dict[str, Any], value), path, broken)
    if path in broken:
        return _ABSENT
    if isinstance(value, dict):
        return {key: item for key, item in cast(dict[str, Any], value).items() if (*path, key) not in broken}
    if isinstance(value, list):
        items = [_sound_value(inner, item, (*path, index), broken) for index, item in enumerate(cast(list[Any], value))]
        return _ABSENT if any(item is _ABSENT for item in items) else tuple(items)
    return value


def _finding(details: ErrorDetails) -> Finding:
    path: KeyPath = tuple(part for part in details["loc"] if part != "[key]")
    value, kind, context = details.get("input"), details["type"], details.get("ctx", {})
    suggestion = None
    match kind:
        case "extra_forbidden":
            message, value, suggestion = _UNKNOWN, None, _similar_key(path)
        case "missing":
            message, value = f"missing: {_description(path)}", None
        case "value_error":
            message = str(context.get("error", details["msg"]))
        case "string_type":
            message = _text_expected(value)
        case "literal_error":
            expected = str(context["expected"]).replace("'", "")
            message = f"expected {expected}"
            suggestion = _similar(str(value), expected.replace(" or ", ", ").split(", "))
        case "greater_than_equal":
            message = f"expected {context['ge']} or more"
        case "less_than_equal":
            message = f"expected {context['le']} or less"
        case "too_short":
            message = f"{_TOO_SHORT} {context['min_length']} in the list, found {context['actual_length']}"
        case _:
            message = _MESSAGES.get(kind, details["msg"])
    return Finding(path, message, value, suggestion=suggestion)


def _follows(finding: Finding, findings: list[Finding]) -> bool:
    """Whether a list is only found too short because its items, which have findings of their own, did not count."""
    start = len(finding.path)
    return finding.message.startswith(_TOO_SHORT) and any(
        len(other.path) > start and other.path[:start] == finding.path for other in findings
    )


def _text_expected(value: object) -> str:
    if value is None or isinstance(value, dict | list):
        return "expected text"
    return "expected text: put it in quotes"


def _description(path: KeyPath) -> str:
    fields = fields_at(path[:-1])
    field = fields.get(str(path[-1])) if fields else None
    return (field.description or "required") if field else "required"


def _similar(word: str, candidates: list[str]) -> str | None:
    close = get_close_matches(word, candidates, n=1, cutoff=0.55)
    return close[0] if close else None


def _similar_key(path: KeyPath) -> str | None:
    """A key of the same block that is spelt alike, or the place where this key belongs."""
    name = str(path[-1])
    fields = fields_at(path[:-1])
    similar = _similar(name.replace("-", "_"), list(fields)) if fields else None
    if similar:
        return similar
    return next((join_path(known) for known, _ in all_fields() if known[-1] == name), None)
