"""Two subnets whose ranges overlap."""

import pulumi_aws as aws
from parts import options

expected = "InvalidSubnet.Conflict"

vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=options)
first = aws.ec2.Subnet("first", vpc_id=vpc.id, cidr_block="10.0.0.0/23", opts=options)
aws.ec2.Subnet("second", vpc_id=first.vpc_id, cidr_block="10.0.1.0/24", opts=options)  # mistake
