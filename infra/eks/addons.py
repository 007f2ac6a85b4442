"""The managed add-ons: the CNI, kube-proxy and the Pod Identity agent before the nodes, CoreDNS after them."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.base import Context
from infra.iam.roles import ServiceRole


def _addon(
    name: str, version: str, cluster: aws.eks.Cluster, opts: pulumi.ResourceOptions, configuration: str | None = None
) -> aws.eks.Addon:
    """One add-on, of exactly this version.

    What stands in the cluster at creation is overwritten; what somebody changed by hand since then is kept.
    """
    return aws.eks.Addon(
        name,
        cluster_name=cluster.name,
        addon_name=name,
        addon_version=version,
        configuration_values=configuration,
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="PRESERVE",
        opts=opts,
    )


def pod_identity(
    name: str, cluster: aws.eks.Cluster, role: ServiceRole, service_account: str, parent: pulumi.Resource
) -> aws.eks.PodIdentityAssociation:
    """Gives a service account of kube-system a role.

    Credentials are injected when a pod is created, so that whatever starts such pods must depend on this.
    """
    return aws.eks.PodIdentityAssociation(
        name,
        cluster_name=cluster.name,
        namespace="kube-system",
        service_account=service_account,
        role_arn=role.role.arn,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*role.policies]),
    )


def before_nodes(
    context: Context, cluster: aws.eks.Cluster, cni_role: ServiceRole, parent: pulumi.Resource
) -> list[pulumi.Resource]:
    """What a node needs in order to become ready.

    The CNI's association is a resource of its own rather than part of the add-on: one mechanism for all, and the
    role's policies are attached before it. NetworkPolicies are enforced only with `enableNetworkPolicy`.
    """
    settings = context.settings.eks.cluster
    association = pod_identity("vpc-cni", cluster, cni_role, "aws-node", parent)
    child = pulumi.ResourceOptions(parent=parent)
    return [
        _addon(
            "vpc-cni",
            settings.vpc_cni_version,
            cluster,
            pulumi.ResourceOptions(parent=parent, depends_on=[association]),
            json.dumps({"enableNetworkPolicy": "true"}),
        ),
        _addon("kube-proxy", settings.kube_proxy_version, cluster, child),
        _addon("eks-pod-identity-agent", settings.pod_identity_agent_version, cluster, child),
    ]


def after_nodes(
    context: Context, cluster: aws.eks.Cluster, nodes: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> aws.eks.Addon:
    """CoreDNS, whose pods need nodes: without them the add-on stays DEGRADED until it times out."""
    version = context.settings.eks.cluster.coredns_version
    return _addon("coredns", version, cluster, pulumi.ResourceOptions(parent=parent, depends_on=[*nodes]))
