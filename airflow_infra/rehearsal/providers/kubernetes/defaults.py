"""What an API server adds to a manifest when it stores it, and what its own controllers report at once."""

import base64
from copy import deepcopy
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.client import Object

_RUNS_PODS = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"})


def as_stored(manifest: Object) -> Object:
    """A manifest as the server stores it.

    Only defaults that somebody looks at are modelled: a namespace's name as its label, plain text of a secret as data.
    """
    obj = deepcopy(manifest)
    if obj["apiVersion"] != "v1":
        return obj
    if obj["kind"] == "Namespace":
        metadata = obj["metadata"]
        metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": metadata["name"]}
        obj["spec"] = {"finalizers": ["kubernetes"]}
    if obj["kind"] == "Secret":
        plain = obj.pop("stringData", None) or {}
        if plain:
            encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
            obj["data"] = {**(obj.get("data") or {}), **encoded}
        obj.setdefault("type", "Opaque")
    return obj


def status_of(obj: Object) -> dict[str, Any] | None:
    """The status that Kubernetes itself gives an object at once, or None when that is not modelled."""
    match obj["apiVersion"], obj["kind"]:
        case "v1", "Namespace":
            return {"phase": "Terminating" if obj["metadata"].get("deletionTimestamp") else "Active"}
        case "v1", "ResourceQuota":
            hard = (obj.get("spec") or {}).get("hard") or {}
            return {"hard": hard, "used": dict.fromkeys(hard, "0")}
        case "apiextensions.k8s.io/v1", "CustomResourceDefinition":
            conditions = [{"type": word, "status": "True"} for word in ("NamesAccepted", "Established")]
            stored = [version["name"] for version in obj["spec"]["versions"] if version.get("storage")]
            return {"acceptedNames": obj["spec"]["names"], "conditions": conditions, "storedVersions": stored}
        case _:
            return None


def waits_for_pods(obj: Object) -> bool:
    """Whether an object is only ready when its pods run."""
    return obj["kind"] in _RUNS_PODS and obj["apiVersion"] in {"v1", "apps/v1", "batch/v1"}
