"""The node that is this machine: it runs the pods of Gatekeeper's release as processes, and no others."""

import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from airflow_infra.cluster.api import Api, ApiError, Manifest
from airflow_infra.cluster.outside import gatekeeper, pods
from airflow_infra.cluster.processes import Processes, Running, free_port

NODE = "outside"
HOLD = "hold"
"""While a file of this name lies in the cluster's folder, nothing is started: what was killed stays down."""

NAMESPACE = "gatekeeper-system"
SELECTOR = "gatekeeper.sh/operation"
"""The namespace and the label of the pods that run here."""

_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_LEASE_S = 40
_LEASE_PATH = f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{NODE}"
_FIRST_BACK_OFF_S, _LONGEST_BACK_OFF_S = 1.0, 30.0
_STILL_READY_S = 30.0
"""How long a container that no longer answers counts as ready: three probes, ten seconds apart, as by default."""


@dataclass
class Served:
    """What is remembered of a pod from one look to the next."""

    pod: Manifest
    folder: Path
    secret_version: str = ""
    since: str = ""
    starts: int = 0
    start_again: float = 0
    back_off_s: float = _FIRST_BACK_OFF_S
    ready_until: float = 0
    warned: set[str] = field(default_factory=set[str])


class Node:
    """Look at what should run, and make it so; again and again."""

    def __init__(self, folder: Path, binaries: Path, version: str) -> None:
        self._folder = folder
        self._binary = binaries / "gatekeeper"
        self._version = version
        self._api = Api(folder / "outside.kubeconfig")
        self._authority = (folder / "pki" / "ca.crt").read_bytes()
        self._processes = Processes(folder)
        self._served: dict[str, Served] = {}
        self._is_registered = True  # perhaps, from an earlier life
        self._lease_renewed = 0.0
        self._probe = urllib3.PoolManager(timeout=1, retries=False)

    def look(self) -> bool:
        """One round; whether all is as it should be, so that there is no hurry to look again.

        Raises:
            ClusterError: when the API server does not answer as expected; the next round may be luckier.
        """
        listed = self._api.call("GET", _PODS, labelSelector=SELECTOR, resourceVersion="0")["items"]
        present = {process_name(pod): pod for pod in listed}
        if present:
            self._be_there()
        elif self._is_registered:
            self._leave()
        self._end([name for name, pod in present.items() if "deletionTimestamp" in pod["metadata"]], present)
        self._end([name for name in self._ours() if name not in present], present)
        for name, pod in present.items():
            if "deletionTimestamp" not in pod["metadata"]:
                self._serve(name, pod)
        return bool(present) and all(name in self._served and self._served[name].ready_until for name in present)

    def resolve(self, address: str, port: int) -> int | None:
        """The loopback port of a ready process behind a Service; see network.py."""
        for service in self._api.call("GET", "/api/v1/services")["items"]:
            if service["spec"].get("clusterIP") != address:
                continue
            target = next((p.get("targetPort", port) for p in service["spec"]["ports"] if p["port"] == port), None)
            return self._answering(service["metadata"]["namespace"], service["spec"].get("selector") or {}, target)
        return None

    def _answering(self, namespace: str, selector: Mapping[str, str], target: Any) -> int | None:
        """Each in turn: the one that was asked least recently."""
        for name, served in list(self._served.items()):
            metadata = served.pod["metadata"]
            belongs = metadata["namespace"] == namespace and selector.items() <= metadata["labels"].items()
            running = self._processes.find(name)
            if belongs and running and served.ready_until and str(target) in gatekeeper.webhook_ports(served.pod):
                self._served[name] = self._served.pop(name)
                return running.ports["webhook"]
        return None

    def _serve(self, name: str, pod: Manifest) -> None:
        if not pod["spec"].get("nodeName"):
            pods.bind(self._api, pod, NODE)
            return
        if pod["spec"]["nodeName"] != NODE:
            return
        served = self._served.setdefault(name, Served(pod, self._folder / "pods" / pod["metadata"]["uid"]))
        served.pod = pod
        running = self._processes.find(name)
        if running is None:
            served.ready_until = 0
            state = self._start(name, served)
        else:
            state = pods.running(served.since or pods.now())
            served.since = state["running"]["startedAt"]
        self._write_certificates(served)
        ready = running is not None and self._is_ready(served, running)
        pods.report(self._api, pod, state, max(0, served.starts - 1), ready=ready)

    def _start(self, name: str, served: Served) -> Manifest:
        """Start a pod's process, if it may start now; the state that its container is in then."""
        if served.starts and time.monotonic() < served.start_again:
            return pods.waiting("CrashLoopBackOff", self._processes.tail(name, 3))
        if (self._folder / HOLD).exists():
            return pods.waiting("CrashLoopBackOff", "held down")
        if not self._write_certificates(served):
            return pods.waiting("ContainerCreating", "its secret does not exist")
        ports = {"webhook": free_port(), "health": free_port()}
        place = gatekeeper.Place(self._binary, served.folder, ports["webhook"], ports["health"])
        plan = gatekeeper.plan(served.pod, place, self._version)
        if plan.problems:
            self._warn(served, "; ".join(plan.problems))
            return pods.waiting("CreateContainerConfigError", "; ".join(plan.problems))
        (served.folder / "audit").mkdir(exist_ok=True)
        pods.write_kubeconfig(self._api, served.pod, self._authority, served.folder / "kubeconfig")
        self._processes.start(name, plan.command, ports, plan.environment)
        served.starts += 1
        served.start_again = time.monotonic() + served.back_off_s
        served.back_off_s = min(2 * served.back_off_s, _LONGEST_BACK_OFF_S)
        served.since = pods.now()
        return pods.running(served.since)

    def _write_certificates(self, served: Served) -> bool:
        version = pods.write_mounted_secret(self._api, served.pod, served.folder / "certs", served.secret_version)
        served.secret_version = version or ""
        return version is not None

    def _is_ready(self, served: Served, running: Running) -> bool:
        try:
            answer = self._probe.request("GET", f"http://127.0.0.1:{running.ports['health']}/readyz")
            if answer.status == 200:
                served.ready_until = time.monotonic() + _STILL_READY_S
                served.back_off_s = _FIRST_BACK_OFF_S
        except urllib3.exceptions.HTTPError:
            pass  # not yet, or not at the moment: it counts as ready for a while
        if served.ready_until < time.monotonic():
            served.ready_until = 0
        return served.ready_until > 0

    def _end(self, names: list[str], present: Mapping[str, Manifest]) -> None:
        """Stop the processes of pods that are to go; then their pods may."""
        self._processes.stop(names)
        for name in names:
            served = self._served.pop(name, None)
            if served is not None:
                shutil.rmtree(served.folder, ignore_errors=True)
            if name in present:
                path, uid = pods.path_of(present[name]), present[name]["metadata"]["uid"]
                self._delete_at_once(path, uid)

    def _delete_at_once(self, path: str, uid: str) -> None:
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
        try:
            self._api.call("DELETE", path, options)
        except ApiError as error:
            if error.status not in (404, 409):  # gone, or another of the same name
                raise

    def _ours(self) -> list[str]:
        return [name for name in self._processes.names() if name.startswith("pod.")]

    def _warn(self, served: Served, message: str) -> None:
        if message not in served.warned:
            served.warned.add(message)
            print(f"{served.pod['metadata']['name']}: {message}", file=sys.stderr, flush=True)
            pods.warn(self._api, served.pod, "Failed", message)

    def _be_there(self) -> None:
        """Register the node, which no pod can be scheduled to, and say every few seconds that it lives."""
        if time.monotonic() < self._lease_renewed + _LEASE_S / 4:
            return
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NODE, "namespace": "kube-node-lease"},
            "spec": {
                "holderIdentity": NODE,
                "leaseDurationSeconds": _LEASE_S,
                "renewTime": pods.now().replace("Z", ".000000Z"),
            },
        }
        try:
            self._api.call("POST", "/api/v1/nodes", _node())
        except ApiError as error:
            if error.status != 409:
                raise
        self._api.apply(lease)
        self._lease_renewed = time.monotonic()
        self._is_registered = True

    def _leave(self) -> None:
        for path in (f"/api/v1/nodes/{NODE}", _LEASE_PATH):
            try:
                self._api.call("DELETE", path)
            except ApiError as error:
                if error.status != 404:
                    raise
        self._lease_renewed = 0
        self._is_registered = False


def process_name(pod: Manifest) -> str:
    """What a pod's process is called among those of the cluster."""
    return f"pod.{pod['metadata']['name']}"


def _node() -> Manifest:
    """A node with room for nobody: pods are put here by name, never by the scheduler."""
    room = {"cpu": "0", "memory": "0", "pods": "0"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": NODE}},
        "spec": {"taints": [{"key": NODE, "effect": "NoSchedule"}]},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{"type": "Ready", "status": "True", "reason": "OutsideReady", "message": "by its lease"}],
        },
    }
