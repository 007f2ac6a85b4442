"""Managed node groups: launch template, node group, and the tags and schedule of its Auto Scaling group."""

import json
from typing import Literal

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.eks import NodeGroup, Taint
from infra.base import Context, component_options
from infra.iam.roles import Roles

_TEMPLATE_TAG = "k8s.io/cluster-autoscaler/node-template"
_EFFECTS: dict[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"], str] = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


def eks_taint(taint: Taint) -> aws.eks.NodeGroupTaintArgsDict:
    """A taint as the EKS API spells it."""
    return {"key": taint.key, "value": taint.value, "effect": _EFFECTS[taint.effect]}


def allocatable_storage(disk_size: int) -> str:
    """Ephemeral storage that pods of a node can have, from the size of its root volume in GiB.

    The kubelet keeps back 1 GiB and 10 % (AL2023's nodeadm, July 2026). Promising the whole volume would let the
    autoscaler add nodes for a pod that then fits on none of them.
    """
    return f"{disk_size * 9 // 10 - 1}Gi"


def scale_from_zero_tags(group: NodeGroup) -> dict[str, str]:
    """What the Cluster Autoscaler reads off an Auto Scaling group to know the nodes that it would get.

    It asks EKS for labels and taints only as long as it has never seen a node of the group, so the tags are needed
    (Cluster Autoscaler on AWS, 1.36). A group with nodes at all times is known from its nodes.
    """
    if group.scaling_config.min_size > 0:
        return {}
    return {
        **{f"{_TEMPLATE_TAG}/label/{key}": value for key, value in group.labels.items()},
        **{f"{_TEMPLATE_TAG}/taint/{taint.key}": f"{taint.value}:{taint.effect}" for taint in group.taints},
        f"{_TEMPLATE_TAG}/resources/ephemeral-storage": allocatable_storage(group.disk_size),
    }


def block_devices(ami_type: str, disk_size: int) -> list[aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict]:
    """Encrypted gp3 volumes. Bottlerocket keeps pods and images on a second one (unverified here)."""
    devices = ["/dev/xvda", "/dev/xvdb"] if ami_type.startswith("BOTTLEROCKET") else ["/dev/xvda"]
    mappings: list[aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict] = []
    for device in devices:
        ebs: aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
            "volume_type": "gp3",
            "encrypted": "true",
            "delete_on_termination": "true",
        }
        if device == devices[-1]:
            ebs["volume_size"] = disk_size
        mappings.append({"device_name": device, "ebs": ebs})
    return mappings


class ManagedNodeGroup(pulumi.ComponentResource):
    """One managed node group."""

    settings: NodeGroup
    launch_template: aws.ec2.LaunchTemplate
    node_group: aws.eks.NodeGroup
    auto_scaling_group: pulumi.Output[str]
    """Name of the Auto Scaling group that EKS made for it."""

    def __init__(
        self,
        context: Context,
        settings: NodeGroup,
        cluster: aws.eks.Cluster,
        roles: Roles,
        needs: list[pulumi.Resource],
        parent: pulumi.Resource,
    ) -> None:
        """`needs` is what nodes need in order to become ready; the node group waits for it."""
        super().__init__("airflow:eks:ManagedNodeGroup", settings.name, None, component_options(context, parent))
        self._context = context
        self.settings = settings
        self.launch_template = self._launch_template()
        self.node_group = self._node_group(cluster, roles, needs)
        self.auto_scaling_group = self.node_group.resources[0].autoscaling_groups[0].name.apply(str)
        self._tags()
        self._suspend_rebalancing(roles)
        self.register_outputs({"autoScalingGroup": self.auto_scaling_group})

    def _launch_template(self) -> aws.ec2.LaunchTemplate:
        """What EKS leaves to us. No image, subnet, instance profile or type: those belong to the node group."""
        name = f"{self._context.names.prefix}-{self.settings.name}"
        tags = {**self._context.settings.tags, "Name": name}
        return aws.ec2.LaunchTemplate(
            self.settings.name,
            name=name,
            update_default_version=True,
            # One hop ends at the node: a pod's own network is a hop further and so never gets the node's credentials,
            # not even before kube2iam's redirect stands. kube2iam itself runs on the node's network.
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            block_device_mappings=block_devices(
                self._context.settings.eks.cluster.node_group.ami_type, self.settings.disk_size
            ),
            # Tags of a node group reach neither its Auto Scaling group nor instances; these do, from the first one on.
            tag_specifications=[
                {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _node_group(self, cluster: aws.eks.Cluster, roles: Roles, needs: list[pulumi.Resource]) -> aws.eks.NodeGroup:
        """The node group, in the cluster's subnets.

        A drain that a PodDisruptionBudget holds up fails the update after 15 minutes: it is never forced
        (docs/decisions/0005-running-tasks-are-not-evicted.md).
        """
        settings = self.settings
        shared = self._context.settings.eks.cluster
        return aws.eks.NodeGroup(
            settings.name,
            cluster_name=cluster.name,
            node_group_name=settings.name,
            node_role_arn=roles.node.role.arn,
            subnet_ids=cluster.vpc_config.subnet_ids,
            ami_type=shared.node_group.ami_type,
            version=shared.kubernetes_version,
            release_version=settings.ami_release_version or shared.node_group.ami_release_version,
            capacity_type=settings.capacity_type,
            instance_types=list(settings.instance_types),
            launch_template={
                "id": self.launch_template.id,
                # A number, not $Latest: a new version of the template has to show up as a change of the node group.
                "version": self.launch_template.latest_version.apply(lambda version: str(int(version))),
            },
            scaling_config={
                "min_size": settings.scaling_config.min_size,
                "max_size": settings.scaling_config.max_size,
                "desired_size": settings.scaling_config.min_size,
            },
            labels=settings.labels,
            taints=[eks_taint(taint) for taint in settings.taints],
            update_config={"max_unavailable": 1},
            force_update_version=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=needs,
                # The autoscaler's: writing it back on every update would take nodes away under running tasks.
                ignore_changes=["scalingConfig.desiredSize"],
            ),
        )

    def _tags(self) -> None:
        """Tags that EKS does not hand on to the Auto Scaling group."""
        mandatory = {key: (value, True) for key, value in self._context.settings.tags.items()}
        for_autoscaler = {key: (value, False) for key, value in scale_from_zero_tags(self.settings).items()}
        for key, (value, propagate) in {**mandatory, **for_autoscaler}.items():
            aws.autoscaling.Tag(
                f"{self.settings.name}-{key}",
                autoscaling_group_name=self.auto_scaling_group,
                tag={"key": key, "value": value, "propagate_at_launch": propagate},
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _suspend_rebalancing(self, roles: Roles) -> None:
        """Keeps the Auto Scaling group from ending nodes only to balance zones.

        EKS has no setting for it, and a drain by the group ignores PodDisruptionBudgets; so a schedule asks for it,
        at once and then hourly, in case that something resumed it (docs/decisions/0005-...).
        """
        aws.scheduler.Schedule(
            self.settings.name,
            name=f"{self._context.names.prefix}-{self.settings.name}-no-rebalancing",
            description=f"Suspends AZRebalance of the node group {self.settings.name}",
            schedule_expression="rate(1 hours)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": "arn:aws:scheduler:::aws-sdk:autoscaling:suspendProcesses",
                "role_arn": roles.rebalancing.role.arn,
                "input": self.auto_scaling_group.apply(
                    lambda group: json.dumps({"AutoScalingGroupName": group, "ScalingProcesses": ["AZRebalance"]})
                ),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*roles.rebalancing.policies]),
        )
