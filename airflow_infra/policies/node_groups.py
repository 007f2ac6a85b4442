"""How a pod asks for one node group and no other: by the group's taints and labels."""

from collections.abc import Sequence

from airflow_infra.settings.eks import NodeGroup, Taint


def blocking_taints(group: NodeGroup) -> tuple[Taint, ...]:
    """Taints that keep pods away. PreferNoSchedule only asks for it."""
    return tuple(taint for taint in group.taints if taint.effect != "PreferNoSchedule")


def labels(group: NodeGroup) -> dict[str, str]:
    """Labels by which a group can be told from others: its own, and last the one that EKS gives its nodes.

    EKS labels every node with the name of its managed node group (EKS user guide).
    """
    return {**group.labels, "eks.amazonaws.com/nodegroup": group.name}


def selecting_labels(group: NodeGroup, groups: Sequence[NodeGroup]) -> dict[str, str]:
    """Labels that lead to this group, or to groups with the very same taints, and nowhere else."""
    return {
        key: value
        for key, value in labels(group).items()
        if all(_blocking(other) == _blocking(group) for other in groups if labels(other).get(key) == value)
    }


def unique_label(group: NodeGroup, groups: Sequence[NodeGroup]) -> tuple[str, str]:
    """The first label, key and value, that no other group has."""
    return next(
        (key, value)
        for key, value in labels(group).items()
        if all(other is group or labels(other).get(key) != value for other in groups)
    )


def _blocking(group: NodeGroup) -> frozenset[Taint]:
    return frozenset(blocking_taints(group))
