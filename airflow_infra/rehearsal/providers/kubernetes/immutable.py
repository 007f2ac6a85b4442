"""Fields that cannot change in place: what Pulumi replaces an object for, and what the API server refuses.

Source of REPLACING: the table of pulumi-kubernetes' provider (provider/pkg/provider/diff.go at commit cafe8c4a, read
2026-11-22; that 4.34.2 still has the same table was not verified). Source of IMMUTABLE: Kubernetes' API reference
(general knowledge).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind

Path = tuple[str | int, ...]

_SELECTOR = ("spec.selector",)
_JOB = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")
_STATEFUL_SET = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)
_CLAIM = ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName")
_STORAGE_CLASS = ("parameters", "provisioner")

REPLACING: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): _STATEFUL_SET,
    ("", "PersistentVolumeClaim"): _CLAIM,
    # Beside these, pulumi-kubernetes changes a pod's image and a few more in place only when asked to: all replace.
    ("", "Pod"): ("spec",),
    ("", "ResourceQuota"): ("spec.scopes",),
    ("", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): _STORAGE_CLASS,
    ("batch", "Job"): _JOB,
}
"""Paths whose change replaces an object, by group and kind, beside its name and namespace."""

IMMUTABLE: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): ("spec.selector", "spec.serviceName", "spec.podManagementPolicy"),
    ("", "PersistentVolumeClaim"): _CLAIM,
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP",),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): _STORAGE_CLASS,
    ("batch", "Job"): ("spec.completions", "spec.selector", "spec.template"),
}
"""Paths that the API server refuses to change."""


def replacing(kind: Kind, manifest: Mapping[str, Any], mutable_secrets: bool, mutable_config_maps: bool) -> list[str]:
    """Paths whose change replaces an object. Secrets and config maps are kept in place only where the provider says."""
    paths = ["metadata.name", "metadata.namespace"]
    frozen = manifest.get("immutable") is True
    if (kind.group, kind.kind) == ("", "Secret"):
        paths += ["type"] if mutable_secrets and not frozen else ["type", "stringData", "data"]
    elif (kind.group, kind.kind) == ("", "ConfigMap"):
        paths += [] if mutable_config_maps and not frozen else ["binaryData", "data"]
    else:
        paths += () if kind.custom else REPLACING.get((kind.group, kind.kind), ())
    return paths


def immutable_problems(kind: Kind, standing: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[Problem]:
    """Changes that the API server refuses."""
    paths = list(() if kind.custom else IMMUTABLE.get((kind.group, kind.kind), ()))
    if kind.kind in {"Secret", "ConfigMap"} and standing.get("immutable") is True:
        paths += ["data", "binaryData", "stringData", "immutable"]
    return [
        Problem(path, "the field is immutable")
        for path in paths
        if _at(manifest, path) is not None and _at(manifest, path) != _at(standing, path)
    ]


def changed_paths(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of the smallest parts that differ; lists of different length differ as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if key not in old or key not in new:
                yield (*path, key)
            else:
                yield from changed_paths(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changed_paths(before, after, (*path, index))
    elif old != new:
        yield path


def _at(manifest: Mapping[str, Any], path: str) -> Any:
    value: Any = manifest
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
