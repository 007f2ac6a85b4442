"""Our placement against kube-scheduler: where generated pods land on kwok nodes that are as the stack's would be."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.assurance.placement.nodes import UNKNOWN_VALUE, Node, stack_nodes
from airflow_infra.assurance.placement.placement import Placement
from airflow_infra.assurance.placement.scheduling import Obstacle, label_obstacles, requested, resource_obstacles
from airflow_infra.cluster.api import Api, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.kwok import FakeNodes
from airflow_infra.settings.eks import NodeGroup
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings
from tests.e2e.generated_pods import PodGenerator, names_nodes

PROJECT = Path(__file__).parents[2]
PODS = 2200
SEED = 20261122
PATH = "/api/v1/namespaces/default/pods"
ODD_GROUP = {
    "name": "odd",
    "instance_types": ["m6i.large"],
    "scaling_config": {"min_size": 0, "max_size": 1},
    "labels": {"cores": "16"},
    "taints": [
        {"key": "dedicated", "value": "a", "effect": "NoExecute"},
        {"key": "soft", "value": "b", "effect": "PreferNoSchedule"},
        {"key": "empty", "effect": "NoSchedule"},
    ],
}
"""A group beside the dev stack's: a label that is a number, every effect, a taint without a value."""


@dataclass(frozen=True)
class Answer:
    """A pod, and what the scheduler made of it."""

    pod: Manifest
    node: str | None
    message: str
    """Why it is pending."""


def settings() -> StackSettings:
    stack = load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings
    odd = NodeGroup.model_validate_json(json.dumps(ODD_GROUP), strict=True)
    cluster = stack.eks.cluster.model_copy(update={"node_groups": (*stack.eks.cluster.node_groups, odd)})
    return stack.model_copy(update={"eks": stack.eks.model_copy(update={"cluster": cluster})})


SETTINGS = settings()
NODES = {f"{node.group}-{node.instance_type}-{node.zone}": node for node in stack_nodes(SETTINGS)}


def manifest(name: str, node: Node) -> Manifest:
    """A node as it would register itself. What nobody knows beforehand is its name here."""
    assert node.free is not None
    labels = {key: name if value == UNKNOWN_VALUE else value for key, value in node.labels.items()}
    size = {
        resource: f"{amount}m" if resource == "cpu" else str(amount // 1000)
        for resource, amount in node.free.resources.items()
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": [taint.model_dump() for taint in node.taints]},
        "status": {"capacity": size, "allocatable": size},
    }


@pytest.fixture(scope="module")
def answers(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Answer]]:
    """What the scheduler made of each pod on empty nodes: one pod at a time. A cluster without any other node."""
    cluster = Cluster(tmp_path_factory.mktemp("placement") / "cluster", binaries)
    cluster.up()
    try:
        FakeNodes(cluster).add(manifest(name, node) for name, node in NODES.items())
        api = cluster.api()
        yield [answer(api, pod) for pod in PodGenerator([*NODES.values()], SEED).pods(PODS)]
    finally:
        cluster.down()


def answer(api: Api, pod: Manifest) -> Answer:
    path = f"{PATH}/{pod['metadata']['name']}"
    api.call("POST", PATH, pod)
    last_call = time.monotonic() + 30
    while time.monotonic() < last_call:
        found = api.call("GET", path)
        node, message = found["spec"].get("nodeName"), unschedulable(found)
        if node or message:
            api.call("DELETE", path, gracePeriodSeconds="0")
            return Answer(pod, node, message)
    raise AssertionError(f"{path}: the scheduler has not decided after 30 s")


def unschedulable(pod: Manifest) -> str:
    conditions: list[dict[str, Any]] = pod["status"].get("conditions", [])
    return next((one["message"] for one in conditions if one.get("reason") == "Unschedulable"), "")


def obstacles(pod: Manifest, node: Node) -> list[Obstacle]:
    spec = pod["spec"]
    return [*label_obstacles(spec, node.labels, node.taints), *resource_obstacles(requested(spec), node)]


def fitting(pod: Manifest) -> list[str]:
    return [name for name, node in NODES.items() if not obstacles(pod, node)]


def expected_message(pod: Manifest) -> str:
    """The beginning of what the scheduler says: of each node the first plugin that refuses it, with all it says."""
    reasons: Counter[str] = Counter()
    for node in NODES.values():
        found = obstacles(pod, node)
        reasons.update({one.message for one in found if one.filter == found[0].filter})
    counts = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    return f"0/{len(NODES)} nodes are available: {counts}."


def test_pods_land_where_our_answer_lets_them_and_nowhere_else(
    answers: list[Answer], record_property: Callable[[str, object], None]
) -> None:
    expected = [fitting(one.pod) for one in answers]
    wrong = [
        (one.pod["spec"], one.node or one.message, names)
        for one, names in zip(answers, expected, strict=True)
        if (one.node not in names if one.node else names)
    ]
    placed = sum(one.node is not None for one in answers)
    alone = sum(len(names) == 1 for names in expected)
    record_property(
        "compared",
        f"{len(answers)} pods placed by kube-scheduler on {len(NODES)} nodes and by check: {placed} placed ("
        f"{alone} where one node alone fits), {len(answers) - placed} pending, {len(wrong)} disagreements",
    )
    assert wrong == []


def test_a_pending_pod_is_pending_for_our_reasons(
    answers: list[Answer], record_property: Callable[[str, object], None]
) -> None:
    pending = [one for one in answers if one.node is None and not names_nodes(one.pod["spec"])]
    wrong = [
        (one.pod["spec"], one.message, expected)
        for one in pending
        if not one.message.startswith(expected := expected_message(one.pod))
    ]
    record_property(
        "compared", f"{len(pending)} messages of kube-scheduler with check's reasons: {len(wrong)} disagreements"
    )
    assert wrong == []


def test_the_group_where_a_pod_landed_is_said_to_fit(answers: list[Answer]) -> None:
    placement = Placement(SETTINGS)
    wrong: list[tuple[Any, ...]] = []
    for one in answers:
        groups = [
            group.name for group in placement.place(one.pod["spec"], requested(one.pod["spec"])).groups if group.fits
        ]
        if (NODES[one.node].group not in groups) if one.node else groups:
            wrong.append((one.pod["spec"], one.node, groups))
    assert wrong == []


def test_the_comparison_meets_every_reason_and_every_group(answers: list[Answer]) -> None:
    messages = [one.message for one in answers]
    for reason in ("untolerated taint", "didn't match Pod's node affinity", "Insufficient cpu", "Insufficient memory"):
        assert sum(reason in message for message in messages) > 100, reason
    landed = Counter(NODES[one.node].group for one in answers if one.node)
    assert set(landed) == {"standard", "high-memory", "odd"}
    assert min(landed.values()) > 30
