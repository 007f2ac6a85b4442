"""A launch template that names an image, in a node group that names a release of EKS's own image."""

import pulumi_aws as aws
from parts import cluster, options, role, subnets

expected = "image"

places = subnets()
template = aws.ec2.LaunchTemplate("template", name="nodes", image_id="ami-0123456789abcdef0", opts=options)
aws.eks.NodeGroup(  # mistake
    "nodes",
    cluster_name=cluster(places).name,
    node_group_name="nodes",
    node_role_arn=role("nodes", "ec2.amazonaws.com").arn,
    subnet_ids=[subnet.id for subnet in places],
    instance_types=["t3a.large"],
    release_version="1.36.4-20261003",
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
    scaling_config={"min_size": 1, "max_size": 1, "desired_size": 1},
    opts=options,
)
