"""The private half of the network, as its other parts see it."""

from dataclasses import dataclass

import pulumi_aws as aws


@dataclass(frozen=True)
class PrivateNetwork:
    """The VPC with its private subnets and route tables, by availability zone."""

    vpc: aws.ec2.Vpc
    subnets: dict[str, aws.ec2.Subnet]
    route_tables: dict[str, aws.ec2.RouteTable]
