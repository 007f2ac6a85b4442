"""The API servers of an account's EKS clusters: found by a kubeconfig's server address, entered as EKS lets one in."""

import re
from typing import Any, Protocol

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.providers.kubernetes.client import KubernetesApi
from airflow_infra.rehearsal.providers.kubernetes.config import Kubeconfig, current
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.gatekeeper import Gatekeeper

_CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
_SERVING = frozenset({"ACTIVE", "UPDATING"})


class Clients(Protocol):
    """Gives boto3 clients of an account."""

    def client(self, service: str) -> Any:
        """The client of a service."""
        ...


class ClusterApi(KubernetesApi, Protocol):
    """The API server of a cluster, with what a rehearsal reports of it."""

    name: str
    """The cluster's."""
    minor: str
    """Its Kubernetes minor, such as 1.36."""
    mutating_calls: list[str]
    """Requests so far that could change it."""
    modelled: set[str]
    """What a model answered."""
    not_checked: set[str]
    """What could not be looked at."""

    def inventory(self) -> dict[str, str]:
        """What stands in it: identifier -> who manages it."""
        ...


class EksApis:
    """The API servers of the EKS clusters of one account. One in memory dies with its cluster.

    Args:
        account: where the clusters are.
        real: an API server that stands in for that of every cluster; else each has one in memory.
    """

    def __init__(self, account: Clients, real: ClusterApi | None = None) -> None:
        self._account = account
        self._real = real
        self._apis: dict[tuple[str, str], ClusterApi] = {}
        self._names: dict[str, str] = {}

    def connect(self, kubeconfig: Kubeconfig) -> ClusterApi:
        """The API server of a kubeconfig's current context.

        Raises UnreachableError when no cluster answers at its address, ApiError 401 when EKS does not know the
        kubeconfig's identity, and 403 when that identity may not write everything: of the access policies only
        AmazonEKSClusterAdminPolicy for the whole cluster is modelled, and rights by groups are not.
        """
        server = str(current(kubeconfig, "cluster").get("server"))
        cluster = self._cluster(server)
        authority = current(kubeconfig, "cluster").get("certificate-authority-data")
        if authority != cluster["certificateAuthority"]["data"]:
            raise UnreachableError(
                f"{server}: the certificate is signed by an unknown authority; "
                f"expected certificate-authority-data of cluster {cluster['name']}"
            )
        self._authorise(cluster["name"], current(kubeconfig, "user"))
        return self._api(cluster)

    def live(self) -> list[ClusterApi]:
        """The servers of the clusters that stand now, by name."""
        found: list[ClusterApi] = []
        for name in self._account.client("eks").list_clusters()["clusters"]:
            api = self._apis.get(_key(self._describe(name)))
            if api is not None:
                found.append(api)
        return found

    def inventory(self) -> dict[str, str]:
        """What stands in the clusters: identifier -> who manages it. What died with a cluster is not there.

        In a real API server everything outlives the emulated cluster.
        """
        standing = self.live() if self._real is None else [self._real]
        return {what: description for api in standing for what, description in api.inventory().items()}

    def mutating_calls(self) -> list[str]:
        """Requests so far that could change a cluster, of clusters that are gone as well: `kubernetes:create Pod`."""
        return [call for api in self._apis.values() for call in api.mutating_calls]

    def modelled(self) -> list[str]:
        """What models answered: the servers are one themselves, and so are their controllers."""
        servers = {"kubernetes:List"} if self._apis and self._real is None else set[str]()
        return sorted(servers.union(*(api.modelled for api in self._apis.values())))

    def not_checked(self) -> list[str]:
        """What the servers could not look at."""
        return sorted(set[str]().union(*(api.not_checked for api in self._apis.values())))

    def _cluster(self, server: str) -> dict[str, Any]:
        known = self._names.get(server)
        names = [known] if known else self._account.client("eks").list_clusters()["clusters"]
        for name in names:
            cluster = self._describe(name)
            if cluster.get("endpoint") == server:
                if cluster["status"] not in _SERVING:
                    raise UnreachableError(f"{server}: cluster {name} is {cluster['status']}, its API does not answer")
                self._names[server] = name
                return cluster
        if known:
            del self._names[server]
            return self._cluster(server)
        standing = ", ".join(names) or "none"
        raise UnreachableError(f"{server}: no such host: it is the address of no EKS cluster that stands ({standing})")

    def _describe(self, name: str) -> dict[str, Any]:
        try:
            return self._account.client("eks").describe_cluster(name=name)["cluster"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return {"name": name}
            raise

    def _api(self, cluster: dict[str, Any]) -> ClusterApi:
        key, minor = _key(cluster), cluster["version"]
        if self._real is not None:
            if self._real.minor != minor:
                message = f"cluster {cluster['name']} is Kubernetes {minor}, the real API server is {self._real.minor}"
                raise UnreachableError(message)
            return self._apis.setdefault(key, self._real)
        if key not in self._apis:
            self._apis[key] = InMemoryApi(minor, cluster["name"], controllers=(Gatekeeper(),))
        self._apis[key].minor = minor
        return self._apis[key]

    def _authorise(self, cluster: str, user: dict[str, Any]) -> None:
        role = self._role(cluster, user)
        eks = self._account.client("eks")
        principal = next(
            (arn for arn in _pages(eks, "list_access_entries", "accessEntries", cluster) if _same_role(arn, role)), None
        )
        if principal is None:
            message = f"cluster {cluster} has no access entry for {role}: it cannot log in"
            raise ApiError(401, "Unauthorized", message)
        policies = _pages(
            eks, "list_associated_access_policies", "associatedAccessPolicies", cluster, principalArn=principal
        )
        if not any(
            policy["policyArn"].endswith(f"/{_CLUSTER_ADMIN}") and policy["accessScope"]["type"] == "cluster"
            for policy in policies
        ):
            held = ", ".join(policy["policyArn"].rpartition("/")[2] for policy in policies) or "none"
            message = (
                f"the access entry of {role} in cluster {cluster} lacks {_CLUSTER_ADMIN} for the whole cluster "
                f"(it has: {held}); what less would do is not modelled"
            )
            raise ApiError(403, "Forbidden", message)

    def _role(self, cluster: str, user: dict[str, Any]) -> str:
        """The role of a kubeconfig's user: `--role-arn` of its command, else the account's own identity."""
        run = user.get("exec")
        if not isinstance(run, dict):
            raise ApiError(401, "Unauthorized", "the kubeconfig's user has no exec command; expected aws eks get-token")
        arguments = [str(argument) for argument in run.get("args") or []]
        if str(run.get("command")).rpartition("/")[2] != "aws" or "get-token" not in arguments:
            message = f"the kubeconfig runs {run.get('command')!r}; only aws eks get-token is modelled"
            raise ApiError(401, "Unauthorized", message)
        named = _option(arguments, "--cluster-name")
        if named != cluster:
            message = f"the token is for cluster {named!r}, the server is cluster {cluster!r}'s"
            raise ApiError(401, "Unauthorized", message)
        role = _option(arguments, "--role-arn", "--role", "-r")
        return role or self._account.client("sts").get_caller_identity()["Arn"]


def _key(cluster: dict[str, Any]) -> tuple[str, str]:
    """What tells a cluster from a later one of its name."""
    return str(cluster.get("arn")), str(cluster.get("createdAt"))


def _option(arguments: list[str], *names: str) -> str | None:
    for index, argument in enumerate(arguments):
        word, equals, value = argument.partition("=")
        if word in names:
            return value if equals else (arguments[index + 1 : index + 2] or [None])[0]
    return None


def _same_role(entry: str, identity: str) -> bool:
    """Whether an access entry's principal is an identity: an assumed role's ARN names its role without its path."""
    session = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/([^/]+)/.*", identity)
    if not session:
        return entry == identity
    role = re.fullmatch(r"arn:aws:iam::(\d+):role/(?:.*/)?([^/]+)", entry)
    return role is not None and role.groups() == session.groups()


def _pages(eks: Any, operation: str, field: str, cluster: str, **arguments: Any) -> list[Any]:
    found: list[Any] = []
    token: str | None = None
    while True:
        more = {"nextToken": token} if token else {}
        page = getattr(eks, operation)(clusterName=cluster, **arguments, **more)
        found += page[field]
        token = page.get("nextToken")
        if not token:
            return found
