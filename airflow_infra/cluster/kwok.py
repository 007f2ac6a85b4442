"""Nodes that exist for the scheduler alone: kwok keeps them ready, and lets pods that land on them seem to run."""

import time
from collections.abc import Iterable
from typing import Any

from airflow_infra.cluster.api import Api, ApiError, Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.errors import ClusterError

KWOK = "kwok"
_FAKE = "kwok.x-k8s.io/node"
_STAGES = ("node/fast", "pod/fast")
_LEASE_S = 40


class FakeNodes:
    """The fake nodes of a cluster.

    Starts kwok, if it does not run yet; it ends with the cluster.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._api: Api = cluster.api()
        if cluster.processes.find(KWOK) is None:
            self._start()

    def add(self, nodes: Iterable[Manifest], patience_s: float = 30) -> None:
        """Register nodes (labels, taints, capacity and allocatable as given) and wait until they can take pods.

        Raises:
            ClusterError: when one is refused, stands already, or is not ready in time.
        """
        names: set[str] = set()
        for node in nodes:
            self._api.call("POST", "/api/v1/nodes", _marked(node))
            names.add(node["metadata"]["name"])
        last_call = time.monotonic() + patience_s
        while waiting := names - self._ready():
            if time.monotonic() > last_call:
                tail = self._cluster.processes.tail(KWOK)
                raise ClusterError(f"nodes not ready after {patience_s:.0f} s: {', '.join(sorted(waiting))}\n{tail}")
            time.sleep(0.05)

    def remove(self, names: Iterable[str]) -> None:
        """Remove nodes. Pods that are bound to them should be deleted before; nobody would end them."""
        for name in names:
            try:
                self._api.call("DELETE", f"/api/v1/nodes/{name}")
            except ApiError as error:
                if error.status != 404:
                    raise

    def _start(self) -> None:
        stages = self._cluster.binaries / "stages"
        files = [file for folder in _STAGES for file in sorted((stages / folder).glob("*-*.yaml"))]
        command = [
            self._cluster.binaries / "kwok",
            f"--kubeconfig={self._cluster.kubeconfig('kwok')}",
            f"--manage-nodes-with-annotation-selector={_FAKE}=fake",
            f"--node-lease-duration-seconds={_LEASE_S}",
            "--node-ip=127.0.0.1",
            *(f"--config={file}" for file in files),
        ]
        self._cluster.processes.start(KWOK, command)

    def _ready(self) -> set[str]:
        return {node["metadata"]["name"] for node in self._api.call("GET", "/api/v1/nodes")["items"] if _is_ready(node)}


def _marked(node: Manifest) -> Manifest:
    metadata = node["metadata"]
    return {**node, "metadata": {**metadata, "annotations": {**metadata.get("annotations", {}), _FAKE: "fake"}}}


def _is_ready(node: Manifest) -> bool:
    """Ready, and said so by the controller that keeps pods off nodes that are not."""
    conditions: list[dict[str, Any]] = node["status"].get("conditions", [])
    keys = {taint["key"] for taint in node["spec"].get("taints", [])}
    is_ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return is_ready and "node.kubernetes.io/not-ready" not in keys
