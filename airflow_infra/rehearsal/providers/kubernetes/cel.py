"""CEL of admission policies: compiled, so that a syntax error or an unknown name is found. Nothing is evaluated."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.suggestions import suggestion

_VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "authorizer", "variables")
_GATEKEEPER_VARIABLES = ("params", "anyObject")
_KUBERNETES_ONLY = frozenset(
    {
        "find", "findAll", "format", "indexOf", "isSorted", "lastIndexOf", "max", "min", "sets", "sum",
        "add", "asApproximateFloat", "asInteger", "compareTo", "isGreaterThan", "isInteger", "isLessThan",
        "isQuantity", "quantity", "sign", "sub",
        "getEscapedPath", "getHost", "getHostname", "getPort", "getQuery", "getScheme", "isURL", "url",
        "cidr", "containsCIDR", "containsIP", "family", "ip", "isCIDR", "isIP", "isLoopback", "masked", "prefixLength",
        "isSemver", "semver", "allowed", "check", "group", "namespace", "resource", "serviceAccount",
    }
)  # fmt: skip
"""Functions of Kubernetes' own CEL libraries, which the engine used here may lack."""


def cel_problems(path: str, source: dict[str, Any], what: str, not_checked: set[str]) -> list[Problem]:
    """What is wrong in the CEL of a template's source, which follows its schema.

    `path` is the source's, `what` names the template; what cannot be looked at is added to `not_checked`.
    """
    found: list[Problem] = []
    declared: list[str] = list(_GATEKEEPER_VARIABLES)
    for place, expression, declares in _expressions(path, source):
        unknown = [name for name in re.findall(r"\bvariables\.(\w+)", expression) if name not in declared]
        found += [Problem(place, f"variables.{name} is not declared{suggestion(name, declared)}") for name in unknown]
        error = _compile_error(expression)
        if error is not None and _is_kubernetes_only(error):
            not_checked.add(f"CEL of {what} at {place}: {error}")
        elif error is not None:
            found.append(Problem(place, f"CEL does not compile: {error}"))
        if declares is not None:
            declared.append(declares)
    if not _engine_installed():
        not_checked.add(f"CEL of {what}: the package cel-expr-python is not installed")
    return found


def _expressions(path: str, source: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Every expression: its place, its text, and the variable that it declares. One may use those declared before."""
    for index, entry in enumerate(source.get("variables") or []):
        yield f"{path}.variables[{index}].expression", entry["expression"], entry["name"]
    for block in ("matchConditions", "validations"):
        for index, entry in enumerate(source.get(block) or []):
            for field in ("expression", "messageExpression"):
                if field in entry:
                    yield f"{path}.{block}[{index}].{field}", entry[field], None


def _is_kubernetes_only(error: str) -> bool:
    missing = re.findall(r"undeclared reference to '([\w.]+)'", error)
    return bool(missing) and all(name.partition(".")[0] in _KUBERNETES_ONLY for name in missing)


def _compile_error(expression: str) -> str | None:
    if not _engine_installed():
        return None
    try:
        _environment().compile(expression)
    except RuntimeError as error:
        first = str(error).removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: ").splitlines()
        more = [line for line in first[1:] if line.startswith("ERROR:")]
        return " ".join([first[0], *more])
    return None


@cache
def _engine_installed() -> bool:
    return importlib.util.find_spec("cel_expr_python") is not None


@cache
def _environment() -> Any:
    from cel_expr_python import cel  # C++ of several MB, wanted only where a template is checked
    from cel_expr_python.ext import ext_bindings, ext_optional, ext_strings

    return cel.NewEnv(
        variables=dict.fromkeys(_VARIABLES, cel.Type.DYN),
        extensions=[ext_bindings.ExtBindings(), ext_optional.ExtOptional(), ext_strings.ExtStrings()],
    )
