"""What invariants need of a Kubernetes API, and of the objects in it."""

import re
from decimal import Decimal
from typing import Any, Protocol

Object = dict[str, Any]
"""A Kubernetes object."""

NAMESPACE = "airflow"
"""The namespace in which tasks run."""
MWAA_USER = "mwaa-service"
"""Kubernetes user as which the environment's execution role enters the cluster."""
MWAA_GROUP = "airflow-tasks"
"""Kubernetes group of that user."""

_QUANTITY = re.compile(r"([+-]?[\d.]+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?")
_DECIMAL = {
    "n": "1e-9",
    "u": "1e-6",
    "m": "1e-3",
    "k": "1e3",
    "M": "1e6",
    "G": "1e9",
    "T": "1e12",
    "P": "1e15",
    "E": "1e18",
}


class KubernetesReader(Protocol):
    """Read-only access to the API server of one cluster."""

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[Object]:
        """The objects of a kind, of one namespace or of all; none of a kind that the server does not know."""
        ...


def quantity(text: str) -> Decimal:
    """A Kubernetes quantity such as `500m` or `16Gi` as a number, so that spellings can be compared.

    Raises:
        ValueError: text that is no quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no Kubernetes quantity: expected one such as 500m or 16Gi")
    number, exponent, suffix = match.groups()
    if suffix is None:
        return Decimal(number + (exponent or ""))
    if suffix.endswith("i"):
        return Decimal(number) * 1024 ** ("KMGTPE".index(suffix[0]) + 1)
    return Decimal(number) * Decimal(_DECIMAL[suffix])
