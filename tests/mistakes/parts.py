"""The smallest cluster that node groups and Kubernetes objects need, for the mistakes that need one."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

DEPLOYER = "arn:aws:iam::111122223333:role/deployer"
provider = aws.Provider(
    "aws",
    region="eu-west-1",
    assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=DEPLOYER)],
    default_tags=aws.ProviderDefaultTagsArgs(tags={"owner": "tests"}),
)
options = pulumi.ResourceOptions(provider=provider)


def role(name: str, service: str) -> aws.iam.Role:
    """A role that a service assumes."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return aws.iam.Role(name, name=name, assume_role_policy=json.dumps(document), opts=options)


def subnets() -> list[aws.ec2.Subnet]:
    """Two subnets in two zones of a VPC."""
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=options)
    return [
        aws.ec2.Subnet(
            zone,
            vpc_id=vpc.id,
            availability_zone=f"eu-west-1{zone}",
            cidr_block=f"10.0.{number}.0/24",
            opts=options,
        )
        for number, zone in enumerate("ab")
    ]


def cluster(subnets: list[aws.ec2.Subnet]) -> aws.eks.Cluster:
    """A cluster that the deployer administers."""
    return aws.eks.Cluster(
        "cluster",
        name="cluster",
        version="1.36",
        role_arn=role("cluster", "eks.amazonaws.com").arn,
        bootstrap_self_managed_addons=False,
        access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
        vpc_config={"subnet_ids": [subnet.id for subnet in subnets], "endpoint_private_access": True},
        opts=options,
    )


def api_server(cluster: aws.eks.Cluster) -> kubernetes.Provider:
    """The Kubernetes provider of a cluster, signed in as its deployer."""
    entry = aws.eks.AccessEntry("deployer", cluster_name=cluster.name, principal_arn=DEPLOYER, opts=options)
    policy = aws.eks.AccessPolicyAssociation(
        "deployer",
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        access_scope={"type": "cluster"},
        opts=options,
    )
    kubeconfig = pulumi.Output.json_dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "cluster",
                    "cluster": {
                        "server": cluster.endpoint,
                        "certificate-authority-data": cluster.certificate_authority.data,
                    },
                }
            ],
            "users": [
                {
                    "name": "deployer",
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": [
                                "--region", "eu-west-1", "eks", "get-token",
                                "--cluster-name", "cluster", "--role-arn", DEPLOYER,
                            ],
                        }
                    },
                }
            ],
            "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "deployer"}}],
            "current-context": "cluster",
        }
    )  # fmt: skip
    return kubernetes.Provider("kubernetes", kubeconfig=kubeconfig, opts=pulumi.ResourceOptions(depends_on=[policy]))
