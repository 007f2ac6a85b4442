"""The managed node groups: their state, their images, how they are bought and sized."""

import re
from collections.abc import Iterator
from itertools import pairwise

from airflow_infra.assurance.invariants.eks_resources import (
    GROUP_CALLS,
    SCALING_CALLS,
    Description,
    auto_scaling_groups,
    cluster,
    node_groups,
    scaling_group_names,
    standing_groups,
)
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject

_OLDEST_KUBELET = 3
"""How many minors a kubelet may be behind its control plane (Kubernetes version skew policy)."""
_RELEASE = re.compile(r"(\d+\.\d+)\.\d+-\d{8}")
"""Release of an Amazon Linux image. Bottlerocket's are not named after Kubernetes."""
_SPOT_TYPES = 3
_NODES_IN_PRODUCTION = 2


def state(subject: Subject) -> Iterator[str]:
    """The settings' node groups stand, active, healthy, with nodes, and their version fits the control plane's."""
    found = list(_wrong_groups(subject))
    yield from found or _missing_nodes(subject)


def _wrong_groups(subject: Subject) -> Iterator[str]:
    found = standing_groups(subject)
    for settings in subject.settings.eks.cluster.node_groups:
        if settings.name not in found:
            yield f"node group {settings.name} of the settings does not exist"
    control_plane = _minor(cluster(subject)["version"])
    for name, group in found.items():
        if group["status"] != "ACTIVE":
            yield f"node group {name} is {group['status']}, expected ACTIVE"
        for issue in group.get("health", {}).get("issues", []):
            yield f"node group {name}: {issue['code']}: {issue['message']}"
        if not scaling_group_names(group):
            yield f"node group {name} has no Auto Scaling group"
        behind = control_plane - _minor(group["version"])
        if not 0 <= behind <= _OLDEST_KUBELET:
            yield (
                f"node group {name} runs Kubernetes {group['version']} under a control plane of 1.{control_plane}; "
                f"expected at most {_OLDEST_KUBELET} minors behind, and none ahead"
            )


def _missing_nodes(subject: Subject) -> Iterator[str]:
    for name, group in auto_scaling_groups(subject).items():
        in_service = sum(instance["LifecycleState"] == "InService" for instance in group["Instances"])
        if in_service < group["MinSize"]:
            yield f"node group {name} has {in_service} nodes in service, expected {group['MinSize']} or more"


def enough_nodes(subject: Subject) -> Iterator[str]:
    """An untainted on-demand group always runs: two nodes in production, one elsewhere.

    A stack is production when its tag is-production says true.
    """
    production = subject.settings.tags.get("is-production") == "true"
    wanted = _NODES_IN_PRODUCTION if production else 1
    suitable = {
        name: group["scalingConfig"]["minSize"]
        for name, group in node_groups(subject).items()
        if not group.get("taints") and group["capacityType"] == "ON_DEMAND"
    }
    if max(suitable.values(), default=0) < wanted:
        found = ", ".join(f"{name} with {size}" for name, size in suitable.items()) or "none"
        yield f"no untainted on-demand node group has a minimum of {wanted} or more; there is {found}"


def image_type(subject: Subject) -> Iterator[str]:
    """Every group runs the settings' kind of image, and none Amazon Linux 2, whose images ended on 2025-11-26."""
    wanted = subject.settings.eks.cluster.node_group.ami_type
    for name, group in node_groups(subject).items():
        if group["amiType"].startswith("AL2_"):
            yield f"node group {name} runs Amazon Linux 2 ({group['amiType']}), which gets no updates any more"
        elif group["amiType"] != wanted:
            yield f"node group {name} runs {group['amiType']}, expected {wanted}"


def image_release(subject: Subject) -> Iterator[str]:
    """The release of an Amazon Linux image is of the group's own Kubernetes minor.

    Raises:
        NotCheckedError: every group runs another image, whose releases don't name it.
    """
    releases = {
        name: (group["version"], match[1], group["releaseVersion"])
        for name, group in node_groups(subject).items()
        if (match := _RELEASE.fullmatch(group["releaseVersion"]))
    }
    if not releases:
        raise NotCheckedError("no node group runs Amazon Linux: releases of other images don't name Kubernetes' minor")
    for name, (version, minor, release) in releases.items():
        if minor != version:
            yield f"node group {name} of Kubernetes {version} runs the image release {release}"


def equal_types(subject: Subject) -> Iterator[str]:
    """Instance types of a group are of equal CPU and memory, and a SPOT group has three of them or more.

    The autoscaler plans every node of a group as if it were of the first type (Cluster Autoscaler on AWS, 1.36).
    """
    groups = node_groups(subject)
    sizes = _sizes(subject, sorted({type_ for group in groups.values() for type_ in group.get("instanceTypes", [])}))
    for name, group in groups.items():
        types = group.get("instanceTypes", [])
        if not types:
            yield f"node group {name} names no instance types"
        if group["capacityType"] == "SPOT" and len(types) < _SPOT_TYPES:
            yield f"node group {name} is SPOT with {', '.join(types)} only; expected {_SPOT_TYPES} types or more"
        for one, other in pairwise(types):
            if sizes[one] != sizes[other]:
                cpu, memory = sizes[one]
                other_cpu, other_memory = sizes[other]
                yield (
                    f"node group {name} mixes {one} ({cpu} vCPU, {memory} MiB) "
                    f"with {other} ({other_cpu} vCPU, {other_memory} MiB)"
                )


def _sizes(subject: Subject, types: list[str]) -> dict[str, tuple[int, int]]:
    """CPUs and memory in MiB by instance type."""
    if not types:
        return {}
    answer: list[Description] = subject.look.all("ec2", "describe_instance_types", "InstanceTypes", InstanceTypes=types)
    return {one["InstanceType"]: (one["VCpuInfo"]["DefaultVCpus"], one["MemoryInfo"]["SizeInMiB"]) for one in answer}


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


INVARIANTS = (
    Invariant(
        "eks-52",
        "The node groups are active, with nodes, and of a version that fits the control plane",
        "critical",
        "Tasks find no node, or their nodes leave the cluster.",
        ("eks:DescribeCluster", *SCALING_CALLS),
        state,
    ),
    Invariant(
        "eks-53",
        "No node runs Amazon Linux 2, and every one the configured kind of image",
        "high",
        "Nodes get no security updates.",
        GROUP_CALLS,
        image_type,
    ),
    Invariant(
        "eks-54",
        "The node image's release is of the node group's Kubernetes minor",
        "high",
        "EKS refuses the next change of the group.",
        GROUP_CALLS,
        image_release,
    ),
    Invariant(
        "eks-67",
        "Something always runs what the platform needs: an untainted on-demand group that never scales to nothing",
        "high",
        "CoreDNS, Gatekeeper and the autoscaler have no place, and every task waits for a first node.",
        GROUP_CALLS,
        enough_nodes,
    ),
    Invariant(
        "eks-68",
        "Instance types of a node group are alike, and a SPOT group has three or more",
        "medium",
        "The autoscaler adds nodes that a pod doesn't fit on; one type's shortage stops a SPOT group.",
        (*GROUP_CALLS, "ec2:DescribeInstanceTypes"),
        equal_types,
    ),
)
