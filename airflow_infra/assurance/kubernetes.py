"""What invariants need of a Kubernetes API."""

from typing import Any, Protocol


class KubernetesReader(Protocol):
    """Read-only access to the API server of one cluster."""

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        """The objects of a kind, of one namespace or of all; none of a kind that the server does not know."""
        ...
