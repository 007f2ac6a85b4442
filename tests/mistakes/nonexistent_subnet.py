"""A NAT gateway in a subnet that does not exist."""

import pulumi_aws as aws
from parts import options

expected = "InvalidSubnetID.NotFound"

address = aws.ec2.Eip("address", domain="vpc", opts=options)
aws.ec2.NatGateway("nat", allocation_id=address.id, subnet_id="subnet-0123456789abcdef0", opts=options)  # mistake
