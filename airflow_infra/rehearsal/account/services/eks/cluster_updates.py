"""EKS: changing a cluster, and the updates that a change leaves behind."""

import json

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.clusters import (
    checked_encryption,
    ensure_log_group,
    logging_description,
)
from airflow_infra.rehearsal.account.services.eks.network import ControlPlaneNetwork, checked_endpoints
from airflow_infra.rehearsal.account.services.eks.store import (
    Cluster,
    Description,
    EksService,
    invalid,
    minor_of,
    not_found,
    not_now,
    page,
)

_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_ENDPOINT_KEYS = {"endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs"}
_PLACEMENT_KEYS = {"subnetIds", "securityGroupIds"}
_OLDEST_KUBELET = 3
"""How many minors a kubelet may be behind (Kubernetes version skew policy)."""


class ClusterUpdates(EksService):
    """Changes of a cluster, finished the moment they are asked for."""

    def update_cluster_config(self, request: Request) -> Description:
        """Change one kind of configuration."""
        cluster = self._store.cluster(request, "name")
        changes = {key: value for key, value in request.params.items() if key not in {"name", "clientRequestToken"}}
        if len(changes) != 1:
            raise invalid(f"Only one type of update can be allowed, got {sorted(changes) or 'none'}")
        kind, change = changes.popitem()
        match kind:
            case "resourcesVpcConfig":
                return self._change_vpc(request, cluster, change)
            case "logging":
                logging = logging_description(cluster.description["logging"], change)
                self._set(cluster, "logging", logging)
                ensure_log_group(self._references(request), cluster)
                return self._updated(cluster, "LoggingUpdate", {"ClusterLogging": json.dumps(logging)})
            case "accessConfig":
                return self._change_authentication_mode(cluster, change["authenticationMode"])
            case "upgradePolicy":
                self._set(cluster, kind, change)
                return self._updated(cluster, "UpgradePolicyUpdate", {"UpgradePolicy": json.dumps(change)})
            case "zonalShiftConfig":
                self._set(cluster, kind, change)
                return self._updated(cluster, "ZonalShiftConfigUpdate", {"ZonalShiftConfig": json.dumps(change)})
            case "deletionProtection":
                self._set(cluster, kind, change)
                return self._updated(cluster, "DeletionProtectionUpdate", {"DeletionProtection": change})
            case _:
                raise NotModelledError(f"the rehearsal does not model eks:UpdateClusterConfig with {kind}")

    def update_cluster_version(self, request: Request) -> Description:
        """Go one minor up, or back to the minor before."""
        cluster = self._store.cluster(request, "name")
        version, current = request.params["version"], cluster.description["version"]
        target = minor_of(version)
        back = version == cluster.version_before and target == cluster.minor - 1
        if version == current:
            raise invalid(f"Cluster is already at version {version}")
        if target != cluster.minor + 1 and not back:
            raise invalid(f"Unsupported Kubernetes minor version update from {current} to {version}")
        behind = [
            f"{name} ({group['version']})"
            for name, group in cluster.nodegroups.items()
            if minor_of(group["version"]) < target - _OLDEST_KUBELET or minor_of(group["version"]) > target
        ]
        if behind:
            raise not_now(f"Nodegroups {', '.join(behind)} must be updated before the cluster can go to {version}")
        cluster.version_before = None if back else current
        cluster.description["version"] = version
        kind = "VersionRollback" if back else "VersionUpdate"
        return self._updated(
            cluster, kind, {"Version": version, "PlatformVersion": cluster.description["platformVersion"]}
        )

    def associate_encryption_config(self, request: Request) -> Description:
        """Encrypt the secrets of a cluster that does not do so yet."""
        cluster = self._store.cluster(request, "clusterName")
        if cluster.description.get("encryptionConfig"):
            raise invalid("Encryption is already enabled on the cluster and cannot be changed")
        given = checked_encryption(self._references(request), request.params["encryptionConfig"])
        cluster.description["encryptionConfig"] = given
        return self._updated(cluster, "AssociateEncryptionConfig", {"EncryptionConfig": json.dumps(given)})

    def describe_update(self, request: Request) -> Description:
        """Describe an update of the cluster, of a node group or of an add-on."""
        cluster = self._store.cluster(request, "name")
        found = cluster.updates.get(request.params["updateId"])
        if found is None or found.of != _update_of(request):
            raise not_found(f"No update found for ID: {request.params['updateId']}")
        return {"update": found.description}

    def list_updates(self, request: Request) -> Description:
        """List the identifiers of the updates of the cluster, of a node group or of an add-on."""
        cluster = self._store.cluster(request, "name")
        ids = [id_ for id_, update in cluster.updates.items() if update.of == _update_of(request)]
        return page(request, "updateIds", ids)

    def _change_vpc(self, request: Request, cluster: Cluster, change: Description) -> Description:
        current = cluster.description["resourcesVpcConfig"]
        keys = set(change)
        if keys <= _ENDPOINT_KEYS:
            endpoints = checked_endpoints(current, change)
            self._set(cluster, "resourcesVpcConfig", {**current, **endpoints})
            values = {key[0].upper() + key[1:]: value for key, value in endpoints.items()}
            return self._updated(cluster, "EndpointAccessUpdate", values)
        if not keys <= _PLACEMENT_KEYS:
            raise invalid("Endpoint access and subnets or security groups cannot be updated in one call")
        placement = {key: change.get(key, current[key]) for key in _PLACEMENT_KEYS}
        network = ControlPlaneNetwork(self._references(request))
        if network.check(placement) != current["vpcId"]:
            raise invalid(f"Subnets must be in the cluster's {current['vpcId']}")
        self._set(cluster, "resourcesVpcConfig", {**current, **placement})
        network.delete_interfaces(cluster.interfaces)
        cluster.interfaces = network.create_interfaces(
            cluster.name, placement["subnetIds"], [current["clusterSecurityGroupId"]]
        )
        values = {
            "Subnets": json.dumps(placement["subnetIds"]),
            "SecurityGroups": json.dumps(placement["securityGroupIds"]),
        }
        return self._updated(cluster, "VpcConfigUpdate", values)

    def _change_authentication_mode(self, cluster: Cluster, mode: str) -> Description:
        current = cluster.description["accessConfig"]["authenticationMode"]
        if _MODES.index(mode) < _MODES.index(current):
            raise invalid(f"Unsupported authentication mode update from {current} to {mode}: it moves one way")
        self._set(cluster, "accessConfig", {"authenticationMode": mode})
        return self._updated(cluster, "AccessConfigUpdate", {"AuthenticationMode": mode})

    def _set(self, cluster: Cluster, key: str, value: object) -> None:
        if cluster.description.get(key) == value:
            raise invalid(f"Cluster is already at the desired configuration: {key}")
        cluster.description[key] = value


def _update_of(request: Request) -> tuple[str, str] | None:
    for kind in ("nodegroup", "addon"):
        if f"{kind}Name" in request.params:
            return kind, request.params[f"{kind}Name"]
    return None
