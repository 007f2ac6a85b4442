"""IAM policy documents, evaluated offline: what their statements say of one request."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from airflow_infra.assurance.conditions import (
    Context,
    arn_like,
    conditions_hold,
    like,
    listed,
    lower_keys,
    with_variables,
)

PrincipalKind = Literal["AWS", "Service", "Federated"]
Verdict = Literal["allowed", "denied", "not allowed"]
"""`denied` by a statement; `not allowed` for want of one that allows."""


@dataclass(frozen=True)
class Request:
    """One request to AWS."""

    action: str
    """Such as `s3:GetObject`."""
    resource: str = "*"
    """ARN of what it is done to; `*` for an action that has no resource, or for all of them."""
    context: Context = field(default_factory=dict[str, str])
    """Condition keys with their values. A key left out is absent from the request."""
    principal: tuple[PrincipalKind, str] | None = None
    """Who asks, such as ("Service", "airflow.amazonaws.com"). Identity policies need none."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy document."""

    policy: str
    """Name of the policy that it stands in."""
    sid: str
    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]
    principals: Mapping[str, tuple[str, ...]]
    """By kind; {"*": ("*",)} for everybody. Empty in an identity policy."""
    not_principals: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return f"{self.policy} ({self.sid})"

    def applies_to(self, request: Request) -> bool:
        """Whether it says something of a request.

        Raises:
            NotCheckedError: everything else fits, and a condition of it is not evaluated here.
        """
        context = lower_keys(request.context)
        return (
            self.names_action(request.action)
            and self._names_resource(request.resource, context)
            and self._names_principal(request.principal)
            and conditions_hold(self.conditions, context)
        )

    def names_action(self, action: str) -> bool:
        """Whether an action is among those that it is about, whatever the resource and the conditions."""
        patterns = self.actions or self.not_actions
        found = any(like(pattern.lower(), action.lower()) for pattern in patterns)
        return found == bool(self.actions)

    def _names_resource(self, resource: str, context: Mapping[str, Sequence[str]]) -> bool:
        if not self.resources and not self.not_resources:  # a trust policy names none
            return True
        filled = (with_variables(pattern, context) for pattern in self.resources or self.not_resources)
        found = any(arn_like(pattern, resource) for pattern in filled if pattern is not None)
        return found == bool(self.resources)

    def _names_principal(self, principal: tuple[PrincipalKind, str] | None) -> bool:
        if not self.principals and not self.not_principals:
            return True
        if principal is None:
            return "*" in self.principals
        found = _includes(self.principals or self.not_principals, *principal)
        return found == bool(self.principals)


def statements(document: str | Mapping[str, Any], policy: str) -> tuple[Statement, ...]:
    """The statements of a policy document, as JSON or as boto3 gives it. `policy` is its name, for people."""
    parsed: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return tuple(_statement(one, policy, index) for index, one in enumerate(listed(parsed["Statement"]), 1))


def decide(policy: Iterable[Statement], request: Request) -> Verdict:
    """What a set of statements says of a request: one that denies wins.

    Raises:
        NotCheckedError: a statement that fits has a condition that is not evaluated here.
    """
    effects = {statement.effect for statement in policy if statement.applies_to(request)}
    if "Deny" in effects:
        return "denied"
    return "allowed" if effects else "not allowed"


def _statement(one: Mapping[str, Any], policy: str, number: int) -> Statement:
    return Statement(
        policy=policy,
        sid=one.get("Sid") or f"statement {number}",
        effect=one["Effect"],
        actions=tuple(listed(one.get("Action", []))),
        not_actions=tuple(listed(one.get("NotAction", []))),
        resources=tuple(listed(one.get("Resource", []))),
        not_resources=tuple(listed(one.get("NotResource", []))),
        conditions=one.get("Condition", {}),
        principals=_principals(one.get("Principal")),
        not_principals=_principals(one.get("NotPrincipal")),
    )


def _principals(given: Any) -> dict[str, tuple[str, ...]]:
    if not given:
        return {}
    if given == "*":
        return {"*": ("*",)}
    return {kind: tuple(listed(names)) for kind, names in given.items()}


def _includes(principals: Mapping[str, tuple[str, ...]], kind: PrincipalKind, name: str) -> bool:
    if "*" in principals:
        return True
    names = principals.get(kind, ())
    if kind != "AWS":
        return name in names
    account = name.split(":")[4] if name.startswith("arn:") else name
    return not {"*", name, account, f"arn:aws:iam::{account}:root"}.isdisjoint(names)
