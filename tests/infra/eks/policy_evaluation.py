"""Verdicts of the policies' CEL on samples, by Google's own CEL engine, as Gatekeeper composes it."""

from dataclasses import replace
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from infra.eks.policy_library import Policy

_ENVIRONMENT = cel.NewEnv(
    variables=dict.fromkeys(("variables", "object", "oldObject", "request", "params"), cel.Type.DYN),
    extensions=[ext_strings.ExtStrings()],
)


def _evaluate(expression: str, data: dict[str, Any]) -> Any:
    result = _ENVIRONMENT.compile(expression).eval(data=data)
    if result.type() == cel.Type.ERROR:
        raise AssertionError(f"{expression}: {result.value()}")
    return result.plain_value()


def violations(policy: Policy, sample: dict[str, Any]) -> list[str]:
    """Messages of the violations of a pod, or of the pod in an AdmissionReview."""
    request = sample["request"] if sample["kind"] == "AdmissionReview" else {}
    pod = request.get("object", sample)
    if pod["metadata"]["namespace"] in policy.applied["spec"]["match"]["excludedNamespaces"]:
        return []
    data: dict[str, Any] = {
        "variables": {"anyObject": pod},
        "object": pod,
        "oldObject": request.get("oldObject"),
        "request": request,
        "params": {},
    }
    for variable in policy.variables:
        data["variables"] = {**data["variables"], variable["name"]: _evaluate(variable["expression"], data)}
    return [
        _evaluate(validation["messageExpression"], data)
        for validation in policy.validations
        if not _evaluate(validation["expression"], data)
    ]


def weakened(policy: Policy, text: str, replacement: str) -> Policy:
    """The policy with a piece of its CEL replaced; the piece must be there."""
    changed = [
        {**variable, "expression": str(variable["expression"]).replace(text, replacement)}
        for variable in policy.variables
    ]
    assert changed != [dict(variable) for variable in policy.variables], f"{text!r} is not in the CEL of {policy.name}"
    return replace(policy, variables=changed)
