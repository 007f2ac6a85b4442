"""The cluster, its node groups and their nodes as the account describes them, for the invariants that look at them."""

from typing import Any

from airflow_infra.assurance.invariants.invariant import NotCheckedError, Subject

Description = dict[str, Any]
"""A resource as boto3 describes it."""

GROUP_CALLS = ("eks:ListNodegroups", "eks:DescribeNodegroup")
SCALING_CALLS = (*GROUP_CALLS, "autoscaling:DescribeAutoScalingGroups")
TEMPLATE_CALLS = (*GROUP_CALLS, "ec2:DescribeLaunchTemplateVersions")
INSTANCE_CALLS = (*SCALING_CALLS, "ec2:DescribeInstances")
VOLUME_CALLS = (*INSTANCE_CALLS, "ec2:DescribeVolumes")


def cluster(subject: Subject) -> Description:
    """The stack's cluster."""
    return subject.look.one("eks", "describe_cluster", name=subject.names.cluster)["cluster"]


def standing_groups(subject: Subject) -> dict[str, Description]:
    """The node groups that stand, by name."""
    name = subject.names.cluster
    return {
        group: subject.look.one("eks", "describe_nodegroup", clusterName=name, nodegroupName=group)["nodegroup"]
        for group in subject.look.all("eks", "list_nodegroups", "nodegroups", clusterName=name)
    }


def node_groups(subject: Subject) -> dict[str, Description]:
    """The node groups that stand, those of the settings among them, by name.

    Raises:
        NotCheckedError: one of the settings is missing, which is a matter of eks-52.
    """
    found = standing_groups(subject)
    missing = [group.name for group in subject.settings.eks.cluster.node_groups if group.name not in found]
    if missing:
        raise NotCheckedError(f"node group {', '.join(missing)} does not exist (eks-52)")
    return found


def auto_scaling_groups(subject: Subject) -> dict[str, Description]:
    """The Auto Scaling group of each node group, by the node group's name.

    Raises:
        NotCheckedError: a node group has none that stands, which EKS reports as a health issue (eks-52).
    """
    named = {name: scaling_group_names(group) for name, group in node_groups(subject).items()}
    wanted = sorted(name for names in named.values() for name in names)
    answer: list[Description] = subject.look.all(
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=wanted
    )
    by_name = {group["AutoScalingGroupName"]: group for group in answer}
    found: dict[str, Description] = {}
    for name, names in named.items():
        if len(names) != 1 or names[0] not in by_name:
            raise NotCheckedError(f"node group {name} has no Auto Scaling group that stands (eks-52)")
        found[name] = by_name[names[0]]
    return found


def scaling_group_names(group: Description) -> list[str]:
    """Names of the Auto Scaling groups that a node group says to have."""
    return [one["name"] for one in group.get("resources", {}).get("autoScalingGroups", [])]


def template_data(subject: Subject, group: Description) -> Description | None:
    """What the launch template says, in the version that a node group uses; None where the group has none."""
    used = group.get("launchTemplate")
    if not used:
        return None
    versions: list[Description] = subject.look.all(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        LaunchTemplateId=used["id"],
        Versions=[used["version"]],
    )
    if not versions:
        raise NotCheckedError(f"launch template {used['name']} has no version {used['version']}")
    return versions[0]["LaunchTemplateData"]


def templates(subject: Subject) -> dict[str, Description]:
    """What the launch template of each node group says, by the node group's name.

    Raises:
        NotCheckedError: a node group has none, which is a matter of eks-55.
    """
    found: dict[str, Description] = {}
    for name, group in node_groups(subject).items():
        data = template_data(subject, group)
        if data is None:
            raise NotCheckedError(f"node group {name} has no launch template (eks-55)")
        found[name] = data
    return found


def instances(subject: Subject) -> list[tuple[str, Description]]:
    """The nodes that run, each with its node group's name.

    Raises:
        NotCheckedError: no node runs. Where a group's minimum asks for one, that is a matter of eks-52.
    """
    group_of = {group["AutoScalingGroupName"]: name for name, group in auto_scaling_groups(subject).items()}
    filters = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": sorted(group_of)},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    reservations: list[Description] = subject.look.all("ec2", "describe_instances", "Reservations", Filters=filters)
    found = [
        (group_of[tags(instance)["aws:autoscaling:groupName"]], instance)
        for reservation in reservations
        for instance in reservation["Instances"]
    ]
    if not found:
        raise NotCheckedError("no node runs at present")
    return found


def volumes(subject: Subject) -> list[tuple[str, str, Description]]:
    """The volumes of the nodes that run, each with its node group's name and the device that it is attached as."""
    group_of = {instance["InstanceId"]: name for name, instance in instances(subject)}
    attached = [{"Name": "attachment.status", "Values": ["attached"]}]
    answer: list[Description] = subject.look.all("ec2", "describe_volumes", "Volumes", Filters=attached)
    found = [
        (group_of[attachment["InstanceId"]], attachment["Device"], volume)
        for volume in answer
        for attachment in volume["Attachments"]
        if attachment["InstanceId"] in group_of
    ]
    if not found:
        raise NotCheckedError("no volume is attached to a node")
    return found


def tags(resource: Description) -> dict[str, str]:
    """Tags of a resource of EC2 or Auto Scaling."""
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}


def wrong_tags(resource: Description, wanted: dict[str, str]) -> str:
    """What is wrong with a resource's tags, for people; empty when nothing is."""
    found = tags(resource)
    return ", ".join(
        f"{key}={found[key]!r} instead of {value!r}" if key in found else f"no {key}"
        for key, value in wanted.items()
        if found.get(key) != value
    )
