"""What a kubelet says about a pod, and what it fetches for it."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_infra.cluster import kubeconfig
from airflow_infra.cluster.api import MERGE, Api, Manifest
from airflow_infra.cluster.files import write_secret
from airflow_infra.cluster.outside.gatekeeper import CERTIFICATES

_TOKEN_S = 7 * 86_400


def path_of(pod: Manifest) -> str:
    """Where a pod lives in the API."""
    metadata = pod["metadata"]
    return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"


def bind(api: Api, pod: Manifest, node: str) -> None:
    """Say that a pod belongs on a node, as the scheduler would."""
    target = {"apiVersion": "v1", "kind": "Node", "name": node}
    body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod["metadata"]["name"]}, "target": target}
    api.call("POST", f"{path_of(pod)}/binding", body)


def waiting(reason: str, message: str) -> Manifest:
    """The state of a container that does not run."""
    return {"waiting": {"reason": reason, "message": message}}


def running(since: str) -> Manifest:
    """The state of a container that runs."""
    return {"running": {"startedAt": since}}


def report(api: Api, pod: Manifest, state: Manifest, restarts: int, *, ready: bool) -> None:
    """Write a pod's status, where it says something else. No address: one on loopback would be refused."""
    container = pod["spec"]["containers"][0]
    phase = "Running" if "running" in state or restarts else "Pending"
    shown: Manifest = {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": ready,
        "started": "running" in state,
        "restartCount": restarts,
        "state": state,
    }
    status = pod.get("status", {})
    if status.get("containerStatuses") == [shown] and status.get("phase") == phase:
        return
    conditions = [
        _condition("PodScheduled", status, holds=True),
        _condition("Initialized", status, holds=True),
        _condition("ContainersReady", status, holds=ready),
        _condition("Ready", status, holds=ready),
    ]
    new = {"phase": phase, "startTime": status.get("startTime") or now()}
    body = {"status": {**new, "conditions": conditions, "containerStatuses": [shown]}}
    api.call("PATCH", f"{path_of(pod)}/status", body, MERGE)


def warn(api: Api, pod: Manifest, reason: str, message: str) -> None:
    """An event that says what is wrong with a pod."""
    metadata = pod["metadata"]
    involved = {"apiVersion": "v1", "kind": "Pod"} | {k: metadata[k] for k in ("name", "namespace", "uid")}
    event: Manifest = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}."},
        "involvedObject": involved,
        "type": "Warning",
        "reason": reason,
        "message": message[:1024],
        "source": {"component": "outside"},
        "firstTimestamp": now(),
        "lastTimestamp": now(),
        "count": 1,
    }
    api.call("POST", f"/api/v1/namespaces/{metadata['namespace']}/events", event)


def write_kubeconfig(api: Api, pod: Manifest, authority: bytes, file: Path) -> None:
    """The identity that a pod has in the cluster: its service account's, by a token that ends with the pod."""
    metadata, account = pod["metadata"], pod["spec"]["serviceAccountName"]
    bound = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": metadata["uid"]}
    spec = {"expirationSeconds": _TOKEN_S, "boundObjectRef": bound}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    namespace = metadata["namespace"]
    answer = api.call("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token", body)
    user = f"system:serviceaccount:{namespace}:{account}"
    write_secret(file, kubeconfig.with_token(api.server, authority, user, answer["status"]["token"]).encode())


def write_mounted_secret(api: Api, pod: Manifest, folder: Path, known: str) -> str | None:
    """Write the secret with the certificates where it is another than the known version; the version now.

    None where there is no such secret: a container that mounts it is not started before.
    """
    container = pod["spec"]["containers"][0]
    mounts = {mount["mountPath"]: mount["name"] for mount in container.get("volumeMounts", [])}
    volumes: dict[str, Any] = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    name = volumes[mounts[CERTIFICATES]]["secret"]["secretName"]
    secret = api.get(f"/api/v1/namespaces/{pod['metadata']['namespace']}/secrets/{name}")
    if secret is None:
        return None
    version = str(secret["metadata"]["resourceVersion"])
    if version != known:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for key, value in (secret.get("data") or {}).items():
            write_secret(folder / key, base64.b64decode(value))
    return version


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(kind: str, status: Manifest, *, holds: bool) -> Manifest:
    value = "True" if holds else "False"
    for condition in status.get("conditions", []):
        if condition["type"] == kind and condition["status"] == value:
            return condition
    return {"type": kind, "status": value, "lastTransitionTime": now()}
