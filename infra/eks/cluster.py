"""The EKS cluster with its add-ons, access and managed node groups."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from infra.base import Context, component_options
from infra.eks import access, addons
from infra.eks.kubeconfig import kubeconfig
from infra.eks.node_groups import ManagedNodeGroup
from infra.iam.documents import document, to_json
from infra.iam.roles import Roles
from infra.vpc import Network


class Cluster(pulumi.ComponentResource):
    """The cluster, ready for charts and namespaces once everything in `ready` stands."""

    cluster: aws.eks.Cluster
    kubernetes_provider: k8s.Provider
    """Provider of every Kubernetes object of the stack."""
    node_groups: Mapping[str, ManagedNodeGroup]
    """Node groups by name."""
    deployer_access: list[pulumi.Resource]
    """What the deploying role needs to reach the API server: rights, port 443, and the API server's way back."""
    ready: list[pulumi.Resource]
    """The exact leaves that Kubernetes objects wait for: deployer's access, node groups, CoreDNS."""

    def __init__(
        self, context: Context, network: Network, roles: Roles, key_arn: pulumi.Output[str] | None = None
    ) -> None:
        super().__init__("airflow:eks:Cluster", "cluster", None, component_options(context))
        self._context = context
        self.cluster = self._control_plane(network, roles, key_arn)

        self.deployer_access = [
            *access.deployer(context, self.cluster, self),
            *access.runner_rules(context, self.cluster, self),
            # A destroy from behind a gateway would otherwise cut itself off before the last object is deleted.
            *(network.gateway_routes if context.settings.eks.cluster.endpoint.runner_cidrs else []),
        ]
        access.administrators(context, self.cluster, self)
        access.environment(self.cluster, roles, self)
        access.environment_rule(self.cluster, network, self)

        before_nodes = [
            *addons.before_nodes(context, self.cluster, roles.vpc_cni, self),
            *roles.node.policies,
            *network.egress,
        ]
        self.node_groups = {
            settings.name: ManagedNodeGroup(context, settings, self.cluster, roles, before_nodes, self)
            for settings in context.settings.eks.cluster.node_groups
        }
        nodes = [group.node_group for group in self.node_groups.values()]
        coredns = addons.after_nodes(context, self.cluster, nodes, self)
        self.ready = [*self.deployer_access, *nodes, coredns]
        self.kubernetes_provider = self._kubernetes()
        self.register_outputs({"name": self.cluster.name, "endpoint": self.cluster.endpoint})

    def _control_plane(self, network: Network, roles: Roles, key_arn: pulumi.Output[str] | None) -> aws.eks.Cluster:
        names = self._context.names
        settings = self._context.settings.eks.cluster
        protect = self._context.settings.protection.stateful
        log_group = aws.cloudwatch.LogGroup(
            "control-plane",
            # EKS writes to exactly this name and would create the group itself, without an end of retention.
            name=names.control_plane_log_group,
            retention_in_days=settings.log_retention_days,
            kms_key_id=key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        key = self._secrets_key(roles.cluster.role.arn)
        return aws.eks.Cluster(
            "cluster",
            name=names.cluster,
            version=settings.kubernetes_version,
            role_arn=roles.cluster.role.arn,
            # Both of these can only be chosen on the first day: changing them replaces the cluster.
            bootstrap_self_managed_addons=False,
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": False},
            vpc_config={
                "subnet_ids": [subnet.id for subnet in network.private_subnets],
                "endpoint_private_access": True,
                "endpoint_public_access": bool(settings.endpoint.public_access_cidrs),
                "public_access_cidrs": list(settings.endpoint.public_access_cidrs) or None,
            },
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=list(settings.log_types),
            upgrade_policy={"support_type": settings.support_type},
            deletion_protection=protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=[log_group, *roles.cluster.policies]),
        )

    def _secrets_key(self, cluster_role_arn: pulumi.Output[str]) -> aws.kms.Key:
        """The key that Kubernetes secrets are encrypted with. The cluster can never be told to use another."""
        names = self._context.names
        administrators = {
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{names.account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }

        def policy(role_arn: str) -> str:
            cluster = {
                "Sid": "ClusterEncryptsSecrets",
                "Effect": "Allow",
                "Principal": {"AWS": role_arn},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:ListGrants"],
                "Resource": "*",
            }
            return to_json(document(administrators, cluster))

        protect = self._context.settings.protection.stateful
        key = aws.kms.Key(
            "secrets",
            description=f"Kubernetes secrets of the cluster {names.cluster}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if protect else 7,
            policy=cluster_role_arn.apply(policy),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        aws.kms.Alias(
            "secrets",
            name=f"alias/{names.prefix}-kubernetes-secrets",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key

    def _kubernetes(self) -> k8s.Provider:
        """The Kubernetes provider, as the deploying role.

        Without a fixed identifier the provider tells clusters apart by their kubeconfig, and a new endpoint,
        certificate or exec argument would replace every object in the cluster, running tasks included.
        """
        names = self._context.names
        deploy_role_arn = self._context.settings.account.deploy_role_arn
        text = pulumi.Output.all(self.cluster.endpoint, self.cluster.certificate_authority.data).apply(
            lambda values: kubeconfig(names.cluster, names.region, values[0], values[1], deploy_role_arn)
        )
        return k8s.Provider(
            "kubernetes",
            kubeconfig=text,
            cluster_identifier=names.cluster_arn,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self.deployer_access),
        )

    def object_options(
        self, parent: pulumi.Resource, depends_on: list[pulumi.Resource] | None = None
    ) -> pulumi.ResourceOptions:
        """Options of a Kubernetes object: this cluster's provider, after everything in `ready` and `depends_on`."""
        return pulumi.ResourceOptions(
            parent=parent, provider=self.kubernetes_provider, depends_on=[*self.ready, *(depends_on or [])]
        )
