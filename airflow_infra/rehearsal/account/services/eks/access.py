"""EKS access entries and the access policies associated with them."""

from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.store import (
    Cluster,
    Description,
    EksService,
    EksStore,
    arn,
    in_use,
    invalid,
    not_found,
    not_now,
    now,
    page,
)

_RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_TYPES = {
    "EC2_LINUX": "system:node:{{EC2PrivateDNSName}}",
    "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}",
    "FARGATE_LINUX": "system:node:{{SessionName}}",
}
"""Types other than STANDARD, with the user name that EKS gives them."""
_POLICY_PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
ADMINISTRATOR_POLICY = f"{_POLICY_PREFIX}AmazonEKSClusterAdminPolicy"
_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)


class Access(EksService):
    """Who may talk to a cluster's API server, and as whom."""

    def create_access_entry(self, request: Request) -> Description:
        """Admit an IAM principal that exists."""
        given = request.params
        cluster = self._cluster(request)
        principal = given["principalArn"]
        if principal in cluster.access_entries:
            raise in_use(f"The specified access entry resource is already in use on this cluster: {principal}")
        kind = given.get("type", "STANDARD")
        if kind not in {"STANDARD", *_TYPES}:
            raise invalid(f"type {kind} is not one of STANDARD, {', '.join(_TYPES)}")
        if kind != "STANDARD" and ("username" in given or "kubernetesGroups" in given):
            raise invalid(f"username and kubernetesGroups cannot be given for type {kind}")
        if principal.split(":")[2:3] == ["sts"]:
            raise invalid(f"The principalArn {principal} must be an IAM role or user, not a session")
        self._references(request).principal(principal)
        _check_names(given)
        entry = new_access_entry(request, self._store, cluster, principal, kind)
        entry |= {key: given[key] for key in ("username", "kubernetesGroups", "tags") if key in given}
        cluster.access_entries[principal] = entry
        return {"accessEntry": entry}

    def describe_access_entry(self, request: Request) -> Description:
        """Describe an access entry."""
        return {"accessEntry": self._entry(request)[1]}

    def list_access_entries(self, request: Request) -> Description:
        """List principals, those with an associated policy where asked."""
        cluster = self._cluster(request)
        policy = request.params.get("associatedPolicyArn")
        principals = [
            principal
            for principal in cluster.access_entries
            if policy is None or policy in cluster.access_policies.get(principal, {})
        ]
        return page(request, "accessEntries", principals)

    def update_access_entry(self, request: Request) -> Description:
        """Change groups or user name of a STANDARD entry."""
        _, entry = self._entry(request)
        if entry["type"] != "STANDARD":
            raise not_now(f"An access entry of type {entry['type']} cannot be updated")
        _check_names(request.params)
        entry["kubernetesGroups"] = request.params.get("kubernetesGroups", entry["kubernetesGroups"])
        entry["username"] = request.params.get("username", entry["username"])
        entry["modifiedAt"] = now()
        return {"accessEntry": entry}

    def delete_access_entry(self, request: Request) -> Description:
        """Remove a principal's access with the policies associated with it."""
        cluster, entry = self._entry(request)
        del cluster.access_entries[entry["principalArn"]]
        cluster.access_policies.pop(entry["principalArn"], None)
        return {}

    def associate_access_policy(self, request: Request) -> Description:
        """Give a STANDARD entry one of EKS's own policies."""
        cluster, entry = self._entry(request)
        policy, scope = request.params["policyArn"], request.params["accessScope"]
        if policy.removeprefix(_POLICY_PREFIX) not in _POLICIES:
            raise invalid(
                f"The policyArn {policy} is not known; known are {', '.join(_POLICIES)} under {_POLICY_PREFIX}"
            )
        if entry["type"] != "STANDARD":
            raise not_now(f"An access policy cannot be associated with an entry of type {entry['type']}")
        if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
            raise invalid("accessScope needs namespaces when its type is namespace, and none when it is cluster")
        policies = cluster.access_policies.setdefault(entry["principalArn"], {})
        policies[policy] = associated_policy(policy, scope)
        return {
            "clusterName": cluster.name,
            "principalArn": entry["principalArn"],
            "associatedAccessPolicy": policies[policy],
        }

    def disassociate_access_policy(self, request: Request) -> Description:
        """Take a policy away."""
        cluster, entry = self._entry(request)
        policies = cluster.access_policies.get(entry["principalArn"], {})
        if policies.pop(request.params["policyArn"], None) is None:
            raise not_found(f"The policy {request.params['policyArn']} is not associated with {entry['principalArn']}")
        return {}

    def list_associated_access_policies(self, request: Request) -> Description:
        """List the policies of an entry."""
        cluster, entry = self._entry(request)
        policies = list(cluster.access_policies.get(entry["principalArn"], {}).values())
        return {
            "clusterName": cluster.name,
            "principalArn": entry["principalArn"],
            **page(request, "associatedAccessPolicies", policies),
        }

    def list_access_policies(self, request: Request) -> Description:
        """List EKS's own policies, as far as they are known here."""
        return page(request, "accessPolicies", [{"name": name, "arn": f"{_POLICY_PREFIX}{name}"} for name in _POLICIES])

    def _cluster(self, request: Request) -> Cluster:
        cluster = self._store.cluster(request)
        if cluster.description["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
            raise not_now(
                "The cluster's authentication mode must be API or API_AND_CONFIG_MAP to perform this operation"
            )
        return cluster

    def _entry(self, request: Request) -> tuple[Cluster, Description]:
        cluster = self._cluster(request)
        found = cluster.access_entries.get(request.params["principalArn"])
        if found is None:
            raise not_found(f"The specified principalArn could not be found: {request.params['principalArn']}")
        return cluster, found


def new_access_entry(request: Request, store: EksStore, cluster: Cluster, principal: str, kind: str) -> Description:
    """An access entry with EKS's defaults for its type."""
    _, _, _, _, account, resource = principal.split(":", 5)
    path = f"{resource.split('/', 1)[0]}/{account}/{resource.rsplit('/', 1)[-1]}"
    return {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": [] if kind == "STANDARD" else ["system:nodes"],
        "accessEntryArn": arn(request, f"access-entry/{cluster.name}/{path}/{store.uuid('access-entry')}"),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": {},
        "username": _default_username(principal) if kind == "STANDARD" else _TYPES[kind],
        "type": kind,
    }


def associated_policy(policy: str, scope: Description | None = None) -> Description:
    """An access policy as it is associated with an entry, for the whole cluster unless a scope is given."""
    scope = scope or {"type": "cluster"}
    return {
        "policyArn": policy,
        "accessScope": {"type": scope["type"], "namespaces": scope.get("namespaces", [])},
        "associatedAt": now(),
        "modifiedAt": now(),
    }


def _check_names(given: Description) -> None:
    username = given.get("username", "")
    if username.startswith(_RESERVED_USERNAMES):
        raise invalid(f"The username {username} must not begin with {', '.join(_RESERVED_USERNAMES)}")
    for group in given.get("kubernetesGroups", []):
        if group.startswith(_RESERVED_USERNAMES):
            raise invalid(
                f"The kubernetes group name {group} is invalid, it cannot start with {group.split(':', 1)[0]}:"
            )


def _default_username(principal: str) -> str:
    """A role's sessions get their own names, a user its ARN."""
    account, name = principal.split(":")[4], principal.rsplit("/", 1)[-1]
    if ":role/" not in principal:
        return principal
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
