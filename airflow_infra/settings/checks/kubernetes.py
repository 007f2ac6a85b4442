"""Node groups as Kubernetes, EKS and the autoscaler would take them."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from airflow_infra.catalogue.instance_types import instance_types
from airflow_infra.settings.checks.surroundings import Check, Surroundings, duplicates
from airflow_infra.settings.eks import NodeGroup
from airflow_infra.settings.problems import Finding, KeyPath
from airflow_infra.settings.stack import StackSettings

_GROUPS = ("eks", "cluster", "node_groups")
# 63 characters at most, prefix included, is EKS's limit (CreateNodegroup); Kubernetes alone would take a longer prefix.
_LONGEST = 63
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
# Labels of these domains are set by Kubernetes and EKS; the kubelet may not set them itself, but for two subdomains
# (Kubernetes, NodeRestriction admission; EKS user guide, managed node groups).
_RESERVED = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
_ALLOWED = ("kubelet.kubernetes.io", "node.kubernetes.io")
_MOST_LABELS_OR_TAINTS = 50
_SPOT_TYPES = 3
_POLICIES = "infra/eks/policies"


def node_groups(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Distinct names, and no more groups than EKS allows."""
    groups = settings.eks.cluster.node_groups
    yield from duplicates(_GROUPS, (group.name for group in groups), "name", "name")
    quota = settings.quotas.node_groups_per_cluster
    if len(groups) > quota:
        message = (
            f"{len(groups)} node groups, above the quota of {quota} in a cluster: expected fewer, or the raised quota "
            "in quotas.node_groups_per_cluster"
        )
        yield Finding(_GROUPS, message)


def a_group_for_everything_else(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """CoreDNS, the autoscaler and Gatekeeper tolerate no taint and should not be interrupted."""
    untainted = [
        group for group in settings.eks.cluster.node_groups if not group.taints and group.capacity_type == "ON_DEMAND"
    ]
    if not untainted:
        message = "expected at least one ON_DEMAND node group without taints: cluster services run there"
        yield Finding(_GROUPS, message)
    elif all(group.scaling_config.min_size == 0 for group in untainted):
        message = (
            "expected min_size 1 or more in an ON_DEMAND node group without taints: the autoscaler, which adds nodes, "
            "needs one to run on"
        )
        yield Finding(_GROUPS, message)


def labels_and_taints(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Labels and taints that Kubernetes or EKS would refuse."""
    for index, group in enumerate(settings.eks.cluster.node_groups):
        labels = (*_GROUPS, index, "labels")
        for key, value in group.labels.items():
            yield from _key(key, (*labels, key))
            if not value:
                yield Finding((*labels, key), "EKS refuses a label without a value: expected some text")
            yield from _value(value, (*labels, key))
        taints = (*_GROUPS, index, "taints")
        for number, taint in enumerate(group.taints):
            yield from _key(taint.key, (*taints, number, "key"))
            yield from _value(taint.value, (*taints, number, "value"))
        pairs = (f"{taint.key}:{taint.effect}" for taint in group.taints)
        yield from duplicates(taints, pairs, "taint (key and effect)", "key")
        for what, path, count in (("labels", labels, len(group.labels)), ("taints", taints, len(group.taints))):
            if count > _MOST_LABELS_OR_TAINTS:
                yield Finding(path, f"{count} {what}: EKS takes at most {_MOST_LABELS_OR_TAINTS} in a node group")


def _key(key: str, path: KeyPath) -> Iterator[Finding]:
    prefix, slash, name = key.rpartition("/")
    value = None if path[-1] == key else key  # the path of a label ends with it
    if len(key) > _LONGEST:
        yield Finding(path, f"{len(key)} characters: EKS takes at most {_LONGEST} in a key", value)
    elif not _NAME.fullmatch(name) or (slash and not _PREFIX.fullmatch(prefix)):
        message = (
            "Kubernetes refuses this key: expected letters, digits and - _ . between them, "
            "with a DNS name and a slash before it if need be"
        )
        yield Finding(path, message, value)
    elif _within(prefix, _RESERVED) and not _within(prefix, _ALLOWED):
        message = f"the prefix {prefix} is reserved, nodes with it do not join: expected a prefix of your own, or none"
        yield Finding(path, message, value)


def _within(domain: str, domains: tuple[str, ...]) -> bool:
    return any(domain == known or domain.endswith(f".{known}") for known in domains)


def _value(value: str, path: KeyPath) -> Iterator[Finding]:
    if value and (len(value) > _LONGEST or not _NAME.fullmatch(value)):
        message = (
            f"Kubernetes refuses this value: expected at most {_LONGEST} letters, digits and - _ . between them, "
            "a letter or digit at either end"
        )
        yield Finding(path, message, value)


def types(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Instance types of one size and of the image's architecture; several for SPOT."""
    ami_type = settings.eks.cluster.node_group.ami_type
    architecture = "arm64" if "ARM_64" in ami_type else "x86_64"
    for index, group in enumerate(settings.eks.cluster.node_groups):
        path = (*_GROUPS, index, "instance_types")
        yield from duplicates(path, group.instance_types, "instance type")
        if group.capacity_type == "SPOT" and len(set(group.instance_types)) < _SPOT_TYPES:
            message = (
                f"a SPOT group with {len(set(group.instance_types))} instance type(s) is interrupted as a whole: "
                f"expected at least {_SPOT_TYPES} of equal CPU and memory"
            )
            yield Finding(path, message)
        yield from _known_types(group, path, architecture, ami_type)


def _known_types(group: NodeGroup, path: KeyPath, architecture: str, ami_type: str) -> Iterator[Finding]:
    catalogue = instance_types()
    first: str | None = None
    for number, name in enumerate(group.instance_types):
        known = catalogue.types.get(name)
        if known is None:
            message = f"not in the catalogue of {catalogue.as_of}: its size, architecture and addresses are not checked"
            close = get_close_matches(name, catalogue.types, n=1, cutoff=0.8)
            yield Finding((*path, number), message, name, warning=True, suggestion=close[0] if close else None)
            continue
        if known.architecture != architecture:
            message = f"its architecture is {known.architecture}, the image {ami_type} is for {architecture}"
            yield Finding((*path, number), message, name)
        first = first or name
        size, first_size = (known.vcpu, known.memory_gib), catalogue.types[first]
        if size != (first_size.vcpu, first_size.memory_gib):
            message = (
                f"{known.vcpu} vCPU and {known.memory_gib} GiB, but {first} has {first_size.vcpu} and "
                f"{first_size.memory_gib}: the autoscaler takes all nodes of a group to be alike"
            )
            yield Finding((*path, number), message, name)


def policies(settings: StackSettings, surroundings: Surroundings) -> Iterator[Finding]:
    """Policies that exist, and namespaces that should not be exempt."""
    gatekeeper = settings.eks.gatekeeper
    path = ("eks", "gatekeeper", "exempt_namespaces")
    if "airflow" in gatekeeper.exempt_namespaces:
        message = "Airflow's tasks run in this namespace: the policies would hold for nobody"
        yield Finding((*path, gatekeeper.exempt_namespaces.index("airflow")), message, "airflow", warning=True)
    yield from duplicates(path, gatekeeper.exempt_namespaces, "namespace")
    folder = surroundings.project / _POLICIES if surroundings.project else None
    if folder is None or not folder.is_dir():
        return
    known = sorted(constraint.parent.name for constraint in folder.glob("*/constraint.yaml"))
    for name in gatekeeper.policies:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            message = f"no such policy: expected one of {', '.join(known)} (folders below {_POLICIES})"
            suggestion = close[0] if close else None
            yield Finding(("eks", "gatekeeper", "policies", name), message, suggestion=suggestion)


CHECKS: tuple[Check, ...] = (node_groups, a_group_for_everything_else, labels_and_taints, types, policies)
