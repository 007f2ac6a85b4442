"""What a provider needs of a Kubernetes API server, and an API server in memory.

The in-memory one keeps the objects of one cluster. It validates them as a server of its Kubernetes minor would and
does at once what controllers do later; it runs no pods, so nothing that depends on pods ever becomes ready.
"""

import uuid
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Protocol

from airflow_infra.rehearsal.providers.kubernetes import custom, kinds, rules
from airflow_infra.rehearsal.providers.kubernetes.client import (
    Object,
    Reference,
    manager_of,
    null_items,
    reference_of,
    without_nulls,
)
from airflow_infra.rehearsal.providers.kubernetes.defaults import as_stored, status_of, waits_for_pods
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, InvalidError, Problem
from airflow_infra.rehearsal.providers.kubernetes.immutable import immutable_problems
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.merging import conflicts, merged
from airflow_infra.rehearsal.providers.kubernetes.schema import JsonSchema, schemas
from airflow_infra.rehearsal.providers.suggestions import suggestion

SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
KUBERNETES = "kube-apiserver"
"""Field manager of what Kubernetes makes itself."""


class Controller(Protocol):
    """The model of a controller: it reacts to objects that were written or deleted."""

    def admit(self, api: "InMemoryApi", manifest: Object) -> list[Problem] | None:
        """What the controller finds wrong in a manifest of its own kinds; None for all others."""
        ...

    def missing(self, api: "InMemoryApi", api_version: str, kind: str) -> str | None:
        """Why a kind that the controller brings is not there; None for all others."""
        ...

    def changed(self, api: "InMemoryApi", obj: Object, deleted: bool) -> None:
        """React to a written or deleted object."""
        ...


_Key = tuple[str, str, str | None, str]


class InMemoryApi:
    """The API server of one cluster, in memory. Implements KubernetesApi.

    `minor` is the Kubernetes minor, such as `1.36`; changing it upgrades the server. `name` is the cluster's, for
    messages and uids.
    """

    def __init__(
        self,
        minor: str,
        name: str,
        controllers: tuple[Controller, ...] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.minor = minor
        self.name = name
        self.not_checked: set[str] = set()
        """What this server could not look at, by name."""
        self.modelled: set[str] = set()
        """What was answered by a model of a controller."""
        self.mutating_calls: list[str] = []
        """Requests that could change the cluster."""
        self._controllers = controllers
        self._clock = clock
        self._objects: dict[_Key, Object] = {}
        self._applied: dict[_Key, dict[str, Object]] = {}
        """By object, what each field manager wrote last: the object holds the fields of all of them."""
        self._custom: dict[tuple[str, str], tuple[Kind, JsonSchema | None]] = {}
        self._version = 0
        for namespace in SYSTEM_NAMESPACES:
            manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
            self._write(self.kind("v1", "Namespace"), manifest, KUBERNETES)

    def kind(self, api_version: str, kind: str) -> Kind:
        """The kind of that name; see KubernetesApi."""
        served = schemas(self.minor).kinds
        if (api_version, kind) in served:
            return served[api_version, kind][0]
        if (api_version, kind) in self._custom:
            return self._custom[api_version, kind][0]
        for controller in self._controllers:
            explanation = controller.missing(self, api_version, kind)
            if explanation:
                raise ApiError(404, "NotFound", explanation)
        group = api_version.rpartition("/")[0]
        elsewhere = [version for version, word in [*served, *self._custom] if word == kind]
        if kinds.built_in_group(group) or elsewhere:
            raise ApiError(404, "NotFound", kinds.refusal(api_version, kind, self.minor, elsewhere))
        known = [word for version, word in self._custom if version == api_version]
        message = f"no kind {kind} in {api_version}: no CustomResourceDefinition of it stands in cluster {self.name}"
        raise ApiError(404, "NotFound", message + suggestion(kind, known))

    def problems(self, manifest: Object) -> list[Problem]:
        """What is wrong in a manifest; see KubernetesApi."""
        manifest = without_nulls(manifest)
        kind = self.kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
        served = schemas(self.minor)
        empty = [Problem(path, "expected a value, got null") for path in null_items(manifest)]
        if empty:
            return empty
        if not kind.custom:
            found = served.problems(kind, manifest) or rules.problems(served, kind, manifest)
            if kind.kind == "CustomResourceDefinition" and not found:
                found = custom.definition_problems(served, manifest)
            return found
        schema = self._custom[kind.api_version, kind.kind][1]
        found = custom.problems(served, kind, schema, manifest)
        answers = [controller.admit(self, manifest) for controller in self._controllers] if not found else []
        if schema is None and all(answer is None for answer in answers):
            self.not_checked.add(f"fields of {kind}: the schema of its CustomResourceDefinition is not at hand")
        return found + [problem for answer in answers for problem in answer or []]

    def create(self, manifest: Object, manager: str) -> Object:
        """Create an object; see KubernetesApi."""
        self.mutating_calls.append(f"kubernetes:create {manifest.get('kind')}")
        kind, manifest = self._accepted(manifest)
        standing = self._objects.get(_key(kind, manifest))
        if standing is not None:
            managed = manager_of(standing)
            message = f"{reference_of(standing)} already exists in cluster {self.name} (managed by {managed})"
            raise ApiError(409, "AlreadyExists", message)
        return deepcopy(self._write(kind, manifest, manager))

    def apply(self, manifest: Object, manager: str) -> Object:
        """Create or change an object; see KubernetesApi."""
        self.mutating_calls.append(f"kubernetes:apply {manifest.get('kind')}")
        kind, manifest = self._accepted(manifest)
        key = _key(kind, manifest)
        standing = self._objects.get(key)
        if standing is not None:
            others = {who: what for who, what in self._applied[key].items() if who != manager}
            found = conflicts(others, manifest)
            if found:
                raise ApiError(409, "Conflict", f"{reference_of(manifest)}: {'; '.join(found)}")
            found = immutable_problems(kind, standing, merged([*others.values(), manifest]))
            if found:
                raise InvalidError(str(reference_of(manifest)), found)
        return deepcopy(self._write(kind, manifest, manager))

    def get(self, reference: Reference) -> Object | None:
        """An object, or None; see KubernetesApi."""
        standing = self._objects.get(_reference_key(reference))
        return deepcopy(standing) if standing is not None else None

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[Object]:
        """The objects of a kind; see KubernetesApi."""
        group = api_version.rpartition("/")[0]
        return [
            deepcopy(obj)
            for key, obj in sorted(self._objects.items(), key=lambda item: (item[0][2] or "", item[0][3]))
            if key[:2] == (group, kind) and namespace in {None, key[2]}
        ]

    def delete(self, reference: Reference) -> None:
        """Delete an object; see KubernetesApi. One with finalizers stays, marked, until they are gone."""
        self.mutating_calls.append(f"kubernetes:delete {reference.kind}")
        key = _reference_key(reference)
        if key not in self._objects:
            raise ApiError(404, "NotFound", f"{reference} does not exist in cluster {self.name}")
        if reference.kind == "Namespace" and reference.name in SYSTEM_NAMESPACES[:3]:
            raise ApiError(403, "Forbidden", f"namespace {reference.name} is Kubernetes' own and may not be deleted")
        self._remove(key)

    def wait(self, reference: Reference, awaited: Callable[[Object], str | None], timeout_s: float) -> str | None:
        """Look once: everything that is modelled has happened already; see KubernetesApi."""
        del timeout_s
        standing = self.get(reference)
        return awaited(standing) if standing is not None else "it does not exist"

    def inventory(self) -> dict[str, str]:
        """What stands in the cluster beside Kubernetes' own objects: identifier -> who manages it."""
        found: dict[str, str] = {}
        for obj in self._objects.values():
            manager = manager_of(obj)
            if manager != KUBERNETES:
                description = f"managed by {manager}"
                if manager == "helm" and obj["kind"] == "CustomResourceDefinition":
                    description += ": Helm leaves the definitions of a chart's crds folder in place"
                found[f"{self.name}: {obj['apiVersion']} {reference_of(obj)}"] = description
        return dict(sorted(found.items()))

    def set_status(self, reference: Reference, status: dict[str, Any]) -> None:
        """What a controller reports about an object; no request of a client's."""
        obj = self._objects[_reference_key(reference)]
        if obj.get("status") != status:
            obj["status"] = status
            obj["metadata"]["resourceVersion"] = self._next_version()

    def put(self, manifest: Object, manager: str) -> None:
        """Write an object as a controller would: validated, but no request of a client's."""
        kind, accepted = self._accepted(manifest)
        self._write(kind, accepted, manager)

    def discard(self, reference: Reference) -> None:
        """Delete an object as a controller would; one that is gone is no error."""
        if _reference_key(reference) in self._objects:
            self._remove(_reference_key(reference))

    def _accepted(self, manifest: Object) -> tuple[Kind, Object]:
        manifest = without_nulls(manifest)
        kind = self.kind(str(manifest.get("apiVersion")), str(manifest.get("kind")))
        found = self.problems(manifest)
        if found:
            raise InvalidError(f"{kind.kind} {(manifest.get('metadata') or {}).get('name', '')}", found)
        namespace = manifest["metadata"].get("namespace")
        if kind.namespaced:
            home = self._objects.get(("", "Namespace", None, namespace))
            if home is None:
                raise ApiError(404, "NotFound", f"namespace {namespace!r} does not exist in cluster {self.name}")
            if home["metadata"].get("deletionTimestamp") and _key(kind, manifest) not in self._objects:
                raise ApiError(403, "Forbidden", f"namespace {namespace} is being terminated")
        return kind, manifest

    def _write(self, kind: Kind, manifest: Object, manager: str) -> Object:
        """Store a valid manifest, with what the server adds and what other field managers wrote.

        Unchanged objects keep their resourceVersion.
        """
        key = _key(kind, manifest)
        standing = self._objects.get(key)
        written = self._applied.setdefault(key, {})
        written[manager] = manifest
        obj = as_stored(merged(written.values()))
        metadata = obj["metadata"]
        for field in (
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "generation",
            "resourceVersion",
        ):
            metadata.pop(field, None)
            if standing is not None and field in standing["metadata"]:
                metadata[field] = standing["metadata"][field]
        obj.pop("status", None)
        if standing is None:
            metadata["creationTimestamp"] = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
            metadata["uid"] = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name}/{key}/{self._version}"))
            metadata["generation"] = 1
        elif "status" in standing:
            obj["status"] = standing["status"]
        metadata["managedFields"] = [{"manager": who, "operation": "Apply"} for who in written]
        if standing is not None and standing == obj:
            return standing
        if standing is not None and standing.get("spec") != obj.get("spec"):
            metadata["generation"] += 1
        metadata["resourceVersion"] = self._next_version()
        self._objects[key] = obj
        if waits_for_pods(obj):
            self.not_checked.add(f"readiness of {reference_of(obj)}: no pods run in the rehearsal")
        self._react(obj, deleted=False)
        if metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
            self._remove(key)
        return obj

    def _remove(self, key: _Key) -> None:
        obj = self._objects[key]
        contained = [other for other in self._contained(obj) if other in self._objects]
        for other in contained:
            self._remove(other)
        stuck = obj["metadata"].get("finalizers") or any(other in self._objects for other in contained)
        if stuck:
            if not obj["metadata"].get("deletionTimestamp"):
                obj["metadata"]["deletionTimestamp"] = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
                obj["metadata"]["resourceVersion"] = self._next_version()
            return
        del self._objects[key], self._applied[key]
        self._react(obj, deleted=True)
        home = ("", "Namespace", None, key[2] or "")
        if home in self._objects and self._objects[home]["metadata"].get("deletionTimestamp"):
            self._remove(home)

    def _contained(self, obj: Object) -> Iterator[_Key]:
        """Objects that go with an object: a namespace's contents, a definition's custom resources."""
        if obj["kind"] == "Namespace":
            yield from [key for key in self._objects if key[2] == obj["metadata"]["name"]]
        elif obj["kind"] == "CustomResourceDefinition":
            group, word = obj["spec"]["group"], obj["spec"]["names"]["kind"]
            yield from [key for key in self._objects if key[:2] == (group, word)]

    def _react(self, obj: Object, deleted: bool) -> None:
        if obj["kind"] == "CustomResourceDefinition":
            for kind, schema in custom.kinds_of(obj).items():
                if deleted:
                    self._custom.pop((kind.api_version, kind.kind), None)
                else:
                    self._custom[kind.api_version, kind.kind] = (kind, schema)
        elif obj["kind"] == "Namespace" and not deleted:
            self._furnish(obj["metadata"]["name"])
        if not deleted:
            status = status_of(obj)
            if status is not None:
                obj["status"] = status
        for controller in self._controllers:
            controller.changed(self, obj, deleted)

    def _furnish(self, namespace: str) -> None:
        """What Kubernetes puts into every namespace."""
        for word, name in (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")):
            manifest = {"apiVersion": "v1", "kind": word, "metadata": {"name": name, "namespace": namespace}}
            if ("", word, namespace, name) not in self._objects:
                self._write(self.kind("v1", word), manifest, KUBERNETES)

    def _next_version(self) -> str:
        self._version += 1
        return str(self._version)


def _key(kind: Kind, manifest: Object) -> _Key:
    return kind.group, kind.kind, manifest["metadata"].get("namespace"), manifest["metadata"]["name"]


def _reference_key(reference: Reference) -> _Key:
    return reference.api_version.rpartition("/")[0], reference.kind, reference.namespace, reference.name
