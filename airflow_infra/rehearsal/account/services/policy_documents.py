"""Policy documents: their syntax, and whether a resource policy denies a call."""

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

from airflow_infra.rehearsal.account.errors import NotModelledError

_STATEMENT_KEYS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"}
_RESOURCE_KEYS = {"Resource", "NotResource"}
_VERSIONS = ("2012-10-17", "2008-10-17")
_PLAIN = {"StringEquals", "StringNotEquals", "Bool"}
_WITH_WILDCARDS = {"StringLike", "StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}


def resource_policy_problem(document: str, *, is_trust: bool = False) -> str | None:
    """What is wrong with the syntax of a resource policy, or None.

    Args:
        document: JSON of a bucket, key or topic policy, or of a role's trust.
        is_trust: a role's trust policy, whose statements name no resource.
    """
    try:
        policy: Any = json.loads(document)
    except ValueError as error:
        return f"not valid JSON: {error}"
    if not isinstance(policy, dict):
        return "must be an object"
    unknown = set(policy) - {"Version", "Id", "Statement"}
    if unknown:
        return f"unknown elements {', '.join(sorted(unknown))}"
    if policy.get("Version", _VERSIONS[1]) not in _VERSIONS:
        return f"Version must be {' or '.join(_VERSIONS)}, got {policy['Version']}"
    if not policy.get("Statement"):
        return "there is no Statement"
    for index, statement in enumerate(listed(policy["Statement"])):
        problem = _statement_problem(statement, is_trust=is_trust)
        if problem:
            return f"statement {statement.get('Sid', index)}: {problem}"
    return None


def denies(document: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether a statement of a resource policy denies an action.

    Args:
        document: the policy's JSON.
        action: such as `s3:PutObject`.
        resource: ARN of what it is done to.
        context: condition keys with their values, `aws:PrincipalArn` among them.

    Raises:
        NotModelledError: a condition that cannot be decided here.
    """
    return any(
        statement["Effect"] == "Deny"
        and _names(statement, "Action", action, fold_case=True)
        and _names(statement, "Resource", resource)
        and names_principal(statement, context["aws:PrincipalArn"])
        and _holds(statement.get("Condition", {}), context)
        for statement in listed(json.loads(document)["Statement"])
    )


def listed(value: Any) -> list[Any]:
    """A value that a policy may give alone or as a list, as a list."""
    return value if isinstance(value, list) else [value]


def _statement_problem(statement: Any, *, is_trust: bool) -> str | None:
    if not isinstance(statement, dict):
        return "must be an object"
    allowed = _STATEMENT_KEYS if is_trust else _STATEMENT_KEYS | _RESOURCE_KEYS
    unknown = set(statement) - allowed
    if unknown:
        return f"unknown elements {', '.join(sorted(unknown))}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        return f"Effect must be Allow or Deny, got {statement.get('Effect')!r}"
    pairs = ["Principal", "Action"] if is_trust else ["Principal", "Action", "Resource"]
    for key in pairs:
        if (key in statement) == (f"Not{key}" in statement):
            return f"exactly one of {key} and Not{key} is needed"
    for action in listed(statement.get("Action", statement.get("NotAction"))):
        if not isinstance(action, str) or (action != "*" and ":" not in action):
            return f"Action {action!r} must be * or of the form service:Action"
    for operator, tests in statement.get("Condition", {}).items():
        if not isinstance(tests, dict):
            return f"Condition {operator} must be an object of keys and values"
    return None


def _names(statement: Mapping[str, Any], key: str, value: str, *, fold_case: bool = False) -> bool:
    patterns = listed(statement.get(key, statement.get(f"Not{key}")))
    found = any(_matches(pattern, value, fold_case=fold_case) for pattern in patterns)
    return found if key in statement else not found


def _matches(pattern: str, value: str, *, fold_case: bool = False) -> bool:
    if fold_case:
        pattern, value = pattern.lower(), value.lower()
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def names_principal(statement: Mapping[str, Any], principal: str) -> bool:
    """Whether a statement is about a user or role: by its ARN, as one of its account, or as one of all."""
    given: Any = statement.get("Principal", statement.get("NotPrincipal"))
    account = principal.split(":")[4]
    names = {"*", principal, account, f"arn:aws:iam::{account}:root"}
    found = given == "*" or bool(names & set(listed(given.get("AWS", []))))
    return found if "Principal" in statement else not found


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    for operator, tests in conditions.items():
        if operator not in _PLAIN | _WITH_WILDCARDS:
            raise NotModelledError(f"the rehearsal does not model the condition operator {operator}")
        for key, wanted in tests.items():
            if key not in context:
                raise NotModelledError(f"the rehearsal does not model the condition key {key}")
            values = [str(value).lower() if isinstance(value, bool) else value for value in listed(wanted)]
            if operator in _PLAIN:
                found = context[key] in values
            else:
                found = any(_matches(value, context[key]) for value in values)
            if found == ("Not" in operator):
                return False
    return True
