"""Kubernetes objects: which of them hold a pod, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, cast

from airflow_infra.assurance.check.lines import Path
from airflow_infra.assurance.check.types import Manifest

# Where the pod of a workload stands, by API version and kind (Kubernetes 1.36 API reference).
_TEMPLATES: dict[tuple[str, str], Path] = {
    ("v1", "Pod"): (),
    ("v1", "PodTemplate"): ("template",),
    ("v1", "ReplicationController"): ("spec", "template"),
    ("apps/v1", "DaemonSet"): ("spec", "template"),
    ("apps/v1", "Deployment"): ("spec", "template"),
    ("apps/v1", "ReplicaSet"): ("spec", "template"),
    ("apps/v1", "StatefulSet"): ("spec", "template"),
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch/v1", "Job"): ("spec", "template"),
}

# Kinds of Kubernetes itself and of what this platform installs that hold no pod, by API group.
_WITHOUT_POD: dict[str, str] = {
    "": "Binding ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume PersistentVolumeClaim "
    "ResourceQuota Secret Service ServiceAccount",
    "admission.k8s.io": "AdmissionReview",
    "admissionregistration.k8s.io": "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding "
    "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "ValidatingWebhookConfiguration",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "apiregistration.k8s.io": "APIService",
    "apps": "ControllerRevision",
    "autoscaling": "HorizontalPodAutoscaler",
    "certificates.k8s.io": "CertificateSigningRequest",
    "config.gatekeeper.sh": "Config",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
    "kustomize.config.k8s.io": "Kustomization",
    "mutations.gatekeeper.sh": "Assign AssignMetadata ModifySet",
    "networking.k8s.io": "Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR",
    "node.k8s.io": "RuntimeClass",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding Role RoleBinding",
    "resource.k8s.io": "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment VolumeAttributesClass",
    "templates.gatekeeper.sh": "ConstraintTemplate",
    "test.gatekeeper.sh": "Suite",
}
_KNOWN_WITHOUT_POD = {(group, kind) for group, kinds in _WITHOUT_POD.items() for kind in kinds.split()}
_ALL_CONSTRAINTS = "constraints.gatekeeper.sh"
_KINDS = sorted({kind for _, kind in _TEMPLATES} | {kind for _, kind in _KNOWN_WITHOUT_POD} | {"List"})


@dataclass(frozen=True, slots=True)
class HeldPod:
    """A pod and where it stands in its document."""

    kind: str
    """What holds it: Pod, Job ..."""
    name: str
    pod: Manifest
    at: Path
    """Of the object that holds it: empty, or an item of a list."""
    template: Path
    """Of the pod inside that object."""


@dataclass(frozen=True, slots=True)
class WithoutPod:
    """An object of a known kind that holds no pod."""

    kind: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """An object that cannot be checked."""

    message: str
    at: Path
    """The field in question."""


def held_pods(document: Any) -> Iterator[HeldPod | WithoutPod | Unusable]:
    """The pods of a document: of the object itself, or of every item of a list."""
    if isinstance(document, dict):
        yield from _object(cast(Manifest, document), ())
    else:
        yield Unusable(f"expected an object with apiVersion and kind, got {_words(document)}", ())


def _object(found: Manifest, at: Path) -> Iterator[HeldPod | WithoutPod | Unusable]:
    version, kind = found.get("apiVersion"), found.get("kind")
    if not isinstance(kind, str) or not kind:
        yield Unusable(f"kind: {_missing(kind)}: expected the kind of a Kubernetes object, such as Pod", (*at, "kind"))
    elif not isinstance(version, str) or not version:
        expected = _version_of(kind) or "v1"
        yield Unusable(f"apiVersion: {_missing(version)}: expected such as {expected}", (*at, "apiVersion"))
    elif (version, kind) in _TEMPLATES:
        yield _held(found, version, kind, at)
    elif kind.endswith("List"):
        yield from _items(found, version, kind, at)
    elif _holds_none(version, kind):
        yield WithoutPod(kind)
    else:
        yield _unknown_kind(version, kind, at)


def _held(found: Manifest, version: str, kind: str, at: Path) -> HeldPod | Unusable:
    template = _TEMPLATES[version, kind]
    holder = found
    for step, part in enumerate(template):
        inside = holder.get(str(part))
        if not isinstance(inside, dict):
            path = ".".join(map(str, template[: step + 1]))
            return Unusable(f"{kind} without a pod: {path} is {_missing(inside)}: expected a block", (*at, *template))
        holder = cast(Manifest, inside)
    if not isinstance(holder.get("spec"), dict):
        path = ".".join(map(str, (*template, "spec")))
        message = f"{kind} without a pod: {path} is {_missing(holder.get('spec'))}: expected a block with containers"
        return Unusable(message, (*at, *template, "spec"))
    metadata = found.get("metadata")
    own = cast(Manifest, metadata) if isinstance(metadata, dict) else {}
    name = own.get("name") or own.get("generateName")
    name = name if isinstance(name, str) else "(without name)"
    if not template:
        return HeldPod(kind, name, found, at, ())
    inner = holder.get("metadata")
    if inner is None or isinstance(inner, dict):
        # The controller names the pod after itself and makes it in its own namespace.
        named = {key: own[key] for key in ("name", "namespace") if key in own}
        inner = {**cast(Manifest, inner or {}), **named}
    return HeldPod(kind, name, {**holder, "apiVersion": "v1", "kind": "Pod", "metadata": inner}, at, template)


def _items(found: Manifest, version: str, kind: str, at: Path) -> Iterator[HeldPod | WithoutPod | Unusable]:
    items = found.get("items")
    if not isinstance(items, list):
        yield Unusable(f"{kind} without items: items is {_missing(items)}: expected a list", (*at, "items"))
        return
    for index, item in enumerate(cast(list[Any], items)):
        here = (*at, "items", index)
        if not isinstance(item, dict):
            yield Unusable(f"expected an object with apiVersion and kind, got {_words(item)}", here)
            continue
        # An item of a PodList need not repeat what it is.
        typed = {} if kind == "List" else {"apiVersion": version, "kind": kind.removesuffix("List")}
        yield from _object({**typed, **cast(Manifest, item)}, here)


def _holds_none(version: str, kind: str) -> bool:
    group = version.rpartition("/")[0]
    return (group, kind) in _KNOWN_WITHOUT_POD or group == _ALL_CONSTRAINTS


def _unknown_kind(version: str, kind: str, at: Path) -> Unusable:
    expected = _version_of(kind)
    if expected:
        return Unusable(f"apiVersion: {kind} is served as {expected}, not as {version}", (*at, "apiVersion"))
    close = get_close_matches(kind, _KINDS, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ": whether it makes pods cannot be told"
    return Unusable(f"kind {kind} of {version} is not known{hint}", (*at, "kind"))


def _version_of(kind: str) -> str | None:
    """The API version under which Kubernetes serves a kind that holds a pod."""
    return next((version for version, other in _TEMPLATES if other == kind), None)


def _missing(value: Any) -> str:
    return "missing" if value is None else _words(value)


def _words(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a block" if value else "an empty block"
        case list():
            return "a list"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value) if len(value) <= 40 else f"{value[:40]!r}..."
        case _:
            return str(value)[:40]
