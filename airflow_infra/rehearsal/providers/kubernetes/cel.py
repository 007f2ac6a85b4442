"""CEL of admission policies: compiled, so that a syntax error or an unknown name is found. Nothing is evaluated."""

import importlib.util
import re
from functools import cache
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.schema import suggestion

_VARIABLES = ("object", "oldObject", "request", "params", "namespaceObject", "authorizer", "variables")
_GATEKEEPER_VARIABLES = ("params", "anyObject")
_SOURCE_FIELDS = ("variables", "validations", "matchConditions", "failurePolicy", "generateVAP")
_KUBERNETES_ONLY = frozenset(
    {
        "find", "findAll", "quantity", "isQuantity", "url", "isURL", "ip", "isIP", "cidr", "isCIDR", "semver",
        "isSemver", "sum", "min", "max", "indexOf", "lastIndexOf", "isSorted", "authorizer", "format", "sets",
    }
)  # fmt: skip
"""Functions of Kubernetes' own CEL libraries, which the engine used here may lack."""


def cel_problems(path: str, source: dict[str, Any], what: str, not_checked: set[str]) -> list[Problem]:
    """What is wrong in the CEL source of a template; `path` is the source's, `what` names the template."""
    found = [
        Problem(f"{path}.{key}", f"unknown field{suggestion(key, list(_SOURCE_FIELDS))}")
        for key in source
        if key not in _SOURCE_FIELDS
    ]
    if not source.get("validations"):
        found.append(Problem(f"{path}.validations", "missing: without validations nothing is refused"))
    declared: list[str] = list(_GATEKEEPER_VARIABLES)
    for place, expression in _expressions(path, source):
        if not isinstance(expression, str):
            found.append(Problem(place, f"expected a CEL expression, got {expression!r}"))
            continue
        unknown = [name for name in re.findall(r"\bvariables\.(\w+)", expression) if name not in declared]
        found += [Problem(place, f"variables.{name} is not declared{suggestion(name, declared)}") for name in unknown]
        error = _compile_error(expression)
        if error is not None and _is_kubernetes_only(error):
            not_checked.add(f"CEL of {what} at {place}: {error}")
        elif error is not None:
            found.append(Problem(place, f"CEL does not compile: {error}"))
        match = re.fullmatch(r".*\.variables\[(\d+)\]\.expression", place)
        if match:
            declared.append(str(source["variables"][int(match[1])].get("name")))
    if not _engine_installed():
        not_checked.add(f"CEL of {what}: the package cel-expr-python is not installed")
    return found


def _expressions(path: str, source: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every expression with its place, variables first: each may use those declared before it."""
    found: list[tuple[str, Any]] = []
    for block, fields in (
        ("variables", ("expression",)),
        ("matchConditions", ("expression",)),
        ("validations", ("expression", "messageExpression")),
    ):
        for index, entry in enumerate(source.get(block) or []):
            found += [
                (f"{path}.{block}[{index}].{field}", entry.get(field))
                for field in fields
                if field == "expression" or field in entry
            ]
    return found


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
