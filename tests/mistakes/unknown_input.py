"""An input that the type does not have."""

import pulumi
import pulumi_aws as aws
from parts import options

expected = "cidrBlok"


class Vpc(pulumi.CustomResource):
    """A VPC without the SDK's own check of its arguments."""

    def __init__(self) -> None:
        super().__init__("aws:ec2/vpc:Vpc", "vpc", {"cidrBlok": "10.0.0.0/16"}, options)


aws.ec2.InternetGateway("gateway", opts=options)
Vpc()  # mistake
