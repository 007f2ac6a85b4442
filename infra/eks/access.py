"""Who gets into the cluster: access entries in the API, and port 443 of the API server."""

import pulumi
import pulumi_aws as aws

from infra.base import Context
from infra.iam.roles import Roles
from infra.vpc import Network

MWAA_USER = "mwaa-service"
"""Kubernetes user name of the environment's execution role."""
MWAA_GROUP = "airflow-tasks"
"""Kubernetes group of that user; the airflow namespace binds its rights to it."""

_CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def _administrator(
    name: str, role_arn: str, cluster: aws.eks.Cluster, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """An access entry of a role, and cluster-admin rights for it."""
    entry = aws.eks.AccessEntry(
        name,
        cluster_name=cluster.name,
        principal_arn=role_arn,
        type="STANDARD",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    association = aws.eks.AccessPolicyAssociation(
        name,
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=_CLUSTER_ADMIN,
        access_scope={"type": "cluster"},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[entry]),
    )
    return [entry, association]


def deployer(context: Context, cluster: aws.eks.Cluster, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """Rights of the deploying role: made before every Kubernetes object, removed after the last."""
    return _administrator("deployer", context.settings.account.deploy_role_arn, cluster, parent)


def administrators(context: Context, cluster: aws.eks.Cluster, parent: pulumi.Resource) -> None:
    """Rights of the administrators' roles of the settings."""
    deploy_role_arn = context.settings.account.deploy_role_arn
    for role_arn in context.settings.eks.cluster.administrators:
        if role_arn != deploy_role_arn:
            _administrator(f"administrator-{role_arn.rpartition('/')[2]}", role_arn, cluster, parent)


def environment(cluster: aws.eks.Cluster, roles: Roles, parent: pulumi.Resource) -> aws.eks.AccessEntry:
    """MWAA's entry: a user and a group, and no cluster policy. What the group may do is RBAC's business."""
    return aws.eks.AccessEntry(
        MWAA_USER,
        cluster_name=cluster.name,
        principal_arn=roles.execution.role.arn,
        type="STANDARD",
        user_name=MWAA_USER,
        kubernetes_groups=[MWAA_GROUP],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _https_from(
    name: str,
    cluster: aws.eks.Cluster,
    parent: pulumi.Resource,
    *,
    cidr: str | None = None,
    security_group_id: pulumi.Input[str] | None = None,
) -> aws.vpc.SecurityGroupIngressRule:
    return aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=cluster.vpc_config.cluster_security_group_id.apply(str),
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4=cidr,
        referenced_security_group_id=security_group_id,
        description=f"Kubernetes API from {name.removeprefix('api-from-')}",
        opts=pulumi.ResourceOptions(parent=parent),
    )


def environment_rule(
    cluster: aws.eks.Cluster, network: Network, parent: pulumi.Resource
) -> aws.vpc.SecurityGroupIngressRule:
    """The API server is reached from the environment's security group."""
    return _https_from("api-from-mwaa", cluster, parent, security_group_id=network.mwaa_security_group.id)


def runner_rules(context: Context, cluster: aws.eks.Cluster, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """The API server is reached privately from wherever `pulumi up` runs, as the settings say."""
    endpoint = context.settings.eks.cluster.endpoint
    return [
        *(
            _https_from(f"api-from-runner-{cidr.replace('/', '-')}", cluster, parent, cidr=cidr)
            for cidr in endpoint.runner_cidrs
        ),
        *(
            _https_from(f"api-from-runner-{group}", cluster, parent, security_group_id=group)
            for group in endpoint.runner_security_group_ids
        ),
    ]
