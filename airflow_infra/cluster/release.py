"""Gatekeeper's release without the program: for tests that want Gatekeeper and nothing else of a stack."""

import base64
import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import urllib3
from ruamel.yaml import YAML

from airflow_infra.cluster.api import Manifest
from airflow_infra.cluster.cluster import Cluster
from airflow_infra.cluster.errors import ClusterError
from airflow_infra.cluster.outside.node import HOLD, NAMESPACE, SELECTOR, process_name
from airflow_infra.cluster.pki import Authority, Pair

_DEPLOYMENTS = ("gatekeeper-audit", "gatekeeper-controller-manager")
_HOOK = "helm.sh/hook"
_NAMESPACE: Manifest = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": NAMESPACE,
        "labels": {
            "admission.gatekeeper.sh/ignore": "no-self-managing",
            "pod-security.kubernetes.io/enforce": "restricted",
        },
    },
}


class Gatekeeper:
    """The Gatekeeper of a cluster: installed from its chart, ready, and at the mercy of tests."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._api = cluster.api()
        self._has_expired = False

    def install(self, values: Mapping[str, Any] | None = None, patience_s: float = 60) -> None:
        """Render the chart at hand, apply all of it but the hooks, and wait until it works.

        Raises:
            ClusterError: when it does not become ready, or its flags can't be carried over to this machine.
        """
        chart = self._cluster.binaries / "charts" / "gatekeeper"
        definitions = [
            one for file in sorted((chart / "crds").glob("*.yaml")) for one in YAML(typ="safe").load_all(file)
        ]
        self._api.apply(_NAMESPACE, *definitions)
        self._api.apply(*self._rendered(chart, values or {}))
        self.await_ready(patience_s)

    def await_ready(self, patience_s: float = 60) -> None:
        """Wait until both Deployments are available, and the processes of all their pods answer.

        Raises:
            ClusterError: when they are not in time, or a pod can't be run outside the cluster: with the reason.
        """

        def ready() -> bool:
            if problems := self.problems():
                raise ClusterError(f"Gatekeeper's release can't run outside the cluster: {'; '.join(problems)}")
            return all(map(self._is_available, _DEPLOYMENTS)) and all(map(self._answers, self._pods()))

        if not _until(ready, patience_s):
            logs = "\n".join(f"{name}: {self._cluster.processes.tail(name, 4)}" for name in self.processes())
            raise ClusterError(f"Gatekeeper was not ready after {patience_s:.0f} s.\n{logs}")

    def problems(self) -> list[str]:
        """Why pods of the release can't be run as the release says."""
        states = [
            status.get("state", {}).get("waiting", {})
            for pod in self._pods()
            for status in pod.get("status", {}).get("containerStatuses", [])
        ]
        found = [state["message"] for state in states if state.get("reason") == "CreateContainerConfigError"]
        return sorted(set(found))

    def processes(self) -> list[str]:
        """The names of its processes that run."""
        names = {process_name(pod) for pod in self._pods()}
        return sorted(names & set(self._cluster.processes.names()))

    def kill(self) -> None:
        """Kill all of them; they stay down until `revive`."""
        (self._cluster.folder / HOLD).touch()
        for name in self.processes():
            self._cluster.processes.signal(name, signal.SIGKILL)
        _until(lambda: not self.processes(), 10)

    def revive(self, patience_s: float = 60) -> None:
        """Let them run again, after `kill`, `hold` or `expire`, and wait until they are ready."""
        (self._cluster.folder / HOLD).unlink(missing_ok=True)
        for name in self.processes():
            self._cluster.processes.signal(name, signal.SIGCONT)
        if self._has_expired:
            self._show(_pair(self._secret(), "tls"))
            self._has_expired = False
        self.await_ready(patience_s)

    def hold(self) -> None:
        """Make all of them so slow that none answers; connections to them are still accepted."""
        for name in self.processes():
            self._cluster.processes.signal(name, signal.SIGSTOP)

    def expire(self, patience_s: float = 60) -> None:
        """Let the webhooks show a certificate that expired an hour ago, by the authority that they are trusted by."""
        authority = Authority.of(_pair(self._secret(), "ca"))
        self._has_expired = True
        self._show(authority.server([f"gatekeeper-webhook-service.{NAMESPACE}.svc"], timedelta(hours=-1)))
        self.await_ready(patience_s)

    def _show(self, pair: Pair) -> None:
        """Start the webhooks anew with a certificate: connections that stand would go on with the one before."""
        pods = [pod for pod in self._pods() if pod["metadata"]["labels"][SELECTOR] == "webhook"]
        for pod in pods:
            pair.write(self._cluster.folder / "pods" / pod["metadata"]["uid"] / "certs", "tls")
        before, killed = self._cluster.parts(), [process_name(pod) for pod in pods]
        for name in killed:
            self._cluster.processes.signal(name, signal.SIGKILL)
        _until(lambda: all(self._cluster.parts().get(name) not in (None, before.get(name)) for name in killed), 30)

    def _secret(self) -> Manifest:
        return self._api.call("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/gatekeeper-webhook-server-cert")

    def _rendered(self, chart: Path, values: Mapping[str, Any]) -> list[Manifest]:
        command = [self._cluster.binaries / "helm", "template", "gatekeeper", chart, "-n", NAMESPACE, "--values", "-"]
        done = subprocess.run(  # noqa: S603
            command, input=json.dumps(values), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ClusterError(f"helm template: {done.stderr.strip()}")
        manifests = [one for one in YAML(typ="safe").load_all(done.stdout) if one]
        return [one for one in manifests if _HOOK not in (one["metadata"].get("annotations") or {})]

    def _is_available(self, deployment: str) -> bool:
        found = self._api.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{deployment}")
        if found is None:
            return False
        status, wanted = found.get("status", {}), found["spec"]["replicas"]
        is_current = status.get("observedGeneration") == found["metadata"]["generation"]
        return is_current and status.get("availableReplicas", 0) == status.get("updatedReplicas", 0) == wanted

    def _answers(self, pod: Manifest) -> bool:
        running = self._cluster.processes.find(process_name(pod))
        if running is None:
            return False
        try:
            url = f"http://127.0.0.1:{running.ports['health']}/readyz"
            return urllib3.request("GET", url, timeout=1, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _pods(self) -> list[Manifest]:
        path = f"/api/v1/namespaces/{NAMESPACE}/pods"
        return list(self._api.call("GET", path, labelSelector=SELECTOR)["items"])


def _pair(secret: Manifest, name: str) -> Pair:
    data = secret["data"]
    return Pair(base64.b64decode(data[f"{name}.crt"]), base64.b64decode(data[f"{name}.key"]))


def _until(settled: Callable[[], bool], patience_s: float) -> bool:
    last_call = time.monotonic() + patience_s
    while not settled():
        if time.monotonic() > last_call:
            return False
        time.sleep(0.1)
    return True
