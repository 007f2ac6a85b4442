"""Which pods a constraint or a mutator of Gatekeeper is about: its `match`, as far as it is used here."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_infra.assurance.check.types import Manifest
from airflow_infra.settings.names import AIRFLOW_NAMESPACE

_KNOWN = frozenset({"kinds", "namespaces", "excludedNamespaces", "scope"})


def namespace_of(pod: Manifest) -> str:
    """Namespace that a pod is created in; one that names none, in the one that Airflow creates pods in."""
    metadata = pod.get("metadata")
    return (metadata.get("namespace") if isinstance(metadata, dict) else None) or AIRFLOW_NAMESPACE


def matches_namespace(match: Mapping[str, Any], what: str) -> Callable[[str], bool]:
    """Whether a match takes the pods of a namespace.

    `what` names the object, for the error. Raises `ValueError` for a kind of match that is not known here: to ignore
    one would be to judge pods that the cluster does not, or the other way round.
    """
    unknown = match.keys() - _KNOWN
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        raise ValueError(f"{what}: match.{sorted(unknown)[0]} is not understood here: expected {known}")
    kinds = match.get("kinds") or [{}]
    about_pods = match.get("scope", "*") in {"*", "Namespaced"} and any(_about_pods(each) for each in kinds)
    namespaces, excluded = match.get("namespaces"), match.get("excludedNamespaces") or ()

    def matches(namespace: str) -> bool:
        return (
            about_pods
            and (not namespaces or any(_like(namespace, pattern) for pattern in namespaces))
            and not any(_like(namespace, pattern) for pattern in excluded)
        )

    return matches


def _about_pods(kinds: Mapping[str, Any]) -> bool:
    return _holds(kinds.get("apiGroups"), "") and _holds(kinds.get("kinds"), "Pod")


def _holds(words: list[str] | None, word: str) -> bool:
    return not words or "*" in words or word in words


def _like(namespace: str, pattern: str) -> bool:
    """Gatekeeper's wildcards: `*` at the beginning, at the end, or at both."""
    word = pattern.strip("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return word in namespace
    if pattern.endswith("*"):
        return namespace.startswith(word)
    if pattern.startswith("*"):
        return namespace.endswith(word)
    return namespace == word
