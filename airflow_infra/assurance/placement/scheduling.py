"""What kube-scheduler filters nodes by, for a pod and a fresh node: taints, labels, resources.

Read off Kubernetes 1.36.3 (pkg/scheduler/framework/plugins, component-helpers), and compared with the real scheduler
in tests/e2e. The tolerations' operators Gt and Lt are behind a feature gate that is off in 1.36: the API server refuses
them, and here they tolerate nothing. Not looked at: other pods (affinity between pods, spread), volumes, host ports,
resource claims.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from airflow_infra.assurance.placement.nodes import UNKNOWN_VALUE, Milli, Node
from airflow_infra.rehearsal.providers.kubernetes.syntax import quantity
from airflow_infra.settings.eks import Taint

Spec = Mapping[str, Any]
Filter = Literal["NodeName", "TaintToleration", "NodeAffinity", "NodeResourcesFit"]

_UNTOLERATED = "node(s) had untolerated taint(s)"
_NO_MATCH = "node(s) didn't match Pod's node affinity/selector"
_OTHER_NAME = "node(s) didn't match the requested node name"
_POD_LEVEL = ("cpu", "memory")
_HUGE_PAGES = "hugepages-"
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Obstacle:
    """Why a node does not take a pod."""

    filter: Filter
    """The scheduler's plugin that refuses the node. The scheduler stops at the first."""
    message: str
    """In the scheduler's words."""
    detail: str
    """With the names and the numbers."""


def label_obstacles(spec: Spec, labels: Mapping[str, str], taints: Sequence[Taint]) -> Iterator[Obstacle]:
    """What of a node's name, taints and labels keeps a pod away, in the order in which the scheduler asks."""
    name = spec.get("nodeName")
    if name:
        detail = f"spec.nodeName names the node {name}, and the name of a node is not known before it exists"
        yield Obstacle("NodeName", _OTHER_NAME, detail)
    for taint in taints:
        if taint.effect != "PreferNoSchedule" and not tolerates(spec.get("tolerations") or (), taint):
            shown = f"{taint.key}={taint.value}:{taint.effect}"
            yield Obstacle("TaintToleration", _UNTOLERATED, f"no toleration of the taint {shown}")
    details = [*_unmatched_selector(spec.get("nodeSelector") or {}, labels), *_unmatched_affinity(spec, labels)]
    for detail in details:
        yield Obstacle("NodeAffinity", _NO_MATCH, detail)


def resource_obstacles(asked: Milli, node: Node) -> Iterator[Obstacle]:
    """Which resources a fresh node has too little of. None for a node of which the catalogue knows no size."""
    if node.free is None:
        return
    for name, amount in asked.items():
        free = node.free.resources.get(name, 0)
        if amount <= free:
            continue
        detail = f"requests {show(name, amount)} {name}, and {_offer(name, free, node)}"
        if name == "memory" and amount <= node.free.memory_at_most:
            detail += f"; with luck up to {show(name, node.free.memory_at_most)}"
        yield Obstacle("NodeResourcesFit", f"Insufficient {name}", detail)


def _offer(name: str, free: int, node: Node) -> str:
    if name not in ("cpu", "memory", "ephemeral-storage"):
        return f"a node has none ({node.instance_type})"
    return f"a fresh node has about {show(name, free)} ({node.instance_type})"


def tolerates(tolerations: Sequence[Mapping[str, Any]], taint: Taint) -> bool:
    """Whether one of the tolerations tolerates a taint."""
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def _tolerates(toleration: Mapping[str, Any], taint: Taint) -> bool:
    """An empty effect stands for every effect, an empty key (with Exists) for every key."""
    effect, key = toleration.get("effect") or "", toleration.get("key") or ""
    if (effect and effect != taint.effect) or (key and key != taint.key):
        return False
    operator = toleration.get("operator") or "Equal"
    return operator == "Exists" or (operator == "Equal" and (toleration.get("value") or "") == taint.value)


def _unmatched_selector(selector: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[str]:
    for key, value in selector.items():
        if labels.get(key) != value:
            yield f"nodeSelector {key}={value}: {_has(key, labels)}"


def _unmatched_affinity(spec: Spec, labels: Mapping[str, str]) -> Iterator[str]:
    """Terms are alternatives. An empty term, or no term, matches no node."""
    node_affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = node_affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return
    details: list[str] = []
    for term in required.get("nodeSelectorTerms") or ():
        expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
        if not (expressions or fields):
            details.append("an empty term matches no node")
            continue
        failed = [_failed(one, labels) for one in expressions if not _matches(one, labels)]
        failed += [_failed(one, _NAME) for one in fields if not _matches(one, _NAME)]
        if not failed:
            return
        details.append(" and ".join(failed))
    yield "required node affinity: " + (", or ".join(details) or "no term, which matches no node")


_NAME = {"metadata.name": UNKNOWN_VALUE}


def _failed(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    key, operator = requirement["key"], requirement["operator"]
    values = ", ".join(map(str, requirement.get("values") or ()))
    why = "the nodes have it" if operator in ("NotIn", "DoesNotExist") else _has(key, labels)
    return f"{key} {operator}" + (f" [{values}]" if values else "") + f": {why}"


def _has(key: str, labels: Mapping[str, str]) -> str:
    if key not in labels:
        return "the nodes have no such label"
    return "not known before a node exists" if labels[key] == UNKNOWN_VALUE else "the nodes have another value"


def _matches(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = requirement["key"], requirement.get("values") or ()
    match requirement["operator"]:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt" | "Lt" if key in labels and len(values) == 1:
            label, bound = _integer(labels[key]), _integer(values[0])
            if label is None or bound is None:
                return False
            return label > bound if requirement["operator"] == "Gt" else label < bound
        case _:
            return False


def _integer(text: str) -> int | None:
    """A number as Go's ParseInt reads it: decimal digits of any sign, in 64 bits."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()):
        return None
    number = int(text)
    return number if number in _INT64 else None


def requested(spec: Spec) -> Milli:
    """What a pod requests, in thousandths: the sum of its containers, or its neediest init container if that is more.

    An init container that restarts always keeps running: it counts beside those after it and beside the containers.
    Requests of the whole pod (`spec.resources`) stand for those of its containers; overhead comes on top. Limits are
    the requests where there are none, as the API server fills in.
    """
    total: Milli = {}
    for container in spec.get("containers") or ():
        _add(total, _container(container))
    sidecars: Milli = {}
    neediest: Milli = {}
    for container in spec.get("initContainers") or ():
        asked = _container(container)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
        else:
            _add(asked, sidecars)
            _raise(neediest, asked)
    _raise(total, neediest)
    whole = spec.get("resources")
    if whole:
        limits = {name: value for name, value in (whole.get("limits") or {}).items() if name not in total}
        for name, value in {**limits, **(whole.get("requests") or {})}.items():
            if name in _POD_LEVEL or name.startswith(_HUGE_PAGES):
                total[name] = milli(value)
    _add(total, {name: milli(value) for name, value in (spec.get("overhead") or {}).items()})
    return {name: amount for name, amount in total.items() if amount > 0}


def _container(container: Mapping[str, Any]) -> Milli:
    resources = container.get("resources")
    if not resources:
        return {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: milli(value) for name, value in asked.items()}


def _add(total: Milli, more: Milli) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise(total: Milli, least: Milli) -> None:
    for name, amount in least.items():
        if amount > total.get(name, 0):
            total[name] = amount


@lru_cache(maxsize=4096)
def milli(value: str | float) -> int:
    """A quantity in thousandths, rounded up as the API server does.

    Raises ValueError for what is no quantity.
    """
    number = quantity(value)
    if number is None:
        raise ValueError(f"{value!r} is no quantity, such as 500m, 2 or 1.5Gi")
    return math.ceil(number * 1000)


def show(name: str, amount: int) -> str:
    """Thousandths of a resource for people: cores, and sizes in binary units."""
    if name == "cpu":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    size, unit = amount / 1000, ""
    if name in ("memory", "ephemeral-storage") or name.startswith(_HUGE_PAGES):
        for unit in ("", "Ki", "Mi", "Gi", "Ti"):
            if size < 1024 or unit == "Ti":
                break
            size /= 1024
    return f"{size:.10g}{unit}" if size == int(size) else f"{size:.1f}{unit}"
