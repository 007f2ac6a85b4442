"""What the emulated EKS remembers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Request, Service
from airflow_infra.rehearsal.account.services.references import References

Description = dict[str, Any]
"""A resource as the API describes it."""


def invalid(message: str) -> AwsError:
    """An input that EKS does not take."""
    return AwsError("InvalidParameterException", message)


def not_found(message: str) -> AwsError:
    """Something that does not exist."""
    return AwsError("ResourceNotFoundException", message, 404)


def in_use(message: str) -> AwsError:
    """Something that exists already, or is still needed."""
    return AwsError("ResourceInUseException", message, 409)


def not_now(message: str) -> AwsError:
    """A request that does not fit the state of things."""
    return AwsError("InvalidRequestException", message)


@dataclass
class Update:
    """One finished update of a cluster, a node group or an add-on."""

    description: Description
    of: tuple[str, str] | None
    """("nodegroup", name) or ("addon", name); None for the cluster itself."""


@dataclass
class Cluster:
    """A cluster and everything that belongs to it. The values are API descriptions."""

    description: Description
    nodegroups: dict[str, Description] = field(default_factory=dict)
    addons: dict[str, Description] = field(default_factory=dict)
    access_entries: dict[str, Description] = field(default_factory=dict)
    access_policies: dict[str, dict[str, Description]] = field(default_factory=dict)
    """Associated access policies by principal ARN and policy ARN."""
    pod_identities: dict[str, Description] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    interfaces: list[str] = field(default_factory=list)
    """Network interfaces of the control plane."""
    version_before: str | None = None
    """Version that the control plane can still go back to."""

    @property
    def name(self) -> str:
        """Name of the cluster."""
        return self.description["name"]

    @property
    def minor(self) -> int:
        """Minor of the control plane's Kubernetes version."""
        return minor_of(self.description["version"])


class EksStore:
    """The clusters of every account and region, and made-up identifiers that are the same in every rehearsal."""

    def __init__(self) -> None:
        self._clusters: dict[tuple[str, str, str], Cluster] = {}
        self._counter = 0

    def clusters(self, request: Request) -> dict[str, Cluster]:
        """The clusters of the caller's account and region, by name."""
        here = (request.account, request.region)
        return {name: cluster for (*where, name), cluster in self._clusters.items() if tuple(where) == here}

    def add(self, request: Request, cluster: Cluster) -> None:
        """Remember a cluster."""
        self._clusters[request.account, request.region, cluster.name] = cluster

    def remove(self, request: Request, name: str) -> None:
        """Forget a cluster."""
        del self._clusters[request.account, request.region, name]

    def cluster(self, request: Request, key: str = "clusterName") -> Cluster:
        """The cluster that a call names.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        name = request.params[key]
        found = self._clusters.get((request.account, request.region, name))
        if found is None:
            raise not_found(f"No cluster found for name: {name}.")
        return found

    def hexadecimal(self, kind: str, length: int = 32) -> str:
        """A new identifier."""
        self._counter += 1
        return hashlib.sha256(f"{kind}/{self._counter}".encode()).hexdigest()[:length]

    def uuid(self, kind: str) -> str:
        """A new identifier in the form of a UUID."""
        digits = self.hexadecimal(kind)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class EksService(Service):
    """A part of EKS."""

    name = "eks"
    whole = True
    invalid_code = "InvalidParameterException"

    def __init__(self, emulator: Emulator, store: EksStore) -> None:
        super().__init__(emulator)
        self._store = store

    def _references(self, request: Request) -> References:
        return References(self._emulator, request, self.invalid_code)

    def _updated(
        self, cluster: Cluster, kind: str, params: Description, of: tuple[str, str] | None = None
    ) -> Description:
        """Record a finished update and describe it as just begun, as AWS answers."""
        description: Description = {
            "id": self._store.uuid("update"),
            "status": "Successful",
            "type": kind,
            "params": [{"type": key, "value": str(value)} for key, value in params.items()],
            "createdAt": now(),
            "errors": [],
        }
        cluster.updates[description["id"]] = Update(description, of)
        return {"update": {**description, "status": "InProgress"}}


def now() -> datetime:
    """The time of a change."""
    return datetime.now(UTC)


def arn(request: Request, resource: str) -> str:
    """ARN of an EKS resource of the caller's account and region."""
    return f"arn:aws:eks:{request.region}:{request.account}:{resource}"


def minor_of(version: str) -> int:
    """Minor of a Kubernetes version such as `1.36`.

    Raises:
        AwsError: not a version of that form.
    """
    major, _, minor = version.partition(".")
    if major != "1" or not minor.isdigit():
        raise invalid(f"unsupported Kubernetes version {version}: expected the form 1.36")
    return int(minor)


def page(request: Request, key: str, items: Sequence[Any]) -> Description:
    """One page of a list, as `maxResults` and `nextToken` ask for it."""
    start = int(request.params.get("nextToken") or 0)
    end = start + request.params.get("maxResults", 100)
    rest = {"nextToken": str(end)} if end < len(items) else {}
    return {key: list(items[start:end]), **rest}
