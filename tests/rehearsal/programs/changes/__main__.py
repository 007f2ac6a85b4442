"""A cluster with one node group, parts of which are configured."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
options = pulumi.ResourceOptions(
    provider=aws.Provider(
        "aws",
        region="eu-west-1",
        default_tags=aws.ProviderDefaultTagsArgs(tags={"owner": config.require("owner")}),
    )
)


def role(name: str, service: str) -> aws.iam.Role:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return aws.iam.Role(name, name=name, assume_role_policy=json.dumps(document), opts=options)


vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=options)
subnets = [
    aws.ec2.Subnet("a", vpc_id=vpc.id, availability_zone="eu-west-1a", cidr_block="10.0.0.0/24", opts=options),
    aws.ec2.Subnet("b", vpc_id=vpc.id, availability_zone="eu-west-1b", cidr_block="10.0.1.0/24", opts=options),
]
aws.ec2.Subnet("spare", vpc_id=vpc.id, cidr_block=config.require("spare"), opts=options)
cluster = aws.eks.Cluster(
    "cluster",
    name="cluster",
    version="1.36",
    role_arn=role("cluster", "eks.amazonaws.com").arn,
    access_config={"authentication_mode": "API"},
    vpc_config={"subnet_ids": [subnet.id for subnet in subnets]},
    opts=options,
)
aws.eks.NodeGroup(
    "nodes",
    cluster_name=cluster.name,
    node_group_name="nodes",
    node_role_arn=role("nodes", "ec2.amazonaws.com").arn,
    subnet_ids=[subnet.id for subnet in subnets],
    instance_types=["t3a.large"],
    release_version=config.require("release"),
    scaling_config={"min_size": 1, "max_size": 2, "desired_size": 1},
    opts=options,
)
