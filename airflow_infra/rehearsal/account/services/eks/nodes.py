"""A node group's Auto Scaling group and its instances, in the emulated EC2.

moto would start an Auto Scaling group's instances without the template's tags on volumes and network interfaces and
all in one subnet, so the instances are started here and attached to the group.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.services.eks.network import tag_list
from airflow_infra.rehearsal.account.services.eks.node_rules import chosen_instance_types
from airflow_infra.rehearsal.account.services.eks.store import Cluster, Description, EksStore, invalid
from airflow_infra.rehearsal.account.services.references import References

_TAGGED = ("instance", "volume", "network-interface")


@dataclass(frozen=True)
class Template:
    """One version of a launch template."""

    id: str
    name: str
    version: str
    data: dict[str, Any]

    @property
    def instance_type(self) -> str | None:
        """The instance type that the template fixes."""
        return self.data.get("InstanceType")

    def description(self) -> Description:
        """The template in EKS's words."""
        return {"id": self.id, "name": self.name, "version": self.version}


class Nodes:
    """Starts, scales, replaces and ends the instances of node groups."""

    def __init__(self, references: References, store: EksStore) -> None:
        self._store = store
        self._ec2: Any = references.client("ec2")
        self._autoscaling: Any = references.client("autoscaling")

    def template(self, given: Description | None) -> Template | None:
        """The launch template version that a node group names, its default version when it names none."""
        if given is None:
            return None
        if ("id" in given) == ("name" in given) and given.get("id") is None:
            raise invalid("launchTemplate: exactly one of id and name is needed")
        by = {"LaunchTemplateId": given["id"]} if "id" in given else {"LaunchTemplateName": given["name"]}
        version = given.get("version", "$Default")
        try:
            found = self._ec2.describe_launch_template_versions(**by, Versions=[version])["LaunchTemplateVersions"]
        except ClientError as error:
            raise invalid(f"Launch template {given} was not found: {error.response['Error']['Message']}") from error
        if not found:
            raise invalid(f"Launch template {given}: there is no version {version}")
        return Template(
            found[0]["LaunchTemplateId"],
            found[0]["LaunchTemplateName"],
            str(found[0]["VersionNumber"]),
            found[0]["LaunchTemplateData"],
        )

    def create(self, cluster: Cluster, group: Description, template: Template | None) -> str:
        """Create the Auto Scaling group and its instances; returns its name."""
        name = f"eks-{group['nodegroupName']}-{self._store.uuid('auto-scaling-group')}"
        managed = self._managed_template(cluster, group, template, name)
        tags = {
            "eks:cluster-name": cluster.name,
            "eks:nodegroup-name": group["nodegroupName"],
            "k8s.io/cluster-autoscaler/enabled": "true",
            f"k8s.io/cluster-autoscaler/{cluster.name}": "owned",
            f"kubernetes.io/cluster/{cluster.name}": "owned",
        }
        self._autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=0,
            MaxSize=group["scalingConfig"]["maxSize"],
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(group["subnets"]),
            MixedInstancesPolicy={
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": managed, "Version": "1"},
                    "Overrides": [{"InstanceType": type_} for type_ in chosen_instance_types(group, template)],
                },
                "InstancesDistribution": {
                    "OnDemandPercentageAboveBaseCapacity": 0 if group["capacityType"] == "SPOT" else 100
                },
            },
            Tags=[
                {"ResourceId": name, "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True, **tag}
                for tag in tag_list(tags)
            ],
            TerminationPolicies=["AllocationStrategy", "OldestLaunchTemplate", "OldestInstance"],
        )
        self._start(cluster, group, template, name, group["scalingConfig"]["desiredSize"])
        self._bound(group, name)
        return name

    def scale(self, cluster: Cluster, group: Description) -> None:
        """Bring the number of instances to the desired size."""
        name, running = self._running(group)
        missing = group["scalingConfig"]["desiredSize"] - len(running)
        self._bound(group, name, minimum=0)
        if missing > 0:
            self._start(cluster, group, self.template(group.get("launchTemplate")), name, missing)
        else:
            self._end(name, running[: -missing or 0])
        self._bound(group, name)

    def replace(self, cluster: Cluster, group: Description, template: Template | None) -> None:
        """Roll all nodes."""
        name, running = self._running(group)
        self._bound(group, name, minimum=0)
        self._end(name, running)
        self._start(cluster, group, template, name, len(running))
        self._bound(group, name)

    def delete(self, group: Description) -> None:
        """End the instances and remove the Auto Scaling group and EKS's own launch template."""
        name, running = self._running(group)
        self._bound(group, name, minimum=0)
        self._end(name, running)
        self._autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
        self._ec2.delete_launch_template(LaunchTemplateName=name)

    def _managed_template(self, cluster: Cluster, group: Description, template: Template | None, name: str) -> str:
        """EKS's own copy of the template, to which it adds what a node needs."""
        data = {**(template.data if template else {})}
        data["ImageId"] = _image(group)
        data.setdefault("SecurityGroupIds", [cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"]])
        tags = {"eks:cluster-name": cluster.name, "eks:nodegroup-name": group["nodegroupName"]}
        return self._ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData=data,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tag_list(tags)}],
        )["LaunchTemplate"]["LaunchTemplateId"]

    def _start(self, cluster: Cluster, group: Description, template: Template | None, name: str, count: int) -> None:
        """Start instances, in turn in each subnet, with what the launch template says."""
        data = template.data if template else {}
        own = {
            "eks:cluster-name": cluster.name,
            "eks:nodegroup-name": group["nodegroupName"],
            f"kubernetes.io/cluster/{cluster.name}": "owned",
            "aws:autoscaling:groupName": name,
        }
        specified = {spec["ResourceType"]: spec["Tags"] for spec in data.get("TagSpecifications", [])}
        tags = {kind: specified.get(kind, []) for kind in _TAGGED}
        tags["instance"] = tag_list(own) + tags["instance"]
        cluster_group = cluster.description["resourcesVpcConfig"]["clusterSecurityGroupId"]
        for index in range(count):
            instance = self._ec2.run_instances(
                ImageId=_image(group),
                InstanceType=chosen_instance_types(group, template)[0],
                MinCount=1,
                MaxCount=1,
                SubnetId=group["subnets"][index % len(group["subnets"])],
                SecurityGroupIds=data.get("SecurityGroupIds") or [cluster_group],
                BlockDeviceMappings=data.get("BlockDeviceMappings") or _default_disk(group),
                MetadataOptions=data.get("MetadataOptions", {}),
                TagSpecifications=[
                    {"ResourceType": kind, "Tags": tags[kind]} for kind in ("instance", "volume") if tags[kind]
                ],
            )["Instances"][0]
            interfaces = [interface["NetworkInterfaceId"] for interface in instance["NetworkInterfaces"]]
            if tags["network-interface"]:
                self._ec2.create_tags(Resources=interfaces, Tags=tags["network-interface"])
            self._autoscaling.attach_instances(AutoScalingGroupName=name, InstanceIds=[instance["InstanceId"]])

    def _end(self, name: str, instance_ids: list[str]) -> None:
        if not instance_ids:
            return
        self._autoscaling.detach_instances(
            AutoScalingGroupName=name, InstanceIds=instance_ids, ShouldDecrementDesiredCapacity=True
        )
        by_instance = [{"Name": "attachment.instance-id", "Values": instance_ids}]
        interfaces = self._ec2.describe_network_interfaces(Filters=by_instance)["NetworkInterfaces"]
        self._ec2.terminate_instances(InstanceIds=instance_ids)
        for interface in interfaces:
            self._ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])

    def _running(self, group: Description) -> tuple[str, list[str]]:
        name = group["resources"]["autoScalingGroups"][0]["name"]
        found = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return name, [instance["InstanceId"] for instance in found[0]["Instances"]]

    def _bound(self, group: Description, name: str, minimum: int | None = None) -> None:
        scaling = group["scalingConfig"]
        self._autoscaling.update_auto_scaling_group(
            AutoScalingGroupName=name,
            MinSize=scaling["minSize"] if minimum is None else minimum,
            MaxSize=scaling["maxSize"],
        )


def _image(group: Description) -> str:
    """An image id that stands for the group's release: AWS's are not known here, so one is made up."""
    release = f"{group['amiType']} {group['releaseVersion']}"
    return f"ami-{hashlib.sha256(release.encode()).hexdigest()[:17]}"


def _default_disk(group: Description) -> list[Description]:
    ebs = {"VolumeSize": group.get("diskSize", 20), "VolumeType": "gp3", "DeleteOnTermination": True}
    return [{"DeviceName": "/dev/xvda", "Ebs": ebs}]
