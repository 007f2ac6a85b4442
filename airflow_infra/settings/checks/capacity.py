"""Whether the private subnets hold the addresses of the nodes."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from airflow_infra.catalogue.instance_types import instance_types
from airflow_infra.settings.checks.surroundings import Check, Surroundings
from airflow_infra.settings.eks import NodeGroup
from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings

# AWS keeps five addresses of every subnet (Amazon VPC user guide, subnet sizing).
_KEPT_BY_AWS = 5
# EKS recommends 16 free addresses in a subnet of the cluster (EKS user guide, network requirements).
_FOR_EKS = 16
# MWAA's interfaces for its database, queue and web server (general knowledge, not verified), in its two subnets.
_FOR_MWAA = 3
_MWAA_SUBNETS = 2


def _addresses_per_node(group: NodeGroup) -> int | None:
    """Addresses of the group's largest known instance type, all its interfaces full; None when none is known."""
    known = instance_types().types
    return max((known[name].max_addresses for name in group.instance_types if name in known), default=None)


def addresses(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Each zone must hold every node: an Auto Scaling group may put them all into one.

    A full node takes its interfaces times their addresses (VPC CNI without prefix delegation). Groups of unknown
    instance types are not counted.
    """
    vpc, mwaa = settings.vpc, settings.mwaa
    parts: list[tuple[int, str]] = []
    for group in settings.eks.cluster.node_groups:
        addresses_per_node = _addresses_per_node(group)
        if addresses_per_node is not None:
            nodes = group.scaling_config.max_size
            parts.append((nodes * addresses_per_node, f"{nodes} x {addresses_per_node} ({group.name})"))
    parts.append((_FOR_EKS, f"{_FOR_EKS} for EKS"))
    environment = mwaa.max_workers + mwaa.schedulers + mwaa.max_webservers + _FOR_MWAA
    interfaces = len(vpc.transit_gateways) + len(vpc.interface_endpoints)
    for index, cidr in enumerate(vpc.private_subnets):
        subnet = IPv4Network(cidr)
        here = list(parts)
        if index < _MWAA_SUBNETS:
            here.append((environment, f"{environment} for MWAA"))
        if interfaces:
            here.append((interfaces, f"{interfaces} for transit gateways and endpoints"))
        needed = sum(count for count, _text in here)
        available = subnet.num_addresses - _KEPT_BY_AWS
        if needed > available:
            arithmetic = " + ".join(text for _count, text in here)
            advised = 32 - (needed + _KEPT_BY_AWS - 1).bit_length()
            message = (
                f"too small for the nodes: {arithmetic} = {needed} addresses when all land in this zone, but a "
                f"/{subnet.prefixlen} has {available}: expected a /{advised} or larger, or fewer nodes"
            )
            yield Finding(("vpc", "private_subnets", index), message, cidr)


CHECKS: tuple[Check, ...] = (addresses,)
