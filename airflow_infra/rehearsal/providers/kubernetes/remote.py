"""A real API server behind the same few methods as the one in memory: server-side apply, and waiting until it is so."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from airflow_infra.rehearsal.providers.kubernetes.client import (
    Object,
    Reference,
    manager_of,
    reference_of,
    without_nulls,
)
from airflow_infra.rehearsal.providers.kubernetes.config import current, parse_kubeconfig
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, Problem, UnansweredError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.protocol import ProviderError

HELM = "helm"
_DELETION_S = 120.0
"""Seconds until an object that was deleted has to be gone."""
_SETTLING_S = 60.0
"""Seconds until the garbage collector has done what follows from a deletion. It looks for new kinds every 30."""
_POLL_S = 0.1
_REQUEST_S = 60.0
_CONFLICTS = 5
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_NOT_LISTED = frozenset({"APIService", "ComponentStatus", "EndpointSlice", "Endpoints", "Event", "Lease", "Node"})
"""Kinds that Kubernetes writes by itself, all the time or for each definition of a kind."""


class RemoteApi:
    """The API server of a kubeconfig's current context. Implements KubernetesApi.

    Args:
        kubeconfig: the file.
        name: the cluster's name, for messages.

    Raises:
        UnreachableError: when it is not on this machine, or the kubeconfig cannot be used.
        UnansweredError: when nothing answers.
        ApiError: 401 or 403 when the kubeconfig's user may not look around.
    """

    def __init__(self, kubeconfig: Path, name: str) -> None:
        self.name = name
        self.not_checked: set[str] = set()
        """What could not be looked at, by name."""
        self.modelled: set[str] = set()
        """Nothing here is a model."""
        self.mutating_calls: list[str] = []
        """Requests that could change the cluster."""
        self._made: set[Reference] = set()
        self._is_over = False
        self._client = _client(kubeconfig)
        self._kinds: dict[tuple[str, str], Kind] = {}
        version = self._request("GET", "/version")
        self.version = str(version["gitVersion"])
        """The server's version, such as v1.36.3."""
        self.minor = f"{version['major']}.{version['minor'].rstrip('+')}"
        """Its Kubernetes minor, such as 1.36."""
        self._first_inventory: dict[str, str] | None = None
        self._before = {reference_of(one) for one in self._all()}

    @property
    def host(self) -> str:
        """Address of the server."""
        return str(self._client.configuration.host)

    def namespaces(self) -> list[str]:
        """Names of the namespaces."""
        return [one["metadata"]["name"] for one in self.objects("v1", "Namespace")]

    def kind(self, api_version: str, kind: str) -> Kind:
        """The kind of that name; see KubernetesApi."""
        if (api_version, kind) not in self._kinds:
            self._discover(api_version)
        if (api_version, kind) not in self._kinds:
            raise ApiError(404, "NotFound", f"{self.name} ({self.version}) does not serve {api_version} {kind}")
        return self._kinds[api_version, kind]

    def problems(self, manifest: Object) -> list[Problem]:
        """Nothing beforehand: the server itself judges what is written, unknown fields included."""
        del manifest
        return []

    def create(self, manifest: Object, manager: str) -> Object:
        """Create an object by server-side apply; see KubernetesApi."""
        standing = self.get(reference_of(manifest))
        if standing is not None:
            message = f"{reference_of(standing)} already exists in {self.name} (managed by {manager_of(standing)})"
            raise ApiError(409, "AlreadyExists", message)
        applied = self.apply(manifest, manager)
        self._made.add(reference_of(manifest))
        return applied

    def apply(self, manifest: Object, manager: str) -> Object:
        """Server-side apply; see KubernetesApi. A field of another manager is a conflict, and not taken over."""
        self.mutating_calls.append(f"kubernetes:apply {manifest.get('kind')}")
        if manifest.get("kind") == "NetworkPolicy":
            self.not_checked.add("enforcement of network policies: no network plugin runs beside this API server")
        return self._apply(manifest, manager)

    def get(self, reference: Reference) -> Object | None:
        """An object, or None; see KubernetesApi."""
        try:
            return self._request("GET", self._path(reference))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[Object]:
        """The objects of a kind; see KubernetesApi. None of a kind that the server does not know."""
        try:
            collection = self._collection(self.kind(api_version, kind), namespace)
        except ApiError as error:
            if error.status == 404:
                return []
            raise
        listed = self._request("GET", collection).get("items") or []
        return [{"apiVersion": api_version, "kind": kind, **item} for item in listed]

    def delete(self, reference: Reference) -> None:
        """Delete an object with what it owns, and wait until it is gone; see KubernetesApi.

        One that waits for its finalizers when time is up stands on, as `get` shows.
        """
        self.mutating_calls.append(f"kubernetes:delete {reference.kind}")
        self._request("DELETE", f"{self._path(reference)}?propagationPolicy=Foreground")
        self._await_gone([reference])

    def wait(self, reference: Reference, awaited: Callable[[Object], str | None], timeout_s: float) -> str | None:
        """Look until it is so; see KubernetesApi."""
        ends = time.monotonic() + timeout_s
        while True:
            standing = self.get(reference)
            missing = awaited(standing) if standing is not None else "it does not exist"
            if missing is None or time.monotonic() > ends or self._is_over:
                return missing
            time.sleep(_POLL_S)

    def inventory(self) -> dict[str, str]:
        """What stands: identifier -> who manages it. What Kubernetes writes by itself is not listed.

        The first inventory is taken at once. Later ones wait, for up to a minute, until nothing stands that the first
        did not have: the garbage collector deletes later what an owner leaves. The definitions that Helm leaves by its
        nature are not listed; see `restore`.
        """
        if self._first_inventory is None:
            self._first_inventory = self._standing()
            return self._first_inventory
        ends = time.monotonic() + _SETTLING_S
        while True:
            standing = self._standing()
            if standing.keys() <= self._first_inventory.keys() or time.monotonic() > ends:
                return standing
            time.sleep(1)

    def restore(self) -> None:
        """Delete what did not stand at the start, the definitions that Helm leaves too: on AWS the cluster takes them.

        First what is of kinds that came with them, while the controller still runs that looks after it: such as
        Gatekeeper's templates. Then what is left. Everything at once, and nothing waits for the garbage collector,
        which gets to know such kinds only every 30 seconds.
        """
        self._is_over = True  # a thread that waits for something would wait until its time is up
        groups = {one["spec"]["group"] for one in self._definitions()}
        self._delete_together([one for one in self.left() if one.api_version.rpartition("/")[0] in groups])
        self._delete_together(self.left())

    def left(self) -> list[Reference]:
        """What stands and did not at the start, without what goes with a new namespace or is Kubernetes' own."""
        new = [one for one in map(reference_of, self._all()) if one not in self._before]
        namespaces = {one.name for one in new if one.kind == "Namespace"}
        return [one for one in new if one.namespace not in namespaces and (one.namespace is None or one in self._made)]

    def _standing(self) -> dict[str, str]:
        brought = self._brought_by_charts()
        return {
            f"{self.name}: {obj['apiVersion']} {reference_of(obj)}": f"managed by {manager_of(obj)}"
            for obj in self._all()
            if reference_of(obj) not in brought
        }

    def _brought_by_charts(self) -> list[Reference]:
        found = [reference_of(one) for one in self._definitions() if _written_by_helm(one)]
        return [one for one in found if one not in self._before]

    def _definitions(self) -> list[Object]:
        return self.objects("apiextensions.k8s.io/v1", "CustomResourceDefinition")

    def _all(self) -> Iterator[Object]:
        versions = ["v1"] + [
            group["preferredVersion"]["groupVersion"] for group in self._request("GET", "/apis")["groups"]
        ]
        for version in versions:
            for resource in self._resources(version):
                verbs, word = resource["verbs"], resource["kind"]
                if {"list", "delete"} <= {*verbs} and "/" not in resource["name"] and word not in _NOT_LISTED:
                    yield from self.objects(version, word)

    def _discover(self, api_version: str) -> None:
        group, _, version = api_version.rpartition("/")
        for resource in self._resources(api_version):
            if "/" not in resource["name"]:
                kind = Kind(group, version, resource["kind"], resource["name"], namespaced=resource["namespaced"])
                self._kinds[api_version, resource["kind"]] = kind

    def _resources(self, api_version: str) -> list[dict[str, Any]]:
        root = "/apis" if "/" in api_version else "/api"
        try:
            return self._request("GET", f"{root}/{api_version}")["resources"]
        except ApiError as error:
            if error.status == 404:
                return []
            raise

    def _apply(self, manifest: Object, manager: str) -> Object:
        manifest = without_nulls(manifest)
        query = urlencode({"fieldManager": manager, "fieldValidation": "Strict"})
        path = f"{self._path(reference_of(manifest))}?{query}"
        for attempt in range(_CONFLICTS):
            try:
                return self._request("PATCH", path, manifest, "application/apply-patch+yaml")
            except ApiError as error:
                # Two first writes at the same moment; a conflict over a field names its manager instead.
                if error.status != 409 or "conflict with" in error.message or attempt == _CONFLICTS - 1:
                    raise
        raise AssertionError("the last attempt raises")

    def _delete_together(self, references: Sequence[Reference]) -> None:
        for reference in reversed(references):  # as they are listed, webhooks come after what answers them
            try:
                self._request("DELETE", f"{self._path(reference)}?propagationPolicy=Background")
            except ApiError as error:
                if error.status != 404:  # gone with its owner meanwhile
                    raise
        self._await_gone(references)

    def _await_gone(self, references: Sequence[Reference]) -> None:
        ends = time.monotonic() + _DELETION_S
        while time.monotonic() < ends:
            references = [one for one in references if self.get(one) is not None]
            if not references:
                return
            time.sleep(_POLL_S)

    def _path(self, reference: Reference) -> str:
        kind = self.kind(reference.api_version, reference.kind)
        return f"{self._collection(kind, reference.namespace)}/{reference.name}"

    def _collection(self, kind: Kind, namespace: str | None) -> str:
        root = f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.api_version}"
        return (
            f"{root}/namespaces/{namespace}/{kind.plural}" if kind.namespaced and namespace else f"{root}/{kind.plural}"
        )

    def _request(self, method: str, path: str, body: Object | None = None, content: str = "application/json") -> Any:
        from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

        headers = {"Accept": "application/json", "Content-Type": content}
        given = json.dumps(body) if body is not None and content != "application/json" else body
        try:
            request = self._client.param_serialize(
                method, path, header_params=headers, body=given, auth_settings=["BearerToken"]
            )
            answer = self._client.call_api(*request, _request_timeout=_REQUEST_S)
            text, status = answer.read(), int(answer.status)
        except (HTTPError, OSError) as error:
            if isinstance(error, MaxRetryError) and isinstance(error.reason, NewConnectionError):
                raise UnansweredError(f"nothing answers at {self.host}") from error
            raise UnreachableError(f"{self.host}: does not answer: {error}") from error
        document = json.loads(text) if text.startswith(b"{") else {}
        if status >= 400:
            message = document.get("message") or text.decode(errors="replace").strip()
            raise ApiError(status, document.get("reason") or "Failure", message)
        return document


def _client(kubeconfig: Path) -> Any:
    # Slow to import, and needed only with a real API server.
    from kubernetes import config
    from kubernetes.config.config_exception import ConfigException

    _check_is_local(kubeconfig)
    try:
        return config.new_client_from_config(str(kubeconfig), persist_config=False)
    except (ConfigException, OSError, ValueError) as error:
        raise UnreachableError(f"{kubeconfig}: not a kubeconfig that can be used: {error}") from error


def _check_is_local(kubeconfig: Path) -> None:
    """Look before the client does, which runs the commands that a kubeconfig names, with their own credentials."""
    try:
        document = parse_kubeconfig(kubeconfig.read_text(encoding="utf-8"))
        server, user = str(current(document, "cluster").get("server")), current(document, "user")
        host = urlsplit(server).hostname or ""
    except (OSError, ValueError, ProviderError) as error:
        raise UnreachableError(f"{kubeconfig}: not a kubeconfig that can be used: {error}") from error
    if host not in _LOCAL:
        raise UnreachableError(f"{server} is not on this machine: expected a loopback address")
    for key in ("exec", "auth-provider"):
        if key in user:
            raise UnreachableError(f"its user logs in by {key}, with credentials that a rehearsal may not use")


def _written_by_helm(obj: Object) -> bool:
    return any(entry.get("manager") == HELM for entry in obj["metadata"].get("managedFields") or [])
