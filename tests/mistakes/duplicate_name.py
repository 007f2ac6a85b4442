"""Two resources of one type and one name."""

import pulumi_aws as aws
from parts import options

expected = "vpc"

aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=options)
aws.ec2.Vpc("vpc", cidr_block="10.1.0.0/16", opts=options)  # mistake
