"""The tags of the nodes' Auto Scaling groups, which the Cluster Autoscaler reads."""

from collections.abc import Iterator
from decimal import Decimal

from airflow_infra.assurance.invariants.eks_resources import SCALING_CALLS, auto_scaling_groups, node_groups, tags
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.kubernetes import quantity
from airflow_infra.settings.eks import NodeGroup

_TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
_STORAGE = f"{_TEMPLATE}/resources/ephemeral-storage"
_GIB = 1024**3


def discovery(subject: Subject) -> Iterator[str]:
    """Each Auto Scaling group has the two tags by which the autoscaler of this cluster finds it."""
    wanted = {
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{subject.names.cluster}": "owned",
    }
    for name, group in auto_scaling_groups(subject).items():
        found = tags(group)
        for key, value in wanted.items():
            if found.get(key) != value:
                yield f"the Auto Scaling group of {name} has {key}={found.get(key)!r}, expected {value!r}"


def from_zero(subject: Subject) -> Iterator[str]:
    """A group that may have no nodes says by tags which labels, taints and storage its nodes would have.

    Raises:
        NotCheckedError: none of the settings' groups may scale to nothing.
    """
    scaling = auto_scaling_groups(subject)
    groups = [group for group in subject.settings.eks.cluster.node_groups if group.scaling_config.min_size == 0]
    if not groups:
        raise NotCheckedError("no node group of the settings has a minimum of 0")
    for group in groups:
        found = tags(scaling[group.name])
        for key, value in _node_template(group).items():
            if found.get(key) != value:
                yield f"the Auto Scaling group of {group.name} has {key}={found.get(key)!r}, expected {value!r}"
        storage = quantity(found[_STORAGE]) if _STORAGE in found else Decimal(0)
        if not 0 < storage <= group.disk_size * _GIB:
            yield (
                f"the Auto Scaling group of {group.name} has {_STORAGE}={found.get(_STORAGE)!r}, "
                f"expected something up to the volume's {group.disk_size}Gi"
            )


def _node_template(group: NodeGroup) -> dict[str, str]:
    return {
        **{f"{_TEMPLATE}/label/{key}": value for key, value in group.labels.items()},
        **{f"{_TEMPLATE}/taint/{taint.key}": f"{taint.value}:{taint.effect}" for taint in group.taints},
    }


def no_orphans(subject: Subject) -> Iterator[str]:
    """No Auto Scaling group promises a label or a taint that its node group doesn't have."""
    groups = node_groups(subject)
    for name, scaling in auto_scaling_groups(subject).items():
        group = groups[name]
        real = {f"{_TEMPLATE}/label/{key}" for key in group.get("labels", {})}
        real |= {f"{_TEMPLATE}/taint/{taint['key']}" for taint in group.get("taints", [])}
        for key in tags(scaling):
            if key.startswith((f"{_TEMPLATE}/label/", f"{_TEMPLATE}/taint/")) and key not in real:
                yield f"the Auto Scaling group of {name} has the tag {key}, which its nodes have no more"


INVARIANTS = (
    Invariant(
        "eks-60",
        "The autoscaler finds every Auto Scaling group by its two tags",
        "high",
        "The group keeps its size whatever waits.",
        SCALING_CALLS,
        discovery,
    ),
    Invariant(
        "eks-61",
        "A node group that may be empty says what its nodes would be",
        "high",
        "The autoscaler never starts a first node for the pods that only this group can take.",
        SCALING_CALLS,
        from_zero,
    ),
    Invariant(
        "eks-62",
        "No Auto Scaling group promises nodes that it doesn't have",
        "medium",
        "The autoscaler starts nodes for a pod that then fits on none of them, again and again.",
        SCALING_CALLS,
        no_orphans,
    ),
)
