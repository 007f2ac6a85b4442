"""The nodes that node groups would have."""

import pytest
from placement_samples import dev, node_group, with_groups, without_kube2iam

from airflow_infra.assurance.placement.nodes import UNKNOWN_VALUE, Node, stack_nodes
from airflow_infra.settings.eks import Taint

MIB = 1024**2 * 1000


def first(name: str) -> Node:
    return next(node for node in stack_nodes(dev()) if node.group == name)


def test_a_group_may_get_a_node_of_each_type_in_each_zone() -> None:
    standard = [node for node in stack_nodes(dev()) if node.group == "standard"]
    assert {node.instance_type for node in standard} == {"t3a.large", "t3.large", "m6a.large"}
    assert len({(node.instance_type, node.zone) for node in standard}) == len(standard) == 9


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("eks.amazonaws.com/nodegroup", "high-memory"),
        ("eks.amazonaws.com/capacityType", "ON_DEMAND"),
        ("node.kubernetes.io/instance-type", "r6i.4xlarge"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/os", "linux"),
        ("topology.kubernetes.io/zone", "eu-west-1a"),
        ("topology.kubernetes.io/region", "eu-west-1"),
        ("high-memory", "true"),
        ("kubernetes.io/hostname", UNKNOWN_VALUE),
        ("eks.amazonaws.com/nodegroup-image", UNKNOWN_VALUE),
    ],
)
def test_a_node_carries_the_labels_of_kubelet_cloud_and_group(key: str, value: str) -> None:
    assert first("high-memory").labels[key] == value


def test_a_node_carries_the_groups_taints() -> None:
    assert first("high-memory").taints == (Taint(key="high-memory", value="true", effect="NoSchedule"),)


def test_an_arm_image_makes_arm_nodes() -> None:
    settings = dev()
    defaults = settings.eks.cluster.node_group.model_copy(update={"ami_type": "AL2023_ARM_64_STANDARD"})
    cluster = settings.eks.cluster.model_copy(update={"node_group": defaults})
    arm = settings.model_copy(update={"eks": settings.eks.model_copy(update={"cluster": cluster})})
    assert {node.labels["kubernetes.io/arch"] for node in stack_nodes(arm)} == {"arm64"}


@pytest.mark.parametrize(
    ("instance_type", "cpu", "memory_mib", "at_most_mib"),
    # Allocatable as in the notes on versions of November 2026, less 150m of daemons.
    [
        ("t3a.large", 1930 - 150, 6837, 7452),
        ("m6a.large", 1930 - 150, 6903, 7518),
        ("r6i.2xlarge", 7910 - 150, 59627, 64543),
        ("r6i.4xlarge", 15890 - 150, 118312, 128143),
    ],
)
def test_what_is_free_is_the_allocatable_less_the_daemons(
    instance_type: str, cpu: int, memory_mib: int, at_most_mib: int
) -> None:
    free = stack_nodes(with_groups(node_group("one", instance_type)))[0].free
    assert free is not None
    assert free.resources["cpu"] == cpu
    assert free.resources["memory"] == memory_mib * MIB
    assert free.memory_at_most == at_most_mib * MIB


def test_the_volume_less_a_tenth_and_one_gibibyte_is_free_storage() -> None:
    free = stack_nodes(with_groups(node_group("one", "t3.large", disk_size=100)))[0].free
    assert free is not None
    assert free.resources["ephemeral-storage"] == 89 * 1024 * MIB


def test_daemons_take_pods_of_a_node() -> None:
    with_four, with_three = (stack_nodes(settings)[0].free for settings in (dev(), without_kube2iam()))
    assert with_four is not None
    assert with_three is not None
    assert (with_four.resources["pods"], with_three.resources["pods"]) == (31_000, 32_000)


def test_nothing_is_said_of_the_size_of_an_unknown_type() -> None:
    assert stack_nodes(with_groups(node_group("one", "c9z.large")))[0].free is None
