"""Verdicts of the policies' CEL on samples, by Google's own CEL engine, variable by variable as Gatekeeper does it."""

from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

from airflow_infra.policies.library import Manifest, Policy
from airflow_infra.policies.suites import Case

_ENVIRONMENT = cel.NewEnv(
    variables=dict.fromkeys(("variables", "object", "oldObject", "request", "params"), cel.Type.DYN),
    extensions=[ext_bindings.ExtBindings(), ext_optional.ExtOptional(), ext_strings.ExtStrings()],
)
_compile = cache(_ENVIRONMENT.compile)


class BrokenError(Exception):
    """The engine can't compile or evaluate an expression."""


def _evaluate(expression: str, data: dict[str, Any]) -> Any:
    try:
        result = _compile(expression).eval(data=data)
    except RuntimeError as error:
        raise BrokenError(f"{expression}: {error}") from error
    if result.type() == cel.Type.ERROR:
        raise BrokenError(f"{expression}: {result.value()}")
    return result.plain_value()


def violations(policy: Policy, sample: Manifest) -> list[str]:
    """Messages of the violations of a pod, or of the pod in an AdmissionReview, by the constraint on disk."""
    request = sample["request"] if sample["kind"] == "AdmissionReview" else {}
    pod = request.get("object", sample)
    match = policy.applied["spec"]["match"]
    namespace = pod["metadata"]["namespace"]
    if namespace in match["excludedNamespaces"] or namespace not in match.get("namespaces", [namespace]):
        return []
    variables = {"anyObject": pod, "params": policy.applied["spec"].get("parameters", {})}
    data: dict[str, Any] = {
        "variables": variables,
        "object": pod,
        "oldObject": request.get("oldObject"),
        "request": request,
        "params": variables["params"],
    }
    for variable in policy.variables:
        variables[variable["name"]] = _evaluate(variable["expression"], data)
    return [
        _evaluate(validation["messageExpression"], data)
        for validation in policy.validations
        if not _evaluate(validation["expression"], data)
    ]


def failing(policy: Policy, cases: tuple[Case, ...]) -> set[str]:
    """Names of the cases whose verdict is not the suite's; an engine error is one with a message of its own."""
    return {
        case.name
        for case in cases
        if not all(assertion.holds(_messages(policy, case)) for assertion in case.assertions)
    }


def _messages(policy: Policy, case: Case) -> list[str]:
    try:
        return violations(policy, case.sample)
    except BrokenError as error:
        return [str(error)]
