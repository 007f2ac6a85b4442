"""Rules of form that Kubernetes' schemas leave out: names, labels, annotations, quantities.

Source: the Kubernetes concept pages "Object Names and IDs", "Labels and Selectors" and the API convention on
quantities (general knowledge, not read in a dated source).
"""

import re
from decimal import Decimal
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:(m|n|u|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?")
_SUFFIXES = {
    **{suffix: Decimal(1000) ** power for suffix, power in zip("num kMGTPE", range(-3, 7), strict=True)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
_LABEL_NAMES = frozenset({"Namespace", "Service"})
_FREE_NAMES = frozenset({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})
_ANNOTATION_BYTES = 256 * 1024

Path = tuple[str | int, ...]


def quantity(value: Any) -> Decimal | None:
    """The number that a quantity such as `500m` or `1.5Gi` stands for, or None when it is none."""
    if isinstance(value, bool):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if not found:
        return None
    number, suffix, exponent = found.groups()
    if exponent:
        return Decimal(number) * Decimal(10) ** int(exponent)
    return Decimal(number) * _SUFFIXES[suffix or " "]


def name_problems(kind: Kind, metadata: dict[str, Any]) -> list[Problem]:
    """What is wrong with an object's name, and with its having or lacking a namespace."""
    problems: list[Problem] = []
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not name:
        problems.append(Problem("metadata.name", "missing, but required"))
    elif not isinstance(name, str):
        problems.append(Problem("metadata.name", f"expected a string, got {name!r}"))
    elif kind.kind in _FREE_NAMES and not kind.custom:
        if name in {".", ".."} or "/" in name or "%" in name:
            problems.append(Problem("metadata.name", f"{name!r} may not be '.' or '..', nor contain '/' or '%'"))
    elif kind.kind in _LABEL_NAMES and not kind.custom:
        if not is_dns_label(name):
            problems.append(
                Problem(
                    "metadata.name", f"{name!r} is no DNS-1123 label: lower-case letters, digits and '-', at most 63"
                )
            )
    elif not is_dns_subdomain(name):
        problems.append(
            Problem(
                "metadata.name",
                f"{name!r} is no DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253, "
                "beginning and ending with a letter or digit",
            )
        )
    if namespace and not kind.namespaced:
        problems.append(Problem("metadata.namespace", f"{kind.kind} is cluster-scoped: it has no namespace"))
    elif kind.namespaced and not namespace:
        problems.append(Problem("metadata.namespace", f"{kind.kind} needs a namespace"))
    return problems


def metadata_problems(path: Path, metadata: dict[str, Any]) -> list[Problem]:
    """What is wrong with labels and annotations."""
    problems: list[Problem] = []
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    for key, value in labels.items():
        problems += label_problems((*path, "labels", key), key, value)
    for key in annotations:
        if not is_qualified_name(key.lower()):
            problems.append(Problem(path_text((*path, "annotations", key)), _KEY_RULE.format(key=key)))
    size = sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items())
    if size > _ANNOTATION_BYTES:
        problems.append(Problem(path_text((*path, "annotations")), f"{size} bytes, but at most {_ANNOTATION_BYTES}"))
    return problems


def label_problems(path: Path, key: str, value: Any) -> list[Problem]:
    """What is wrong with one label."""
    problems: list[Problem] = []
    if not is_qualified_name(key):
        problems.append(Problem(path_text(path), _KEY_RULE.format(key=key)))
    if isinstance(value, str) and not is_label_value(value):
        problems.append(
            Problem(
                path_text(path),
                f"{value!r} is no label value: at most 63 letters, digits, '-', '_' and '.', "
                "beginning and ending with a letter or digit",
            )
        )
    return problems


_KEY_RULE = "{key!r} is no key: expected an optional DNS prefix and '/', then at most 63 letters, digits, '-', '_', '.'"


def is_dns_label(value: str) -> bool:
    """Whether a value is a DNS-1123 label."""
    return len(value) <= 63 and _LABEL.fullmatch(value) is not None


def is_dns_subdomain(value: str) -> bool:
    """Whether a value is a DNS-1123 subdomain."""
    return len(value) <= 253 and _SUBDOMAIN.fullmatch(value) is not None


def is_label_value(value: str) -> bool:
    """Whether a value may be a label's value. The empty one may."""
    return value == "" or (len(value) <= 63 and _QUALIFIED.fullmatch(value) is not None)


def is_qualified_name(value: str) -> bool:
    """Whether a value may be the key of a label: `name` or `prefix/name`."""
    prefix, slash, name = value.rpartition("/")
    if slash and not is_dns_subdomain(prefix):
        return False
    return len(name) <= 63 and _QUALIFIED.fullmatch(name) is not None
