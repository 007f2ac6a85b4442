"""A stack's VPC as its account describes it, for the invariants of the network."""

from typing import Any

from airflow_infra.assurance.invariants.invariant import AbsentError, Subject

TABLE_CALLS = ("ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables")
"""The calls behind `private_tables`, for `Invariant.calls`."""

Described = dict[str, Any]
"""A resource as EC2 describes it."""


def vpc(subject: Subject) -> Described:
    """The stack's VPC, by its Name tag.

    Raises:
        AbsentError: there is none, or more than one.
    """
    wanted = subject.names.prefix
    named = [{"Name": "tag:Name", "Values": [wanted]}]
    found = subject.look.all("ec2", "describe_vpcs", "Vpcs", Filters=named)
    if len(found) != 1:
        raise AbsentError(f"{len(found) or 'no'} VPCs are tagged Name={wanted}; expected one")
    return found[0]


def in_vpc(subject: Subject, operation: str, field: str) -> list[Described]:
    """What an operation of EC2 describes in the stack's VPC."""
    return subject.look.all("ec2", operation, field, Filters=[{"Name": "vpc-id", "Values": [vpc(subject)["VpcId"]]}])


def subnets(subject: Subject) -> list[Described]:
    """Every subnet of the VPC."""
    return in_vpc(subject, "describe_subnets", "Subnets")


def private_subnets(subject: Subject) -> list[Described]:
    """The private subnets: those of the ranges in the settings.

    Raises:
        AbsentError: one of them is missing.
    """
    return _with_ranges(subject, subject.settings.vpc.private_subnets)


def public_subnets(subject: Subject) -> list[Described]:
    """The public subnets: those of the ranges in the settings.

    Raises:
        AbsentError: one of them is missing.
    """
    return _with_ranges(subject, subject.settings.vpc.public_subnets)


def tables(subject: Subject) -> list[Described]:
    """Every route table of the VPC."""
    return in_vpc(subject, "describe_route_tables", "RouteTables")


def explicit_table(subject: Subject, subnet: Described) -> Described | None:
    """The route table that a subnet is associated with, None where the main one serves it."""
    for table in tables(subject):
        for association in table["Associations"]:
            if association.get("SubnetId") == subnet["SubnetId"]:
                return table
    return None


def table_of(subject: Subject, subnet: Described) -> Described:
    """The route table that serves a subnet: its own or the main one."""
    main = (one for one in tables(subject) if any(association.get("Main") for association in one["Associations"]))
    return explicit_table(subject, subnet) or next(main)


def private_tables(subject: Subject) -> list[Described]:
    """The route tables of the private subnets, each once."""
    found = (table_of(subject, subnet) for subnet in private_subnets(subject))
    return list({table["RouteTableId"]: table for table in found}.values())


def default_route(table: Described) -> Described:
    """A table's route to everywhere; empty where there is none."""
    return next((one for one in table["Routes"] if one.get("DestinationCidrBlock") == "0.0.0.0/0"), {})


def tags(described: Described) -> dict[str, str]:
    """Tags by key."""
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}


def label(described: Described) -> str:
    """A subnet or a route table, for people."""
    id_ = described.get("SubnetId") or described["RouteTableId"]
    name = tags(described).get("Name")
    return f"{name} ({id_})" if name else id_


def _with_ranges(subject: Subject, ranges: tuple[str, ...]) -> list[Described]:
    by_range = {subnet["CidrBlock"]: subnet for subnet in subnets(subject)}
    missing = [cidr for cidr in ranges if cidr not in by_range]
    if missing:
        raise AbsentError(f"no subnet {', '.join(missing)} in {vpc(subject)['VpcId']}; the settings have it")
    return [by_range[cidr] for cidr in ranges]
