"""The control plane's part in the VPC: its security group, its network interfaces, its endpoints."""

import ipaddress
from typing import Any

from airflow_infra.rehearsal.account.services.eks.store import Description, invalid
from airflow_infra.rehearsal.account.services.references import References

_FREE_ADDRESSES = 6
"""Free addresses that EKS wants in each subnet (EKS user guide, network requirements, read November 2026)."""
_NEVER_PUBLIC = tuple(
    map(ipaddress.IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"))
)


class ControlPlaneNetwork:
    """What EKS checks and makes in a VPC for a cluster."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._ec2: Any = references.client("ec2")

    def check(self, given: Description) -> str:
        """Check subnets and security groups and return their VPC.

        Raises:
            AwsError: fewer than two zones, several VPCs, too few addresses, or something that does not exist.
        """
        subnets = self._references.subnets(given.get("subnetIds", []))
        zones = {subnet["AvailabilityZone"] for subnet in subnets}
        if len(zones) < 2:
            raise invalid(f"Subnets specified must be in at least two different AZs, got {sorted(zones)}")
        vpcs = {subnet["VpcId"] for subnet in subnets}
        if len(vpcs) > 1:
            raise invalid(f"Subnets must all be in one VPC, got {sorted(vpcs)}")
        for subnet in subnets:
            if subnet["AvailableIpAddressCount"] < _FREE_ADDRESSES:
                raise invalid(
                    f"Subnet {subnet['SubnetId']} has {subnet['AvailableIpAddressCount']} free addresses, "
                    f"at least {_FREE_ADDRESSES} are needed"
                )
        vpc_id = vpcs.pop()
        groups = given.get("securityGroupIds", [])
        if len(groups) > 5:
            raise invalid(f"At most 5 security groups are allowed, got {len(groups)}")
        for group in self._references.security_groups(groups):
            if group["VpcId"] != vpc_id:
                raise invalid(f"Security group {group['GroupId']} is not in {vpc_id}")
        return vpc_id

    def create_security_group(self, cluster: str, vpc_id: str, suffix: str) -> str:
        """Create the group that joins control plane and nodes, as EKS makes it."""
        name = f"eks-cluster-sg-{cluster}-{int(suffix, 16)}"
        tags = {"Name": name, f"kubernetes.io/cluster/{cluster}": "owned", "aws:eks:cluster-name": cluster}
        group = self._ec2.create_security_group(
            GroupName=name,
            Description="Made by EKS for the control plane's network interfaces and for managed nodes",
            VpcId=vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tag_list(tags)}],
        )["GroupId"]
        within = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}
        self._ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[within])
        return group

    def create_interfaces(self, cluster: str, subnet_ids: list[str], group_ids: list[str]) -> list[str]:
        """Create the control plane's network interfaces, one in each of two subnets at least."""
        return [
            self._ec2.create_network_interface(
                SubnetId=subnet_id,
                Description=f"Amazon EKS {cluster}",
                Groups=group_ids,
                TagSpecifications=[
                    {
                        "ResourceType": "network-interface",
                        "Tags": tag_list({f"kubernetes.io/cluster/{cluster}": "owned"}),
                    }
                ],
            )["NetworkInterface"]["NetworkInterfaceId"]
            for subnet_id in subnet_ids
        ]

    def delete_interfaces(self, interfaces: list[str]) -> None:
        """Remove the control plane's network interfaces."""
        for interface in interfaces:
            self._ec2.delete_network_interface(NetworkInterfaceId=interface)

    def delete(self, interfaces: list[str], security_group: str) -> None:
        """Remove what EKS made."""
        self.delete_interfaces(interfaces)
        self._ec2.delete_security_group(GroupId=security_group)


def checked_endpoints(current: Description, given: Description) -> Description:
    """Endpoint access after a change.

    Raises:
        AwsError: both endpoints off, or a public range that is not public.
    """
    public = given.get("endpointPublicAccess", current.get("endpointPublicAccess", True))
    private = given.get("endpointPrivateAccess", current.get("endpointPrivateAccess", False))
    cidrs = given.get("publicAccessCidrs", current.get("publicAccessCidrs", ["0.0.0.0/0"]))
    if not public and not private:
        raise invalid("Private and public endpoint access cannot both be false")
    for cidr in cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError as error:
            raise invalid(f"publicAccessCidrs: {error}") from error
        if any(network.subnet_of(block) for block in _NEVER_PUBLIC):
            raise invalid(f"The following CIDRs are not allowed in publicAccessCidrs: [{cidr}]")
    return {"endpointPublicAccess": public, "endpointPrivateAccess": private, "publicAccessCidrs": cidrs}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in EC2's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
