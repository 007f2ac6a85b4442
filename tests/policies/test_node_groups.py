"""What a pod asks of a node group: taints that block, labels that lead there."""

from typing import Any

from airflow_infra.policies.node_groups import blocking_taints, selecting_labels, unique_label
from airflow_infra.settings.eks import NodeGroup, ScalingConfig, Taint

BLOCKING = Taint(key="large", value="true", effect="NoSchedule")
OTHER = Taint(key="gpu", value="true", effect="NoExecute")
POLITE = Taint(key="large", value="true", effect="PreferNoSchedule")
EKS = "eks.amazonaws.com/nodegroup"


def group(name: str, *taints: Taint, **labels: str) -> NodeGroup:
    scaling: Any = ScalingConfig(min_size=0, max_size=1)
    return NodeGroup(name=name, instance_types=("r6i.4xlarge",), scaling_config=scaling, taints=taints, labels=labels)


def test_a_taint_that_only_asks_blocks_nobody() -> None:
    assert blocking_taints(group("a", POLITE, OTHER)) == (OTHER,)


def test_a_group_is_selected_by_its_own_labels_and_by_its_name() -> None:
    large = group("large", BLOCKING, size="large")
    assert selecting_labels(large, (group("standard"), large)) == {"size": "large", EKS: "large"}


def test_a_label_that_leads_to_other_taints_too_selects_nothing() -> None:
    large, standard = group("large", BLOCKING, team="data"), group("standard", team="data")
    assert selecting_labels(large, (standard, large)) == {EKS: "large"}


def test_another_value_of_a_label_is_another_label() -> None:
    large, standard = group("large", BLOCKING, size="large"), group("standard", size="small")
    assert "size" in selecting_labels(large, (standard, large))


def test_groups_of_one_kind_in_several_zones_share_their_label() -> None:
    one, two = group("large-a", BLOCKING, size="large"), group("large-b", BLOCKING, size="large")
    assert selecting_labels(one, (one, two)) == {"size": "large", EKS: "large-a"}


def test_one_of_several_groups_of_one_kind_is_told_by_its_name() -> None:
    one, two = group("large-a", BLOCKING, size="large"), group("large-b", BLOCKING, size="large")
    assert unique_label(two, (one, two)) == (EKS, "large-b")


def test_a_label_of_its_own_goes_before_the_name() -> None:
    large = group("large", BLOCKING, size="large")
    assert unique_label(large, (group("standard"), large)) == ("size", "large")
