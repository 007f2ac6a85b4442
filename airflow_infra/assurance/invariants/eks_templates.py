"""What the nodes are started from, their launch templates, and what the running ones are."""

from collections.abc import Iterator

from airflow_infra.assurance.invariants.eks_resources import (
    INSTANCE_CALLS,
    TEMPLATE_CALLS,
    VOLUME_CALLS,
    Description,
    instances,
    node_groups,
    template_data,
    templates,
    volumes,
    wrong_tags,
)
from airflow_infra.assurance.invariants.invariant import Invariant, Subject

_HOPS = 1
"""Hop limit of the instance metadata. One hop ends at the node: pods with a network of their own don't get the node's
credentials, and kube2iam, which runs on the node's network, still does."""
_TAGGED = ("instance", "volume", "network-interface")


def leaves_to_eks(subject: Subject) -> Iterator[str]:
    """Every group has a launch template, which names nothing that belongs to the node group."""
    for name, group in node_groups(subject).items():
        data = template_data(subject, group)
        if data is None:
            yield f"node group {name} has no launch template: its nodes can be neither tagged nor encrypted"
            continue
        named = [key for key in ("ImageId", "IamInstanceProfile", "InstanceType") if data.get(key)]
        named += ["SubnetId" for interface in data.get("NetworkInterfaces", []) if interface.get("SubnetId")]
        if named:
            yield f"the launch template of {name} names {', '.join(named)}, which the node group decides"


def metadata(subject: Subject) -> Iterator[str]:
    """Launch templates and the nodes that run ask for IMDSv2 and let its answers go one hop."""
    for name, data in templates(subject).items():
        wrong = _wrong_metadata(data.get("MetadataOptions", {}))
        if wrong:
            yield f"the launch template of {name} has {wrong}"
    for name, instance in instances(subject):
        wrong = _wrong_metadata(instance.get("MetadataOptions", {}))
        if wrong:
            yield f"node {instance['InstanceId']} of {name} has {wrong}"


def _wrong_metadata(options: Description) -> str:
    wanted = {"HttpTokens": "required", "HttpPutResponseHopLimit": _HOPS}
    return ", ".join(
        f"{key} {options.get(key)!r} instead of {value!r}" for key, value in wanted.items() if options.get(key) != value
    )


def template_tags(subject: Subject) -> Iterator[str]:
    """Launch templates tag instances, volumes and network interfaces as the settings say."""
    for name, data in templates(subject).items():
        specified = {one["ResourceType"]: one for one in data.get("TagSpecifications", [])}
        for kind in _TAGGED:
            wrong = wrong_tags(specified.get(kind, {}), subject.settings.tags)
            if wrong:
                yield f"the launch template of {name} starts a {kind} with {wrong}"


def node_tags(subject: Subject) -> Iterator[str]:
    """The nodes that run and their volumes carry the settings' tags."""
    for name, instance in instances(subject):
        wrong = wrong_tags(instance, subject.settings.tags)
        if wrong:
            yield f"node {instance['InstanceId']} of {name} has {wrong}"
    for name, _, volume in volumes(subject):
        wrong = wrong_tags(volume, subject.settings.tags)
        if wrong:
            yield f"volume {volume['VolumeId']} of {name} has {wrong}"


def disks(subject: Subject) -> Iterator[str]:
    """Launch templates and running nodes have encrypted gp3 volumes, the one for pods of the settings' size."""
    sizes = {group.name: group.disk_size for group in subject.settings.eks.cluster.node_groups}
    device = _pods_device(subject)
    for name, data in templates(subject).items():
        mapped = {one["DeviceName"]: one.get("Ebs", {}) for one in data.get("BlockDeviceMappings", [])}
        if device not in mapped:
            yield f"the launch template of {name} says nothing of {device}"
        for path, disk in mapped.items():
            size = disk.get("VolumeSize") if path == device else None
            wrong = _wrong_disk(disk.get("Encrypted"), disk.get("VolumeType"), size, sizes.get(name))
            if wrong:
                yield f"the launch template of {name} makes {path} {wrong}"
    for name, path, volume in volumes(subject):
        size = volume["Size"] if path == device else None
        wrong = _wrong_disk(volume.get("Encrypted"), volume.get("VolumeType"), size, sizes.get(name))
        if wrong:
            yield f"volume {volume['VolumeId']} of {name} is {wrong}"


def _pods_device(subject: Subject) -> str:
    """The device that holds pods and images. Bottlerocket keeps them on a second one (unverified here)."""
    bottlerocket = subject.settings.eks.cluster.node_group.ami_type.startswith("BOTTLEROCKET")
    return "/dev/xvdb" if bottlerocket else "/dev/xvda"


def _wrong_disk(encrypted: bool | None, kind: str | None, size: int | None, wanted: int | None) -> str:
    """What is wrong with a volume, for people; empty when nothing is. A size of None is not looked at."""
    found = [] if encrypted else ["not encrypted"]
    if kind != "gp3":
        found.append(f"{kind} instead of gp3")
    if size is not None and wanted is not None and size != wanted:
        found.append(f"{size} GiB instead of {wanted}")
    return ", ".join(found)


INVARIANTS = (
    Invariant(
        "eks-55",
        "Launch templates name no image, profile, subnet or instance type",
        "high",
        "EKS refuses the node group, or stops choosing and updating its image.",
        TEMPLATE_CALLS,
        leaves_to_eks,
    ),
    Invariant(
        "eks-56",
        "Instance metadata asks for a token and answers one hop far",
        "critical",
        "A task's pod can take the node's credentials.",
        (*TEMPLATE_CALLS, *INSTANCE_CALLS),
        metadata,
    ),
    Invariant(
        "eks-57",
        "Launch templates tag instances, volumes and network interfaces",
        "medium",
        "Nodes start without an owner or a place on the bill.",
        TEMPLATE_CALLS,
        template_tags,
    ),
    Invariant(
        "eks-58",
        "Every node and volume carries the stack's tags",
        "medium",
        "What runs has no owner and no place on the bill.",
        VOLUME_CALLS,
        node_tags,
    ),
    Invariant(
        "eks-59",
        "Nodes have encrypted gp3 volumes of the configured size",
        "high",
        "What tasks write lies on disk in the clear, or the disk fills up.",
        (*TEMPLATE_CALLS, *VOLUME_CALLS),
        disks,
    ),
)
