"""What the API server refuses in tolerations and affinities."""

from collections.abc import Iterator

from airflow_infra.assurance.admission.wording import Problem, not_one_of
from airflow_infra.assurance.check.types import Manifest
from airflow_infra.rehearsal.providers.kubernetes.syntax import is_dns_subdomain, is_label_value, is_qualified_name

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_NODE_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_REQUIRED, _PREFERRED = (f"{word}DuringSchedulingIgnoredDuringExecution" for word in ("required", "preferred"))
_LARGEST_WEIGHT = 100


def toleration_problems(tolerations: list[Manifest]) -> Iterator[Problem]:
    """What is wrong with tolerations. The operators Lt and Gt are behind a gate that is off, in 1.37 too."""
    for index, one in enumerate(tolerations):
        path, key, operator = f"spec.tolerations[{index}]", one.get("key") or "", one.get("operator") or "Equal"
        value, effect = one.get("value") or "", one.get("effect") or ""
        if key and not is_qualified_name(key):
            yield f"{path}.key", f"{key!r} is no key of a taint"
        if not key and operator != "Exists":
            yield f"{path}.operator", "must be Exists when the key is empty, which means all keys and values"
        if "tolerationSeconds" in one and effect != "NoExecute":
            yield f"{path}.effect", "must be NoExecute when tolerationSeconds is set"
        if operator not in {"Equal", "Exists"}:
            yield not_one_of(f"{path}.operator", operator, ("Equal", "Exists"))
        elif operator == "Exists" and value:
            yield f"{path}.operator", "the value must be empty when the operator is Exists"
        elif not is_label_value(value):
            yield f"{path}.value", f"{value!r} is no label value, which the value of a taint has to be"
        if effect and effect not in _EFFECTS:
            yield not_one_of(f"{path}.effect", effect, _EFFECTS)


def affinity_problems(affinity: Manifest) -> Iterator[Problem]:
    """What is wrong with the affinities of a pod."""
    nodes: Manifest = affinity.get("nodeAffinity") or {}
    path = "spec.affinity.nodeAffinity"
    if nodes.get(_REQUIRED) is not None:
        terms = nodes[_REQUIRED].get("nodeSelectorTerms") or []
        at = f"{path}.{_REQUIRED}.nodeSelectorTerms"
        if not terms:
            yield at, "must have at least one node selector term"
        for index, term in enumerate(terms):
            yield from _term(f"{at}[{index}]", term, any_value=False)
    for index, preferred in enumerate(nodes.get(_PREFERRED) or ()):
        at = f"{path}.{_PREFERRED}[{index}]"
        yield from _weight(at, preferred)
        yield from _term(f"{at}.preference", preferred.get("preference") or {}, any_value=True)
    for kind in ("podAffinity", "podAntiAffinity"):
        yield from _pods(f"spec.affinity.{kind}", affinity.get(kind) or {})


def _term(path: str, term: Manifest, *, any_value: bool) -> Iterator[Problem]:
    for index, one in enumerate(term.get("matchExpressions") or ()):
        at, values = f"{path}.matchExpressions[{index}]", one.get("values")
        key, operator = one.get("key") or "", one.get("operator") or ""
        if not is_qualified_name(key):
            yield f"{at}.key", f"{key!r} is no key of a label"
        if operator not in _NODE_OPERATORS:
            yield not_one_of(f"{at}.operator", operator, _NODE_OPERATORS)
        elif operator in {"In", "NotIn"} and not values:
            yield f"{at}.values", f"missing: {operator} needs values"
        elif operator in {"Exists", "DoesNotExist"} and values:
            yield f"{at}.values", f"{operator} takes no values"
        elif operator in {"Gt", "Lt"} and len(values or ()) != 1:
            yield f"{at}.values", f"{operator} needs exactly one value"
        for place, value in enumerate(values or ()):
            if not any_value and not is_label_value(value):
                yield f"{at}.values[{place}]", f"{value!r} is no label value"
    for index, one in enumerate(term.get("matchFields") or ()):
        at, values = f"{path}.matchFields[{index}]", one.get("values") or []
        if one.get("operator") not in {"In", "NotIn"}:
            yield not_one_of(f"{at}.operator", one.get("operator"), ("In", "NotIn"))
        elif len(values) != 1:
            yield f"{at}.values", f"{one['operator']} needs exactly one value"
        if one.get("key") != "metadata.name":
            yield not_one_of(f"{at}.key", one.get("key"), ("metadata.name",))
        yield from (
            (f"{at}.values[{place}]", f"{value!r} is no name of a node")
            for place, value in enumerate(values)
            if not is_dns_subdomain(value)
        )


def _pods(path: str, affinity: Manifest) -> Iterator[Problem]:
    for index, term in enumerate(affinity.get(_REQUIRED) or ()):
        yield from _topology(f"{path}.{_REQUIRED}[{index}]", term)
    for index, preferred in enumerate(affinity.get(_PREFERRED) or ()):
        at = f"{path}.{_PREFERRED}[{index}]"
        yield from _weight(at, preferred)
        yield from _topology(f"{at}.podAffinityTerm", preferred.get("podAffinityTerm") or {})


def _topology(path: str, term: Manifest) -> Iterator[Problem]:
    key = term.get("topologyKey") or ""
    if not is_qualified_name(key):
        yield f"{path}.topologyKey", f"{key!r} is no key of a label" if key else "missing, but required"


def _weight(path: str, preferred: Manifest) -> Iterator[Problem]:
    if not 1 <= preferred.get("weight", 0) <= _LARGEST_WEIGHT:
        yield f"{path}.weight", f"must be between 1 and {_LARGEST_WEIGHT}"
