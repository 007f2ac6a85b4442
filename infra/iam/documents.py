"""IAM policy documents as plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Document = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]


def document(*statements: Statement) -> Document:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(
    sid: str, actions: Sequence[str], resources: str | Sequence[str], condition: Condition | None = None
) -> Statement:
    """A statement that allows actions on resources."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return statement if condition is None else {**statement, "Condition": condition}


def deny(
    sid: str, actions: Sequence[str], resources: str | Sequence[str], condition: Condition | None = None
) -> Statement:
    """A statement that denies actions on resources."""
    return {**allow(sid, actions, resources, condition), "Effect": "Deny"}


def to_json(policy: Document) -> str:
    """The text that AWS takes; the same document always gives the same text."""
    return json.dumps(policy, indent=2)
