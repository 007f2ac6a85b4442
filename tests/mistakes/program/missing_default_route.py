"""One private route table without its default route: that zone has no way out, and nothing depends on its absence."""

import pulumi_aws as aws

from infra import vpc
from infra.network.plan import SubnetPlan

caught_by = "network-03"
expected = "private-eu-west-1b"

private_table = vpc.Network._private_table


def without_route_in_one_zone(
    self: vpc.Network, plan: SubnetPlan, subnet: aws.ec2.Subnet, nat_gateway: aws.ec2.NatGateway
) -> aws.ec2.RouteTable:
    if plan.zone == "eu-west-1b":
        return self._route_table("private", plan.zone, subnet)
    return private_table(self, plan, subnet, nat_gateway)


vpc.Network._private_table = without_route_in_one_zone
