"""What the API server refuses in a pod whose types are right: status 422, before any policy speaks.

Rules of Kubernetes 1.36.3, pkg/apis/core/validation (read November 2026), for the fields that policies or placement
look at, and for what a hand-written pod is likely to get wrong. Left out, so that such a pod is admitted here and
refused there: probes, lifecycle, DNS and host aliases, claims of devices, topology spread, selectors of pod affinity,
Windows, a service account that does not exist, and the inner fields of volumes other than those named in
validation_volumes.py.
"""

from collections.abc import Iterator
from functools import lru_cache

from airflow_infra.assurance.admission.validation_containers import (
    container_problems,
    resource_problems,
    security_problems,
)
from airflow_infra.assurance.admission.validation_placement import affinity_problems, toleration_problems
from airflow_infra.assurance.admission.validation_volumes import volume_problems
from airflow_infra.assurance.admission.wording import LARGEST_ID, Problem, not_one_of
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.rehearsal.providers.kubernetes.syntax import (
    is_dns_label,
    is_dns_subdomain,
    is_label_value,
    is_qualified_name,
    label_problems,
    metadata_problems,
)

_SUBDOMAIN = "is no DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253"
_LABEL = "is no DNS-1123 label: lower-case letters, digits and '-', at most 63"
_SMALL = 1024
"""Characters of annotations that are not worth counting."""
_is_key = lru_cache(maxsize=4096)(is_qualified_name)
_PRIORITIES = {"": 0, "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_NAMES = ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName")
_ENUMS = {
    "restartPolicy": ("Always", "OnFailure", "Never"),
    "dnsPolicy": ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    "preemptionPolicy": ("PreemptLowerPriority", "Never"),
}


def validate(pod: Manifest) -> tuple[Finding, ...]:
    """What the API server refuses in a pod without nulls that follows its schema, as it is after mutation."""
    return tuple(Finding("api server", f"{path}: {reason}", path) for path, reason in _problems(pod))


def _problems(pod: Manifest) -> Iterator[Problem]:
    metadata, spec = pod.get("metadata") or {}, pod["spec"]
    yield from _metadata(metadata)
    volumes = spec.get("volumes") or []
    yield from volume_problems(volumes)
    yield from container_problems(spec, {one.get("name", "") for one in volumes})
    if spec.get("ephemeralContainers"):
        yield "spec.ephemeralContainers", "cannot be set on create: they are added to a pod that runs (kubectl debug)"
    yield from _pod(spec)
    yield from _priority(spec)
    if spec.get("securityContext"):
        yield from _security_context(spec)
    if spec.get("nodeSelector"):
        for key, value in spec["nodeSelector"].items():
            if not (_is_key(key) and is_label_value(value)):
                for problem in label_problems(("spec", "nodeSelector", key), key, value):
                    yield problem.property, problem.reason
    if spec.get("affinity"):
        yield from affinity_problems(spec["affinity"])
    if spec.get("tolerations"):
        yield from toleration_problems(spec["tolerations"])


def _metadata(metadata: Manifest) -> Iterator[Problem]:
    name, prefix, namespace = (metadata.get(field) or "" for field in ("name", "generateName", "namespace"))
    if not name and not prefix:
        yield "metadata.name", "missing, but required, or else generateName"
    if name and not is_dns_subdomain(name):
        yield "metadata.name", f"{name!r} {_SUBDOMAIN}"
    # Random characters follow, and what is too long for them is cut.
    if prefix and not is_dns_subdomain(f"{prefix[:240]}x"):
        yield "metadata.generateName", f"{prefix!r} {_SUBDOMAIN}"
    if namespace and not is_dns_label(namespace):
        yield "metadata.namespace", f"{namespace!r} {_LABEL}"
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    sound = (
        all(_is_key(key) and is_label_value(value) for key, value in labels.items())
        and all(_is_key(key.lower()) for key in annotations)
        and sum(map(len, annotations.values())) <= _SMALL
    )
    if not sound:
        for problem in metadata_problems(("metadata",), metadata):
            yield problem.property, problem.reason


def _pod(spec: Manifest) -> Iterator[Problem]:
    for field in _NAMES:
        if spec.get(field) and not is_dns_subdomain(spec[field]):
            yield f"spec.{field}", f"{spec[field]!r} {_SUBDOMAIN}"
    for field, words in _ENUMS.items():
        if spec.get(field) and spec[field] not in words:
            yield not_one_of(f"spec.{field}", spec[field], words)
    for field in ("hostname", "subdomain"):
        if spec.get(field) and not is_dns_label(spec[field]):
            yield f"spec.{field}", f"{spec[field]!r} {_LABEL}"
    if not 1 <= spec.get("activeDeadlineSeconds", 1) <= LARGEST_ID:
        yield "spec.activeDeadlineSeconds", f"must be between 1 and {LARGEST_ID}"
    if spec.get("nodeName") and spec.get("schedulingGates"):
        yield "spec.nodeName", "cannot be set until all schedulingGates have been cleared"
    if spec.get("hostUsers") is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field):
                yield f"spec.{field}", "must not be true when hostUsers is false"
    if spec.get("hostPID") and spec.get("shareProcessNamespace"):
        yield "spec.shareProcessNamespace", "shareProcessNamespace and hostPID cannot both be enabled"
    if spec.get("resources"):
        yield from resource_problems("spec.resources", spec["resources"])
    if spec.get("os") is not None and spec["os"].get("name") not in {"linux", "windows"}:
        yield not_one_of("spec.os.name", spec["os"].get("name"), ("linux", "windows"))
    elif spec.get("os") and spec["os"]["name"] == "linux" and (spec.get("securityContext") or {}).get("windowsOptions"):
        yield "spec.securityContext.windowsOptions", "windows options cannot be set for a linux pod"


def _priority(spec: Manifest) -> Iterator[Problem]:
    """What the admission plugins priority and runtimeclass refuse: the platform makes no classes of its own."""
    name = spec.get("priorityClassName") or ""
    computed = _PRIORITIES.get(name)
    if computed is None:
        yield "spec.priorityClassName", f"no PriorityClass with name {name} was found: the platform makes none"
    elif spec.get("priority", computed) != computed:
        reason = f"the value {spec['priority']} must not be given: what counts is the class, which says {computed}"
        yield "spec.priority", reason
    if spec.get("preemptionPolicy", "PreemptLowerPriority") == "Never":
        yield "spec.preemptionPolicy", "must not be given: what counts is the class, which says PreemptLowerPriority"
    if spec.get("runtimeClassName"):
        reason = f"RuntimeClass {spec['runtimeClassName']} not found: the platform makes none"
        yield "spec.runtimeClassName", reason


def _security_context(spec: Manifest) -> Iterator[Problem]:
    context, path = spec["securityContext"], "spec.securityContext"
    yield from security_problems(path, context)
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        if not 0 <= group <= LARGEST_ID:
            yield f"{path}.supplementalGroups[{index}]", f"must be between 0 and {LARGEST_ID}"
    names: set[str] = set()
    for index, sysctl in enumerate(context.get("sysctls") or ()):
        name = sysctl.get("name") or ""
        if not name or name in names:
            yield f"{path}.sysctls[{index}].name", f"{name!r} is given twice" if name else "missing, but required"
        names.add(name)
    policy = context.get("fsGroupChangePolicy")
    if policy is not None and policy not in {"Always", "OnRootMismatch"}:
        yield not_one_of(f"{path}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch"))
