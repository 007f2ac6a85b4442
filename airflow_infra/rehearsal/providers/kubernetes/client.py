"""What a provider needs of a Kubernetes API server: in memory today, a real one behind the same few methods later."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text

Object = dict[str, Any]
"""A Kubernetes object or manifest: `apiVersion`, `kind`, `metadata`, `spec` ..."""


@dataclass(frozen=True)
class Reference:
    """What names an object."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class KubernetesApi(Protocol):
    """An API server. Every method raises ApiError when the server refuses."""

    def kind(self, api_version: str, kind: str) -> Kind:
        """The kind of that name, or ApiError 404 naming the minor and what replaced it."""
        ...

    def problems(self, manifest: Object) -> list[Problem]:
        """What is wrong in a manifest; changes nothing."""
        ...

    def create(self, manifest: Object, manager: str) -> Object:
        """Create an object; 409 AlreadyExists when it stands. `manager` is the field manager."""
        ...

    def apply(self, manifest: Object, manager: str) -> Object:
        """Create an object, or give it the fields of a manifest (server-side apply by one manager)."""
        ...

    def get(self, reference: Reference) -> Object | None:
        """An object, or None."""
        ...

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[Object]:
        """The objects of a kind, by namespace and name."""
        ...

    def delete(self, reference: Reference) -> None:
        """Delete an object; 404 when there is none."""
        ...

    def wait(self, reference: Reference, awaited: Callable[[Object], str | None], timeout_s: float) -> str | None:
        """Wait until `awaited` returns None for the object; returns its last answer when time is up."""
        ...


def reference_of(obj: Mapping[str, Any]) -> Reference:
    """What names an object or a manifest."""
    metadata = obj.get("metadata") or {}
    return Reference(
        str(obj.get("apiVersion")), str(obj.get("kind")), metadata.get("namespace") or None, str(metadata.get("name"))
    )


def manager_of(obj: Mapping[str, Any]) -> str:
    """The field manager that made an object, or an empty string."""
    fields = (obj.get("metadata") or {}).get("managedFields") or [{}]
    return fields[0].get("manager", "")


def null_items(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Paths of nulls in lists. As fields nulls are as good as absent; in lists no server takes them."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from null_items(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item is None:
                yield path_text((*path, index))
            else:
                yield from null_items(item, (*path, index))


def without_nulls(value: Any) -> Any:
    """A manifest without its null fields, and with whole floats as integers, as they travel in Pulumi's protocol."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
