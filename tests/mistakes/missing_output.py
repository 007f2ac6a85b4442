"""An output that the resource does not have: the first of no Auto Scaling groups."""

import pulumi
import pulumi_aws as aws
from parts import options

expected = "list index out of range"

tables = aws.ec2.get_route_tables_output(
    filters=[{"name": "tag:Name", "values": ["nobody has this name"]}],
    opts=pulumi.InvokeOutputOptions(provider=options.provider),
)
pulumi.export("table", tables.ids.apply(lambda ids: ids[0]))  # mistake
