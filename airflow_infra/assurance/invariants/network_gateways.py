"""Transit gateways: attachments, and the routes to them."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.vpc import (
    TABLE_CALLS,
    Described,
    in_vpc,
    label,
    private_subnets,
    private_tables,
    subnets,
    tables,
    vpc,
)

_ATTACHMENTS = "ec2:DescribeTransitGatewayVpcAttachments"
_GONE = ("deleted", "deleting", "rejected", "rejecting", "failed", "failing")


def routes(subject: Subject) -> Iterator[str]:
    """Every configured range goes to its transit gateway from every private route table."""
    found = {
        label(table): {(route.get("DestinationCidrBlock"), route.get("TransitGatewayId")) for route in table["Routes"]}
        for table in private_tables(subject)
    }
    for gateway in subject.settings.vpc.transit_gateways:
        for cidr in gateway.routes:
            without = [table for table, routed in found.items() if (cidr, gateway.id) not in routed]
            if without:
                yield f"{cidr} is not routed to {gateway.id} ({gateway.name}) in {', '.join(without)}"


def attachments_available(subject: Subject) -> Iterator[str]:
    """Every configured transit gateway is attached."""
    states = {one["TransitGatewayId"]: one["State"] for one in _attachments(subject)}
    for gateway in subject.settings.vpc.transit_gateways:
        state = states.get(gateway.id)
        if state != "available":
            found = f"the attachment to {gateway.id} ({gateway.name}) is {state}" if state else "there is no attachment"
            yield f"{found}; expected an available one to {gateway.id}"


def attachments_in_every_zone(subject: Subject) -> Iterator[str]:
    """Every attachment has a subnet in each zone of the private subnets."""
    zone_of = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets(subject)}
    wanted = {subnet["AvailabilityZone"] for subnet in private_subnets(subject)}
    found = _attachments(subject)
    if subject.settings.vpc.transit_gateways and not found:
        yield "there is no attachment to a transit gateway; the settings have some"
    for attachment in found:
        missing = wanted - {zone_of.get(id_) for id_ in attachment["SubnetIds"]}
        if missing:
            yield f"{_label(attachment)} has no subnet in {', '.join(sorted(missing))}"


def attachments_with_routes(subject: Subject) -> Iterator[str]:
    """Something is routed to every attachment but those that are inbound only."""
    routed = {route.get("TransitGatewayId") for table in tables(subject) for route in table["Routes"]}
    inbound_only = {gateway.id for gateway in subject.settings.vpc.transit_gateways if gateway.inbound_only}
    for attachment in _attachments(subject):
        if attachment["TransitGatewayId"] not in routed | inbound_only:
            yield f"nothing is routed to {_label(attachment)}, which is not configured as inbound_only"


def no_overlap(subject: Subject) -> Iterator[str]:
    """The VPC's ranges overlap no range behind a gateway."""
    own = [
        IPv4Network(association["CidrBlock"])
        for association in vpc(subject)["CidrBlockAssociationSet"]
        if association["CidrBlockState"]["State"] in ("associated", "associating")
    ]
    routed = {cidr for gateway in subject.settings.vpc.transit_gateways for cidr in gateway.routes}
    for table in tables(subject):
        routed.update(
            route["DestinationCidrBlock"]
            for route in table["Routes"]
            if "DestinationCidrBlock" in route and _leads_to_a_network(route)
        )
    for cidr in sorted(routed):
        for block in own:
            if block.overlaps(IPv4Network(cidr)):
                yield f"{cidr} is routed out of the VPC and overlaps its range {block}"


def _leads_to_a_network(route: Described) -> bool:
    is_behind_a_gateway = "TransitGatewayId" in route or route.get("GatewayId", "").startswith("vgw-")
    return is_behind_a_gateway and route["DestinationCidrBlock"] != "0.0.0.0/0"


def _attachments(subject: Subject) -> list[Described]:
    """The VPC's attachments to transit gateways, without those that are on their way out."""
    found = in_vpc(subject, "describe_transit_gateway_vpc_attachments", "TransitGatewayVpcAttachments")
    return [attachment for attachment in found if attachment["State"] not in _GONE]


def _label(attachment: Described) -> str:
    return f"{attachment['TransitGatewayAttachmentId']} to {attachment['TransitGatewayId']}"


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "network-08",
        "Every configured range is routed to its transit gateway from every private route table",
        "high",
        "A task reaches the other network from one zone and not from another.",
        TABLE_CALLS,
        routes,
        awaits_acceptance=True,
    ),
    Invariant(
        "network-09",
        "Every configured transit gateway has an available attachment",
        "high",
        "Its routes are black holes, or nobody gets in through it.",
        ("ec2:DescribeVpcs", _ATTACHMENTS),
        attachments_available,
        awaits_acceptance=True,
    ),
    Invariant(
        "network-10",
        "Every attachment has a subnet in each zone of the private subnets",
        "high",
        "Traffic from a zone without one never reaches the gateway.",
        ("ec2:DescribeVpcs", "ec2:DescribeSubnets", _ATTACHMENTS),
        attachments_in_every_zone,
    ),
    Invariant(
        "network-11",
        "No attachment is without routes, unless it is declared as inbound only",
        "low",
        "The attachment is paid for by the hour and used by nobody.",
        ("ec2:DescribeVpcs", "ec2:DescribeRouteTables", _ATTACHMENTS),
        attachments_with_routes,
        awaits_acceptance=True,
    ),
    Invariant(
        "network-12",
        "The VPC's ranges overlap no range that is routed out of it",
        "high",
        "The transit gateway leaves the VPC's range out of its routes and does not say so.",
        ("ec2:DescribeVpcs", "ec2:DescribeRouteTables"),
        no_overlap,
    ),
)
