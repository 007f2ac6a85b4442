"""The nodes that a stack's node groups would have, before any of them exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from airflow_infra.catalogue.instance_types import InstanceType, instance_types
from airflow_infra.catalogue.nodes import nodes as node_facts
from airflow_infra.settings.eks import NodeGroup, Taint
from airflow_infra.settings.stack import StackSettings

Milli = dict[str, int]
"""Thousandths by resource: of a core, of a byte, of one."""

UNKNOWN_VALUE = "?"
"""Value of a label that nobody knows before the node exists. No label can have it, so nothing that a pod asks is it."""

_GIB = 1024**3
_MIB = 1024**2
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class Free:
    """What a fresh node has for pods, beside the daemons."""

    resources: Milli
    """By name of the resource, as far as known to be there."""
    memory_at_most: int
    """Memory if the node reported all of its nominal size, thousandths of a byte."""


@dataclass(frozen=True)
class Node:
    """A node as a group may get it: of one of its instance types, in one of the zones."""

    group: str
    instance_type: str
    zone: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    free: Free | None
    """None for an instance type that the catalogue does not know."""


def stack_nodes(settings: StackSettings) -> tuple[Node, ...]:
    """The nodes of every group of a stack, groups in their order, a node for each instance type and zone."""
    return tuple(node for group in settings.eks.cluster.node_groups for node in group_nodes(group, settings))


def group_nodes(group: NodeGroup, settings: StackSettings) -> tuple[Node, ...]:
    """The nodes that one group may get. The Auto Scaling group chooses type and zone."""
    cluster, known = settings.eks.cluster, instance_types().types
    architecture = "arm64" if "ARM_64" in cluster.node_group.ami_type else "x86_64"
    return tuple(
        Node(
            group=group.name,
            instance_type=instance_type,
            zone=zone,
            labels={
                **_labels(group, instance_type, _ARCHITECTURES[architecture], zone, settings.account.region),
                **group.labels,
            },
            taints=group.taints,
            free=_free(known[instance_type], group.disk_size, _daemons(settings)) if instance_type in known else None,
        )
        for instance_type, zone in product(group.instance_types, settings.vpc.availability_zones)
    )


def _labels(group: NodeGroup, instance_type: str, architecture: str, zone: str, region: str) -> dict[str, str]:
    """What the kubelet, the cloud controller and EKS put on a node (as seen on EKS nodes, 2024 to 2026)."""
    labels = {
        "kubernetes.io/arch": architecture,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instance_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        "eks.amazonaws.com/nodegroup": group.name,
        "eks.amazonaws.com/capacityType": group.capacity_type,
    }
    deprecated = {
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": "linux",
        "beta.kubernetes.io/instance-type": instance_type,
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": zone,
    }
    unknown = (
        "kubernetes.io/hostname",
        "k8s.io/cloud-provider-aws",
        "topology.k8s.aws/zone-id",
        "eks.amazonaws.com/nodegroup-image",
        "eks.amazonaws.com/sourceLaunchTemplateId",
        "eks.amazonaws.com/sourceLaunchTemplateVersion",
    )
    return {**labels, **deprecated, **dict.fromkeys(unknown, UNKNOWN_VALUE)}


def _daemons(settings: StackSettings) -> tuple[str, ...]:
    """DaemonSets of the stack. All of them tolerate every taint."""
    return tuple(name for name in node_facts().daemons if name != "kube2iam" or settings.eks.kube2iam is not None)


def _free(instance: InstanceType, disk_gib: int, daemons: tuple[str, ...]) -> Free:
    """Allocatable (capacity less what the node keeps back, and keeps free) less what the daemons request.

    Amazon Linux 2023's nodeadm, July 2026. The pods of the daemons count as pods.
    """
    facts = node_facts()
    kept, evicts = facts.kept_back, facts.evicts_below
    requests = [facts.daemons[name] for name in daemons]
    shares = kept.cpu_percent_of_cores[: instance.vcpu]
    further = max(0, instance.vcpu - len(kept.cpu_percent_of_cores)) * kept.cpu_percent_of_further_cores
    cpu = instance.vcpu * 1000 - round((sum(shares) + further) * 10) - sum(one.cpu_millicores for one in requests)
    nominal = instance.memory_gib * 1024
    taken = kept.memory_mib + kept.memory_mib_per_pod * instance.max_pods + evicts.memory_mib
    taken += sum(one.memory_mib for one in requests)
    seen = int(nominal * (100 - facts.memory_unseen_percent) / 100)
    storage = disk_gib * (100 - evicts.storage_percent) // 100 - kept.storage_gib
    return Free(
        resources={
            "cpu": cpu,
            "memory": (seen - taken) * _MIB * 1000,
            "ephemeral-storage": storage * _GIB * 1000,
            "pods": (instance.max_pods - len(daemons)) * 1000,
        },
        memory_at_most=(nominal - taken) * _MIB * 1000,
    )
