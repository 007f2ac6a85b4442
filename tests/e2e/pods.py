"""Pods for comparing engines: hypothesis strategies over every field that a policy looks at.

About half of the pods are admitted by all policies: they are made of what a stack's parameters allow. The others may
hold anything in a few of their aspects. What they hold is legal for the API server by itself, so that a refusal is a
policy's, with two exceptions, which it refuses when a pod is created: ephemeral containers (leave them out with
`ephemeral=False`), and service accounts and priority classes that don't exist (create those named here first).
"""

import copy
from collections.abc import Callable
from typing import Any, Literal

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from airflow_infra.policies.stack import StackPolicies
from tests.e2e.pod_fields import (
    ALLOWED_VOLUMES,
    OTHER_VOLUMES,
    RESOURCES,
    Manifest,
    Strategy,
    capabilities,
    fields,
    images,
    on,
    placement,
    profile,
    roles,
    token,
    tolerations,
    volumes,
)

Draw = Callable[[Strategy], Any]
Change = Literal["annotations", "ephemeral container", "images", "label", "toleration"]

PRIORITY_CLASSES = ("tasks", "system-cluster-critical", "system-node-critical")
SERVICE_ACCOUNTS = ("default", "airflow-task", "other")
NAMESPACES = ("airflow", "default", "kube-system")
CONTAINER_ASPECTS = ("privileged", "escalation", "capabilities", "user", "seccomp", "resources", "image")
POD_ASPECTS = ("pod-user", "pod-seccomp", "host", "volumes", "priority", "token", "role", "account", "placement")
_ASPECTS = (*CONTAINER_ASPECTS, *POD_ASPECTS)
_BATCH = 25
_NAMESPACE = st.sampled_from((*NAMESPACES[:1] * 4, *NAMESPACES))


def sampled(strategy: Strategy, count: int, number: int) -> list[Any]:
    """That many values of a strategy, the same ones for the same seed `number`.

    In batches, because hypothesis likes to come back to what it has made before.
    """
    found: list[Any] = []
    for batch in range(0, count, _BATCH):

        @seed(number * 1_000_003 + batch)
        @settings(
            max_examples=_BATCH,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],  # pyright: ignore[reportArgumentType]
        )
        @given(strategy)
        def collect(value: Any) -> None:
            found.append(value)

        collect()
    return found[:count]


def pods(policies: StackPolicies, *, ephemeral: bool = True, nulls: bool = False) -> Strategy:
    """Pods that are to be created. With `nulls`, some of the fields that are not set are null instead."""
    return _created(_Aspects(policies), ephemeral, nulls)


def creations(policies: StackPolicies) -> Strategy:
    """AdmissionReviews of pods that are created: gator sees the operation only of a review."""
    return pods(policies).map(lambda pod: _review("CREATE", pod, {}))


def updates(policies: StackPolicies, change: Change) -> Strategy:
    """AdmissionReviews of updates that the API server lets through, with one change to a pod that may hold anything."""
    return _updated(_Aspects(policies), change)


class _Aspects:
    """Per aspect: what a stack's policies let through (`safe`), and anything (`free`), as a mapping of fields."""

    def __init__(self, policies: StackPolicies) -> None:
        given = {applied.policy.name: applied.parameters or {} for applied in policies.policies}
        registries: list[str] = given["image-registries"]["registries"]
        groups: list[Manifest] = given["dedicated-node-groups"]["nodeGroups"]
        self.toleration = tolerations(groups)
        self.safe: dict[str, Strategy] = {
            "privileged": fields(privileged=st.just(False)),
            "escalation": st.just({"allowPrivilegeEscalation": False}),
            "capabilities": capabilities([]) | capabilities(given["added-capabilities"]["allowed"]),
            "user": fields(runAsNonRoot=st.just(True), runAsUser=st.sampled_from((1, 1000))),
            "seccomp": fields(seccompProfile=profile("RuntimeDefault")),
            "resources": st.just({"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}),
            "image": st.sampled_from(registries).map(lambda registry: f"{registry}/task:1"),
            "pod-user": st.just({"runAsNonRoot": True}),
            "pod-seccomp": st.just({"seccompProfile": {"type": "RuntimeDefault"}}),
            "host": fields(hostNetwork=st.just(False), hostPID=st.just(False), hostIPC=st.just(False)),
            "volumes": fields(volumes=volumes([*ALLOWED_VOLUMES, token("pods.eks.amazonaws.com")])),
            "priority": fields(priorityClassName=st.just("tasks")),
            "token": fields(automountServiceAccountToken=st.just(False)),
            "role": st.just({}) | roles(given["kube2iam-roles"]["rolesBelow"], ("team-a", "teams/a+b")),
            "account": fields(serviceAccountName=st.sampled_from(given["service-accounts"]["allowed"])),
            "placement": st.sampled_from([{}, *(on(group) for group in groups)]),
        }
        self.free: dict[str, Strategy] = {
            "privileged": fields(privileged=st.booleans()),
            "escalation": fields(allowPrivilegeEscalation=st.booleans()),
            "capabilities": capabilities(
                ["CHOWN", "SYS_ADMIN", "NET_BIND_SERVICE", "ALL", "chown", "", "two\nlines", "A" * 300]
            ),
            "user": fields(runAsNonRoot=st.booleans(), runAsUser=st.sampled_from((0, 1, 1000, 2**31 - 1))),
            "seccomp": fields(seccompProfile=profile("RuntimeDefault", "Unconfined", "Localhost")),
            "resources": st.sampled_from(RESOURCES),
            "image": images(registries),
            "pod-user": fields(runAsNonRoot=st.booleans(), runAsUser=st.sampled_from((0, 1000))),
            "pod-seccomp": fields(seccompProfile=profile("RuntimeDefault", "Unconfined", "Localhost")),
            "host": fields(hostNetwork=st.booleans(), hostPID=st.booleans(), hostIPC=st.booleans()),
            "volumes": st.fixed_dictionaries({"volumes": volumes([ALLOWED_VOLUMES[0], *OTHER_VOLUMES], least=1)}),
            "priority": st.fixed_dictionaries({"priorityClassName": st.sampled_from(("", *PRIORITY_CLASSES))}),
            "token": fields(automountServiceAccountToken=st.booleans()),
            "role": roles(
                given["kube2iam-roles"]["rolesBelow"],
                ("team-a", "", "/", "a b", "../other", "arn:aws:iam::1:role/x", "a\nb"),
            ),
            "account": st.fixed_dictionaries(
                {"serviceAccountName": st.sampled_from(("other", "", *SERVICE_ACCOUNTS))},
                optional={"serviceAccount": st.sampled_from(("other", "", *SERVICE_ACCOUNTS))},
            ),
            "placement": placement(groups, self.toleration),
        }

    def one(self, aspect: str, free: frozenset[str]) -> Strategy:
        return (self.free if aspect in free else self.safe)[aspect]


@st.composite
def _created(draw: Draw, aspects: _Aspects, ephemeral: bool, nulls: bool) -> Manifest:
    # hypothesis alone would come back to the same few aspects again and again.
    chance = draw(st.randoms(use_true_random=True))
    free = chance.sample(_ASPECTS, chance.choice((0, 0, 0, 1, 2, 3, 4)))
    pod = _pod(draw, aspects, frozenset(free), ephemeral)
    if nulls:
        _put_nulls(draw, pod)
    return pod


@st.composite
def _updated(draw: Draw, aspects: _Aspects, change: Change) -> Manifest:
    old = _pod(draw, aspects, frozenset(_ASPECTS), ephemeral=True)
    new = copy.deepcopy(old)
    new["metadata"]["labels"] = {"seen": "true"}
    match change:
        case "ephemeral container":
            debug = _container(draw, aspects, "added", frozenset(CONTAINER_ASPECTS))
            debug.pop("resources", None)
            new["spec"].setdefault("ephemeralContainers", []).append(debug)
        case "images":
            for container in (*new["spec"]["containers"], *new["spec"].get("initContainers", [])):
                if draw(st.booleans()):
                    container["image"] = draw(aspects.free["image"])
        case "toleration":
            new["spec"].setdefault("tolerations", []).append(draw(aspects.toleration))
        case "annotations":
            new["metadata"]["annotations"] = dict(draw(aspects.free["role"]))
        case "label":
            pass
    return _review("UPDATE", new, {"oldObject": old})


def _review(operation: str, pod: Manifest, old: Manifest) -> Manifest:
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "00000000-0000-0000-0000-000000000000",
            "operation": operation,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "name": pod["metadata"]["name"],
            "namespace": pod["metadata"]["namespace"],
            "object": pod,
            **old,
        },
    }


def _pod(draw: Draw, aspects: _Aspects, free: frozenset[str], ephemeral: bool) -> Manifest:
    empty = draw(st.booleans())  # an empty list or mapping is as good as none
    spec: Manifest = {}
    for field, least, most in (("containers", 1, 2), ("initContainers", 0, 2), ("ephemeralContainers", 0, 1)):
        count = 0 if field == "ephemeralContainers" and not ephemeral else draw(st.integers(least, most))
        if count or empty:
            spec[field] = [_container(draw, aspects, f"{field[:4]}-{at}".lower(), free) for at in range(count)]
    for container in spec.get("ephemeralContainers", []):
        container.pop("resources", None)
    for aspect in ("host", "volumes", "priority", "token", "account", "placement"):
        spec |= copy.deepcopy(draw(aspects.one(aspect, free)))
    context = draw(aspects.one("pod-user", free)) | draw(aspects.one("pod-seccomp", free))
    if context or empty:
        spec["securityContext"] = copy.deepcopy(context)
    metadata: Manifest = {"name": "generated", "namespace": draw(_NAMESPACE)}
    annotations = draw(aspects.one("role", free))
    if annotations or empty:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _container(draw: Draw, aspects: _Aspects, name: str, free: frozenset[str]) -> Manifest:
    container: Manifest = {"name": name, "image": draw(aspects.one("image", free))}
    resources = draw(aspects.one("resources", free))
    if resources:
        container["resources"] = copy.deepcopy(resources)
    context: Manifest = {}
    for aspect in ("privileged", "escalation", "capabilities", "user", "seccomp"):
        context |= copy.deepcopy(draw(aspects.one(aspect, free)))
    if context.get("privileged"):  # the API server takes no container that is privileged and may not escalate
        context.pop("allowPrivilegeEscalation", None)
    if context or draw(st.booleans()):
        container["securityContext"] = context
    return container


_SPEC_FIELDS = (
    *("initContainers", "ephemeralContainers", "volumes", "securityContext", "hostNetwork", "hostPID", "hostIPC"),
    *("priorityClassName", "automountServiceAccountToken", "serviceAccountName", "serviceAccount"),
    *("tolerations", "nodeSelector", "affinity", "nodeName"),
)
_CONTEXT_FIELDS = ("runAsUser", "runAsNonRoot", "seccompProfile")
_CONTAINER_CONTEXT_FIELDS = (*_CONTEXT_FIELDS, "privileged", "allowPrivilegeEscalation", "capabilities")


def _put_nulls(draw: Draw, pod: Manifest) -> None:
    """Make some of what is not set null."""
    spec = pod["spec"]
    places: list[tuple[Manifest, str]] = [(spec, field) for field in _SPEC_FIELDS]
    places += [(spec.get("securityContext", {}), field) for field in _CONTEXT_FIELDS]
    places.append((pod["metadata"], "annotations"))
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(field, []):
            places += [(container, "securityContext"), (container, "resources")]
            places += [(container.get("securityContext", {}), name) for name in _CONTAINER_CONTEXT_FIELDS]
            places += [(container.get("resources", {}), name) for name in ("requests", "limits")]
    for owner, name in draw(st.lists(st.sampled_from(places), max_size=4)):
        owner.setdefault(name, None)
