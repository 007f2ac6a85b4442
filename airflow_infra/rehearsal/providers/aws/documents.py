"""JSON documents among the inputs: their syntax, and when two of them mean the same.

Kinds: `json` (anything that parses), and the IAM policies `identity` (attached to a role or user: no principal),
`resource` (attached to a bucket, key, topic...: with a principal) and `trust` (who may assume a role: no resource).
Rules of the policy grammar: IAM reference, "Grammar of the IAM JSON policy language", as of November 2026.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_infra.rehearsal.providers.suggestions import suggestion

VERSIONS = ("2012-10-17", "2008-10-17")
TOP_KEYS = ("Id", "Statement", "Version")
STATEMENT_KEYS = (
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
    ("Principal", "NotPrincipal"),
    ("Condition", "Effect", "Sid"),
)
KNOWN_KEYS = [key for keys in STATEMENT_KEYS for key in keys]
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
LISTS = ("Action", "NotAction", "Resource", "NotResource")


def problems(text: str, kind: str) -> Iterator[str]:
    """What is wrong with a document, as sentences without its name."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        yield f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        return
    if kind == "json":
        return
    if not isinstance(document, dict):
        yield "a policy is a JSON object"
        return
    for key in document:
        if key not in TOP_KEYS:
            yield f"unknown key {key}{suggestion(key, list(TOP_KEYS))}"
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        yield f"Version is {document['Version']!r}, expected one of {', '.join(VERSIONS)}"
    statements = _as_list(document.get("Statement"))
    if not statements:
        yield "no Statement"
    for index, statement in enumerate(statements):
        for problem in _statement_problems(statement, kind):
            yield f"Statement[{index}]: {problem}"


def _statement_problems(statement: Any, kind: str) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield "a statement is a JSON object"
        return
    for key in statement:
        if key not in KNOWN_KEYS:
            yield f"unknown key {key}{suggestion(key, KNOWN_KEYS)}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect is {statement.get('Effect')!r}, expected Allow or Deny"
    expected = {"identity": (True, True, False), "resource": (True, True, True), "trust": (True, False, True)}[kind]
    for pair, wanted in zip(STATEMENT_KEYS, expected, strict=False):
        given = [key for key in pair if key in statement]
        if wanted and len(given) != 1:
            yield f"expected one of {' and '.join(pair)}, found {' and '.join(given) or 'neither'}"
        elif not wanted and given:
            yield f"{given[0]} has no place in {'an' if kind == 'identity' else 'a'} {kind} policy"
    for key in LISTS:
        for item in _as_list(statement.get(key)):
            if not isinstance(item, str):
                yield f"{key} holds {item!r}, expected a string"
            elif key.endswith("Action") and not ACTION.fullmatch(item):
                yield f"{key} {item!r} is not of the form service:Name"
    yield from _condition_problems(statement.get("Condition", {}))


def _condition_problems(condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict):
        yield "Condition is not an object of operators"
        return
    for operator, tests in condition.items():
        if not isinstance(tests, dict):
            yield f"Condition.{operator} is not an object of condition keys"


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def same(one: str, other: str, kind: str) -> bool:
    """Whether two documents mean the same. A policy's order of actions and a list of one item mean nothing."""
    try:
        return _canonical(json.loads(one), kind) == _canonical(json.loads(other), kind)
    except json.JSONDecodeError:
        return one == other


def _canonical(document: Any, kind: str) -> Any:
    if kind == "json" or not isinstance(document, dict):
        return document
    return document | {"Statement": [_canonical_statement(each) for each in _as_list(document.get("Statement"))]}


def _canonical_statement(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical_statement(item) for key, item in value.items()}
    if isinstance(value, bool):
        return [str(value).lower()]
    return sorted(str(item) for item in _as_list(value))
