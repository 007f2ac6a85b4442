"""EKS clusters."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import (
    Fields,
    as_is,
    block,
    parameters,
    same_names,
)
from airflow_infra.rehearsal.providers.aws.calls import State, found, ignoring, timestamp, wait_until
from airflow_infra.rehearsal.providers.aws.eks_updates import DELETED, GONE, health, wait_for_update
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import change_tags, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties

_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_ENDPOINT = ("endpointPrivateAccess", "endpointPublicAccess", "publicAccessCidrs")
_PLACEMENT = ("subnetIds", "securityGroupIds")


def _encryption(value: Any, path: str) -> list[Properties]:
    provider = ("provider", block(same_names("keyArn")))
    return [block({"provider": provider, **same_names("resources")})(value, path)]


def _logging(value: Any, path: str) -> Properties:  # noqa: ARG001
    return {"clusterLogging": [{"types": list(value), "enabled": True}]}


_FIELDS: Fields = {
    **same_names("name", "version", "roleArn", "bootstrapSelfManagedAddons", "deletionProtection"),
    "accessConfig": (
        "accessConfig",
        block(same_names("authenticationMode", "bootstrapClusterCreatorAdminPermissions")),
    ),
    "enabledClusterLogTypes": ("logging", _logging),
    "encryptionConfig": ("encryptionConfig", _encryption),
    "kubernetesNetworkConfig": ("kubernetesNetworkConfig", block(same_names("ipFamily", "serviceIpv4Cidr"))),
    "upgradePolicy": ("upgradePolicy", block(same_names("supportType"))),
    "vpcConfig": ("resourcesVpcConfig", block(same_names(*_ENDPOINT, *_PLACEMENT))),
}


class Cluster(Resource):
    """An EKS cluster. Its id is its name."""

    type: ClassVar[str] = "aws:eks/cluster:Cluster"
    handles: ClassVar[frozenset[str] | None] = frozenset(("forceUpdateVersion", "tags", "tagsAll", *_FIELDS))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is ACTIVE."""
        eks = self.client("eks")
        eks.create_cluster(**parameters(inputs, _FIELDS), tags=tags_of(inputs))
        id_ = inputs["name"]
        wait_until(f"the cluster {id_}", lambda: self._state(id_), ("ACTIVE",), ("CREATING", "PENDING"))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Endpoint, certificate authority, identities, security group, and what AWS filled in."""
        cluster = self._describe(id_)
        if cluster is None:
            return None
        issuer = cluster.get("identity", {}).get("oidc", {}).get("issuer")
        return {
            "accessConfig": {**(inputs.get("accessConfig") or {}), **cluster["accessConfig"]},
            "arn": cluster["arn"],
            "certificateAuthority": {"data": cluster["certificateAuthority"]["data"]},
            "clusterId": cluster.get("id"),
            "createdAt": timestamp(cluster["createdAt"]),
            "deletionProtection": cluster.get("deletionProtection", False),
            "endpoint": cluster["endpoint"],
            "identities": [{"oidcs": [{"issuer": issuer}] if issuer else []}],
            "kubernetesNetworkConfig": cluster["kubernetesNetworkConfig"],
            "name": cluster["name"],
            "platformVersion": cluster["platformVersion"],
            "status": cluster["status"],
            "upgradePolicy": cluster["upgradePolicy"],
            "version": cluster["version"],
            "vpcConfig": cluster["resourcesVpcConfig"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Each kind of change is a call of its own with a wait of its own, the version first.

        Another key in encryptionConfig reaches nothing: EKS can only be told once (provider source, 2026).
        """
        eks = self.client("eks")
        if "version" in changed:
            force = bool(new.get("forceUpdateVersion"))
            self._wait(id_, eks.update_cluster_version(name=id_, version=new["version"], force=force))
        if "encryptionConfig" in changed and not old.get("encryptionConfig"):
            config = _encryption(new["encryptionConfig"], "encryptionConfig")
            self._wait(id_, eks.associate_encryption_config(clusterName=id_, encryptionConfig=config))
        for change in _config_changes(old, new, changed):
            self._wait(id_, eks.update_cluster_config(name=id_, **change))
        cluster = self._describe(id_)
        if cluster is not None:
            change_tags(eks, cluster["arn"], old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone."""
        with ignoring(GONE):
            self.client("eks").delete_cluster(name=id_)
            wait_until(f"the cluster {id_}", lambda: self._state(id_), (DELETED,), ("ACTIVE", "DELETING"))

    def _describe(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("eks").describe_cluster(name=id_), GONE)
        return answer and answer["cluster"]

    def _state(self, id_: str) -> State:
        cluster = self._describe(id_)
        return State(DELETED) if cluster is None else State(cluster["status"], health(cluster))

    def _wait(self, id_: str, answer: Any) -> None:
        wait_for_update(self.client("eks"), f"the cluster {id_}", answer, name=id_)


def _config_changes(old: Properties, new: Properties, changed: frozenset[str]) -> list[Properties]:
    """The parameters of one UpdateClusterConfig call for each kind of change."""
    changes: list[Properties] = []
    if "accessConfig" in changed:
        changes.append({"accessConfig": {"authenticationMode": new["accessConfig"]["authenticationMode"]}})
    if "deletionProtection" in changed:
        changes.append({"deletionProtection": bool(new.get("deletionProtection"))})
    if "enabledClusterLogTypes" in changed:
        on = new.get("enabledClusterLogTypes") or []
        logs = [{"types": list(on), "enabled": True}, {"types": sorted({*_LOG_TYPES} - {*on}), "enabled": False}]
        changes.append({"logging": {"clusterLogging": [kind for kind in logs if kind["types"]]}})
    if "upgradePolicy" in changed and new.get("upgradePolicy"):
        changes.append(parameters({"upgradePolicy": new["upgradePolicy"]}, _FIELDS))
    if "vpcConfig" in changed:
        for keys in (_ENDPOINT, _PLACEMENT):
            before = {key: old["vpcConfig"].get(key) for key in keys}
            after = {key: new["vpcConfig"].get(key) for key in keys}
            if before != after:
                changes.append({"resourcesVpcConfig": parameters(after, {key: (key, as_is) for key in keys})})
    return changes


RESOURCES: list[type[Resource]] = [Cluster]
