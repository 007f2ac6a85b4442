"""Where the Airflow environment lives: its subnets and security groups."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from airflow_infra.assurance import vpc
from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.invariants.mwaa import environment

_INTERNAL_PORTS = (443, 5432)
"""Ports of the web server's and the database's endpoints, which the parts reach through their own group."""
_HTTPS = 443
_WIDEST_PRIVATE_PREFIX = 8
"""10.0.0.0/8: whatever is wider holds public addresses."""


def subnets(subject: Subject) -> Iterator[str]:
    """Two of the stack's private subnets, in two zones, without a route to an internet gateway.

    Raises:
        AbsentError: the stack's VPC or a private subnet of it is missing.
    """
    private = {subnet["SubnetId"]: subnet for subnet in vpc.private_subnets(subject)}
    ids = environment(subject)["NetworkConfiguration"]["SubnetIds"]
    if len(ids) != 2:
        yield f"environment {subject.names.environment} lies in {len(ids)} subnets, expected exactly two"
    for id_ in ids:
        if id_ not in private:
            yield f"environment {subject.names.environment} lies in {id_}, expected two of {', '.join(private)}"
    found = [private[id_] for id_ in ids if id_ in private]
    zones = [subnet["AvailabilityZone"] for subnet in found]
    if len(set(zones)) != len(zones):
        yield f"subnets {', '.join(ids)} lie in {', '.join(zones)}, expected distinct zones"
    for subnet in found:
        gateways = [route.get("GatewayId", "") for route in vpc.table_of(subject, subnet)["Routes"]]
        for gateway in gateways:
            if gateway.startswith("igw-"):
                yield f"subnet {vpc.label(subnet)} has a route to {gateway}, expected a private subnet"


def admits_itself(subject: Subject) -> Iterator[str]:
    """One of its groups lets itself in, for everything or for what the environment's parts need."""
    groups = _security_groups(subject)
    for port in _INTERNAL_PORTS:
        if not any(_permits(rule, port) and _names(rule, group) for group in groups for rule in group["IpPermissions"]):
            yield f"security groups {_ids(groups)} do not let TCP {port} in from themselves, expected one that does"


def reaches_out(subject: Subject) -> Iterator[str]:
    """HTTPS to anywhere, and the database in its own group.

    Without the internet every AWS service that MWAA calls would need an endpoint; the private subnets always have NAT.
    """
    groups = _security_groups(subject)
    rules = [(group, rule) for group in groups for rule in group["IpPermissionsEgress"]]
    if not any(_permits(rule, _HTTPS) and _anywhere(rule) for _, rule in rules):
        yield f"security groups {_ids(groups)} do not let TCP {_HTTPS} out to 0.0.0.0/0, expected them to"
        return
    for port in _INTERNAL_PORTS:
        if not any(_permits(rule, port) and (_anywhere(rule) or _names(rule, group)) for group, rule in rules):
            yield f"security groups {_ids(groups)} do not let TCP {port} out to themselves, expected them to"


def closed_to_the_world(subject: Subject) -> Iterator[str]:
    """Nothing is let in from 0.0.0.0/0, ::/0, or any other range wider than a private one."""
    for group in _security_groups(subject):
        for rule in group["IpPermissions"]:
            for cidr in _cidrs(rule):
                if ip_network(cidr).prefixlen < _WIDEST_PRIVATE_PREFIX:
                    ports = "everything" if rule["IpProtocol"] == "-1" else f"ports {rule['FromPort']}-{rule['ToPort']}"
                    yield f"security group {group['GroupId']} lets {ports} in from {cidr}, expected nobody from outside"


def _security_groups(subject: Subject) -> list[dict[str, Any]]:
    ids = environment(subject)["NetworkConfiguration"]["SecurityGroupIds"]
    return subject.look.all("ec2", "describe_security_groups", "SecurityGroups", GroupIds=ids)


def _permits(rule: dict[str, Any], port: int) -> bool:
    protocol = rule["IpProtocol"]
    return protocol == "-1" or (protocol == "tcp" and rule["FromPort"] <= port <= rule["ToPort"])


def _names(rule: dict[str, Any], group: dict[str, Any]) -> bool:
    return any(pair.get("GroupId") == group["GroupId"] for pair in rule["UserIdGroupPairs"])


def _anywhere(rule: dict[str, Any]) -> bool:
    return "0.0.0.0/0" in _cidrs(rule)


def _cidrs(rule: dict[str, Any]) -> list[str]:
    ipv4 = [one["CidrIp"] for one in rule.get("IpRanges", [])]
    return ipv4 + [one["CidrIpv6"] for one in rule.get("Ipv6Ranges", [])]


def _ids(groups: list[dict[str, Any]]) -> str:
    return ", ".join(group["GroupId"] for group in groups)


_GROUPS = ("mwaa:GetEnvironment", "ec2:DescribeSecurityGroups")

INVARIANTS = (
    Invariant(
        "mwaa-20",
        "The environment lies in exactly two of the stack's private subnets, in distinct zones",
        "critical",
        "It does not start, or stands open to the internet; its subnets can never be changed.",
        ("mwaa:GetEnvironment", *vpc.TABLE_CALLS),
        subnets,
    ),
    Invariant(
        "mwaa-21",
        "The environment's security group lets itself in",
        "critical",
        "Scheduler, workers and web server do not reach the database: creation fails after hours.",
        _GROUPS,
        admits_itself,
    ),
    Invariant(
        "mwaa-22",
        "The environment's security group lets it out",
        "critical",
        "It reaches neither AWS nor the cluster: creation fails after hours.",
        _GROUPS,
        reaches_out,
    ),
    Invariant(
        "mwaa-23",
        "The environment's security group lets nothing in from the internet",
        "high",
        "Whoever finds an address of the environment may talk to its parts.",
        _GROUPS,
        closed_to_the_world,
    ),
)
