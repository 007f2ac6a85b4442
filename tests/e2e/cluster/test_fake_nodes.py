"""Fake nodes and the real scheduler."""

import time
from collections.abc import Iterator

import pytest

from airflow_infra.cluster.api import Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.kwok import FakeNodes

TAINT = {"key": "high-memory", "value": "true", "effect": "NoSchedule"}


def node(name: str, taints: list[dict[str, str]]) -> Manifest:
    size = {"cpu": "2", "memory": "8Gi", "pods": "10"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {"taints": taints},
        "status": {"capacity": size, "allocatable": size},
    }


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[FakeNodes]:
    nodes = FakeNodes(cluster)
    nodes.add([node("fake-standard", []), node("fake-tainted", [TAINT])])
    yield nodes
    nodes.remove(["fake-standard", "fake-tainted"])


def test_a_pod_that_tolerates_nothing_runs_on_the_node_without_taints(cluster: Cluster, nodes: FakeNodes) -> None:
    api = cluster.api()
    path = "/api/v1/namespaces/default/pods"
    pod = {"metadata": {"name": "task"}, "spec": {"containers": [{"name": "base", "image": "local.invalid/task:1"}]}}
    api.call("POST", path, pod)
    last_call = time.monotonic() + 30
    while (placed := api.call("GET", f"{path}/task"))["status"]["phase"] != "Running" and time.monotonic() < last_call:
        time.sleep(0.05)
    api.call("DELETE", f"{path}/task", gracePeriodSeconds="0")

    assert (placed["spec"].get("nodeName"), placed["status"]["phase"]) == ("fake-standard", "Running")
