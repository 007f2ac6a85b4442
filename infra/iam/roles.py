"""The roles: MWAA's execution role, the nodes' instance role, and those of the services around them."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.base import Context, component_options
from infra.iam import role_policies, service_policies, trust
from infra.iam.documents import Document, to_json

_AWS_POLICIES = "arn:aws:iam::aws:policy"


@dataclass(frozen=True)
class ServiceRole:
    """A role, and the leaves that must stand before whoever assumes it can work."""

    role: aws.iam.Role
    policies: tuple[pulumi.Resource, ...]


def _with_key(
    key_arn: pulumi.Output[str] | None, build: Callable[[str | None], Document]
) -> Document | pulumi.Output[Document]:
    """A document that names the customer's key where there is one."""
    return build(None) if key_arn is None else key_arn.apply(build)


class Roles(pulumi.ComponentResource):
    """Every role of the stack. Their names, and so their ARNs, are known beforehand."""

    def __init__(self, context: Context, key_arn: pulumi.Output[str] | None = None) -> None:
        super().__init__("airflow:iam:Roles", "roles", None, component_options(context))
        self._context = context
        settings, names = context.settings, context.names

        self.execution = self._role(
            "execution",
            trust.environment_trust(names),
            inline=_with_key(key_arn, lambda key: role_policies.execution_policy(names, settings.mwaa, key)),
        )
        self.cluster = self._role(
            "cluster", trust.service_trust("eks.amazonaws.com"), managed=("AmazonEKSClusterPolicy",)
        )
        self.node = self._role(
            "node",
            trust.service_trust("ec2.amazonaws.com"),
            managed=("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"),
            inline=service_policies.task_role_policy(names) if settings.eks.kube2iam is not None else None,
        )
        self.vpc_cni = self._role(
            "vpc-cni",
            trust.pod_identity_trust(names, "kube-system", "aws-node"),
            managed=("AmazonEKS_CNI_Policy",),
        )
        self.cluster_autoscaler = self._role(
            "cluster-autoscaler",
            trust.pod_identity_trust(names, "kube-system", "cluster-autoscaler"),
            inline=service_policies.cluster_autoscaler_policy(names),
        )
        self.rebalancing = self._role(
            "rebalancing", trust.scheduler_trust(names), inline=service_policies.rebalancing_policy(names)
        )
        self.flow_logs = self._role(
            "flow-logs", trust.flow_logs_trust(names), inline=service_policies.flow_logs_policy(names)
        )
        self.kube2iam_default = self._kube2iam_default()
        self.dag_publisher = self._dag_publisher(key_arn)
        self.register_outputs({"executionRoleArn": self.execution.role.arn})

    def _role(
        self,
        name: str,
        trust_policy: Document,
        *,
        managed: tuple[str, ...] = (),
        inline: Document | pulumi.Output[Document] | None = None,
        path: str = "/",
        depends_on: tuple[pulumi.Resource, ...] = (),
    ) -> ServiceRole:
        """A role with AWS's own policies attached and one of ours inline."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            name=f"{self._context.names.prefix}-{name}",
            path=path,
            assume_role_policy=to_json(trust_policy),
            opts=pulumi.ResourceOptions(parent=self, depends_on=depends_on),
        )
        policies: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}", role=role.name, policy_arn=f"{_AWS_POLICIES}/{policy}", opts=child
            )
            for policy in managed
        ]
        if inline is not None:
            text = pulumi.Output.from_input(inline).apply(to_json)
            policies.append(aws.iam.RolePolicy(name, name=name, role=role.name, policy=text, opts=child))
        return ServiceRole(role, tuple(policies))

    def _kube2iam_default(self) -> ServiceRole | None:
        """What a pod without an annotation gets through kube2iam: a role that may do nothing."""
        if self._context.settings.eks.kube2iam is None:
            return None
        names = self._context.names
        return self._role(
            "kube2iam-default",
            trust.role_trust(names.role_arn(f"{names.prefix}-node")),
            path=names.task_role_path,
            # IAM refuses a trust policy that names a role which does not exist.
            depends_on=(self.node.role,),
        )

    def _dag_publisher(self, key_arn: pulumi.Output[str] | None) -> ServiceRole | None:
        """The role with which the DAG repository's pipeline writes dags/."""
        publisher = self._context.settings.mwaa.dag_publisher
        if publisher is None:
            return None
        names = self._context.names
        url = f"https://{trust.GITHUB_ISSUER}"
        depends_on: tuple[pulumi.Resource, ...] = ()
        if publisher.owns_oidc_provider:
            depends_on = (
                aws.iam.OpenIdConnectProvider(
                    "github",
                    url=url,
                    client_id_lists=[trust.GITHUB_AUDIENCE],
                    opts=pulumi.ResourceOptions(parent=self),
                ),
            )
        else:
            # Fails here, with the URL, when the account has no such provider.
            aws.iam.get_open_id_connect_provider(url=url, opts=pulumi.InvokeOptions(provider=self._context.provider))
        return self._role(
            "dag-publisher",
            trust.dag_publisher_trust(names, publisher),
            inline=_with_key(key_arn, lambda key: service_policies.dag_publisher_policy(names, key)),
            depends_on=depends_on,
        )
