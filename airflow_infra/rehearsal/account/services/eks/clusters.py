"""EKS clusters: create, describe, list, delete."""

import base64
import ipaddress
from typing import Any

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.access import (
    ADMINISTRATOR_POLICY,
    associated_policy,
    new_access_entry,
)
from airflow_infra.rehearsal.account.services.eks.network import ControlPlaneNetwork, checked_endpoints
from airflow_infra.rehearsal.account.services.eks.store import (
    Cluster,
    Description,
    EksService,
    arn,
    in_use,
    invalid,
    minor_of,
    not_now,
    now,
    page,
)
from airflow_infra.rehearsal.account.services.references import References

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_NOT_MODELLED = (
    "computeConfig",
    "controlPlaneScalingConfig",
    "kubeApiServerConfig",
    "kubeControllerManagerConfig",
    "kubeSchedulerConfig",
    "outpostConfig",
    "remoteNetworkConfig",
    "storageConfig",
)
_PRIVATE_RANGES = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


class Clusters(EksService):
    """Clusters, active the moment they are created."""

    def create_cluster(self, request: Request) -> Description:
        """Create a cluster with its security group, network interfaces, log group and creator's access."""
        given = request.params
        if given["name"] in self._store.clusters(request):
            raise in_use(f"Cluster already exists with name: {given['name']}")
        _refuse_unmodelled(given)
        if "version" not in given:
            raise NotModelledError("eks:CreateCluster without a version: AWS would take its newest default; give one")
        minor_of(given["version"])
        references = self._references(request)
        references.role(given["roleArn"], "eks.amazonaws.com")
        network = ControlPlaneNetwork(references)
        vpc_id = network.check(given["resourcesVpcConfig"])
        endpoints = checked_endpoints({}, given["resourcesVpcConfig"])
        cluster = Cluster(self._description(request, references, vpc_id))
        group = network.create_security_group(given["name"], vpc_id, self._store.hexadecimal("security-group", 10))
        cluster.interfaces = network.create_interfaces(given["name"], given["resourcesVpcConfig"]["subnetIds"], [group])
        cluster.description["resourcesVpcConfig"] = {
            "subnetIds": given["resourcesVpcConfig"]["subnetIds"],
            "securityGroupIds": given["resourcesVpcConfig"].get("securityGroupIds", []),
            "clusterSecurityGroupId": group,
            "vpcId": vpc_id,
            **endpoints,
        }
        self._admit_creator(request, cluster)
        ensure_log_group(references, cluster)
        self._store.add(request, cluster)
        return {"cluster": cluster.description}

    def describe_cluster(self, request: Request) -> Description:
        """Describe a cluster."""
        return {"cluster": self._store.cluster(request, "name").description}

    def list_clusters(self, request: Request) -> Description:
        """List the names of the clusters."""
        return page(request, "clusters", list(self._store.clusters(request)))

    def delete_cluster(self, request: Request) -> Description:
        """Delete a cluster that has no node groups and is not protected, with everything EKS made for it."""
        cluster = self._store.cluster(request, "name")
        if cluster.description["deletionProtection"]:
            raise not_now(f"Cluster {cluster.name} cannot be deleted: deletion protection is enabled")
        if cluster.nodegroups:
            raise in_use(f"Cluster has nodegroups attached: {', '.join(cluster.nodegroups)}")
        network = ControlPlaneNetwork(self._references(request))
        network.delete(cluster.interfaces, cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"])
        self._store.remove(request, cluster.name)
        return {"cluster": {**cluster.description, "status": "DELETING"}}

    def _description(self, request: Request, references: References, vpc_id: str) -> Description:
        given = request.params
        identifier = self._store.hexadecimal("cluster").upper()
        host = f"{identifier}.gr7.{request.region}.eks.amazonaws.com"
        certificate = f"-----BEGIN CERTIFICATE-----\nmade up by the rehearsal {identifier}\n-----END CERTIFICATE-----\n"
        encryption = given.get("encryptionConfig")
        return {
            "name": given["name"],
            "arn": arn(request, f"cluster/{given['name']}"),
            "createdAt": now(),
            "version": given["version"],
            "endpoint": f"https://{host}",
            "roleArn": given["roleArn"],
            "kubernetesNetworkConfig": _kubernetes_network(
                given.get("kubernetesNetworkConfig", {}), references, vpc_id
            ),
            "logging": logging_description({}, given.get("logging", {})),
            "identity": {"oidc": {"issuer": f"https://oidc.eks.{request.region}.amazonaws.com/id/{identifier}"}},
            "status": "ACTIVE",
            "certificateAuthority": {"data": base64.b64encode(certificate.encode()).decode()},
            "platformVersion": "eks.1",
            "tags": given.get("tags", {}),
            **({"encryptionConfig": checked_encryption(references, encryption)} if encryption else {}),
            "health": {"issues": []},
            # bootstrapClusterCreatorAdminPermissions is not described, at AWS neither
            "accessConfig": {
                "authenticationMode": given.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
            },
            "upgradePolicy": {"supportType": given.get("upgradePolicy", {}).get("supportType", "EXTENDED")},
            "deletionProtection": given.get("deletionProtection", False),
            **({"zonalShiftConfig": given["zonalShiftConfig"]} if "zonalShiftConfig" in given else {}),
        }

    def _admit_creator(self, request: Request, cluster: Cluster) -> None:
        """Make whoever creates a cluster its administrator, unless told otherwise."""
        wanted = request.params.get("accessConfig", {}).get("bootstrapClusterCreatorAdminPermissions", True)
        if not wanted or cluster.description["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
            return
        creator = request.principal
        cluster.access_entries[creator] = new_access_entry(request, self._store, cluster, creator, "STANDARD")
        cluster.access_policies[creator] = {ADMINISTRATOR_POLICY: associated_policy(ADMINISTRATOR_POLICY)}


def logging_description(current: Description, given: Description) -> Description:
    """Control-plane logging after a change: which types are on, which are off."""
    enabled = {kind for setup in current.get("clusterLogging", []) if setup["enabled"] for kind in setup["types"]}
    for setup in given.get("clusterLogging", []):
        types = set(setup.get("types", []))
        enabled = enabled | types if setup.get("enabled") else enabled - types
    setups = [
        {"types": [kind for kind in LOG_TYPES if (kind in enabled) == state], "enabled": state}
        for state in (True, False)
    ]
    return {"clusterLogging": [setup for setup in setups if setup["types"]]}


def ensure_log_group(references: References, cluster: Cluster) -> None:
    """Create the control plane's log group, never expiring, when logs are on and nobody made it before."""
    if not any(setup["enabled"] for setup in cluster.description["logging"]["clusterLogging"]):
        return
    name = f"/aws/eks/{cluster.name}/cluster"
    logs = references.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if not any(group["logGroupName"] == name for group in groups):
        logs.create_log_group(logGroupName=name)


def checked_encryption(references: References, given: list[Description]) -> list[Description]:
    """Encryption of secrets with an existing key."""
    for config in given:
        if config.get("resources") != ["secrets"]:
            raise invalid(f"encryptionConfig resources must be ['secrets'], got {config.get('resources')}")
        references.kms_key(config.get("provider", {}).get("keyArn", ""))
    return given


def _refuse_unmodelled(given: dict[str, Any]) -> None:
    for key in _NOT_MODELLED:
        if key in given:
            raise NotModelledError(f"the rehearsal does not model eks:CreateCluster with {key}")


def _kubernetes_network(given: Description, references: References, vpc_id: str) -> Description:
    """The service range: as given, or what EKS picks so that it stays clear of the VPC."""
    if given.get("ipFamily", "ipv4") != "ipv4" or given.get("elasticLoadBalancing", {}).get("enabled"):
        raise NotModelledError("the rehearsal models clusters with IPv4 and without Auto Mode's load balancing only")
    vpc = references.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    vpc_ranges = [ipaddress.IPv4Network(block["CidrBlock"]) for block in vpc["CidrBlockAssociationSet"]]
    in_ten = any(block.subnet_of(_PRIVATE_RANGES[0]) for block in vpc_ranges)
    cidr = given.get("serviceIpv4Cidr", "172.20.0.0/16" if in_ten else "10.100.0.0/16")
    try:
        service_range = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise invalid(f"serviceIpv4Cidr: {error}") from error
    if not any(service_range.subnet_of(block) for block in _PRIVATE_RANGES):
        raise invalid(f"serviceIpv4Cidr {cidr} must be within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    if not 12 <= service_range.prefixlen <= 24:
        raise invalid(f"serviceIpv4Cidr {cidr} must be between /12 and /24")
    if any(service_range.overlaps(block) for block in vpc_ranges):
        raise invalid(f"serviceIpv4Cidr {cidr} overlaps the VPC's {vpc['CidrBlock']}")
    return {"serviceIpv4Cidr": cidr, "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}}
