"""Pods made at random for the scheduler: tolerations, selectors, required affinity, requests near what nodes have."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from airflow_infra.assurance.placement.nodes import UNKNOWN_VALUE, Node
from airflow_infra.assurance.placement.scheduling import Spec

Manifest = dict[str, Any]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")


class PodGenerator:
    """Pods whose answer is not obvious: most of what they ask is about what the nodes have, or just beside it."""

    def __init__(self, nodes: Sequence[Node], seed: int) -> None:
        self._random = random.Random(seed)
        self._nodes = nodes
        self._values: dict[str, list[str]] = {}
        for node in nodes:
            for key, value in node.labels.items():
                known = self._values.setdefault(key, [])
                if value != UNKNOWN_VALUE and value not in known:
                    known.append(value)
        self._taints = [taint for node in nodes for taint in node.taints]

    def pods(self, count: int) -> Iterator[Manifest]:
        """That many, each with a name of its own."""
        for number in range(count):
            metadata = {"name": f"generated-{number}", "namespace": "default"}
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": self._spec()}

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _spec(self) -> Manifest:
        chosen = self._random
        spec: Manifest = {"restartPolicy": "Never", **self._resources()}
        if self._chance(0.2):
            return {**spec, **self._right(chosen.choice([*{node.group: node for node in self._nodes}.values()]))}
        if self._chance(0.8):
            spec["tolerations"] = [self._toleration() for _ in range(chosen.randint(0, 3))]
        if self._chance(0.4):
            # One node alone decides: where any would do, only one of them would be seen to.
            spec["nodeSelector"] = self._only(chosen.choice(self._nodes))
        elif self._chance(0.15):
            spec["nodeSelector"] = dict(self._pair() for _ in range(chosen.randint(0, 2)))
        if self._chance(0.5):
            terms = [self._term() for _ in range(chosen.choice((1, 1, 1, 2, 3)))]
            spec["affinity"] = {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": terms}}}
        return spec

    def _right(self, node: Node) -> Manifest:
        """What brings a pod to a node, so that its requests decide; one toleration may be wrong."""
        tolerations: list[Manifest] = [{"key": taint.key, "value": taint.value} for taint in node.taints]
        if tolerations and self._chance(0.3):
            tolerations[-1] = self._toleration()
        return {"tolerations": tolerations, "nodeSelector": self._only(node)}

    def _only(self, node: Node) -> dict[str, str]:
        keys = ("eks.amazonaws.com/nodegroup", "node.kubernetes.io/instance-type", "topology.kubernetes.io/zone")
        return {key: node.labels[key] for key in keys}

    def _pair(self) -> tuple[str, str]:
        key = self._key()
        values = self._values.get(key) or ["elsewhere"]
        return key, self._random.choice([*values, *values, "elsewhere"])

    def _key(self) -> str:
        return self._random.choice([*self._values, "high-memory", "cores", "cores", "no-such-label"])

    def _term(self) -> Manifest:
        if self._chance(0.05):
            return {}
        term: Manifest = {}
        if self._chance(0.9):
            term["matchExpressions"] = [self._requirement() for _ in range(self._random.choice((1, 1, 2)))]
        if self._chance(0.1):
            operator = self._random.choice(("In", "NotIn"))
            term["matchFields"] = [{"key": "metadata.name", "operator": operator, "values": ["elsewhere"]}]
        return term

    def _requirement(self) -> Manifest:
        operator, (key, value) = self._random.choice(_OPERATORS), self._pair()
        if operator in ("Exists", "DoesNotExist"):
            return {"key": key, "operator": operator}
        if operator in ("Gt", "Lt"):
            if self._chance(0.7):
                key, value = "cores", self._random.choice(("1", "8", "15", "16", "17", "016", "x", "9" * 30))
            return {"key": key, "operator": operator, "values": [value]}
        values = [value, *(self._pair()[1] for _ in range(self._random.choice((0, 0, 1, 2))))]
        return {"key": key, "operator": operator, "values": values}

    def _toleration(self) -> Manifest:
        taint = self._random.choice(self._taints)
        key, value = self._random.choice((taint.key, taint.key, taint.key, "other")), taint.value
        toleration: Manifest = {"key": key}
        if self._chance(0.1):
            return {"operator": "Exists", **self._effect(taint.effect)}
        if self._chance(0.3):
            toleration["operator"] = "Exists"
        else:
            if self._chance(0.5):
                toleration["operator"] = "Equal"
            if self._chance(0.9):
                toleration["value"] = self._random.choice((value, value, value, "other", ""))
        return {**toleration, **self._effect(taint.effect)}

    def _effect(self, likely: str) -> Manifest:
        if self._chance(0.3):
            return {}
        effect = self._random.choice((likely, likely, *_EFFECTS))
        seconds = {"tolerationSeconds": 300} if effect == "NoExecute" and self._chance(0.3) else {}
        return {"effect": effect, **seconds}

    def _resources(self) -> Manifest:
        """Containers, init containers that are done or stay, and requests of the whole pod."""
        size = self._random.choice(self._nodes)
        containers = [self._container(f"c{i}", size, 0.6) for i in range(self._random.choice((1, 1, 2)))]
        spec: Manifest = {"containers": containers}
        if self._chance(0.3):
            inits = [self._container(f"i{i}", size, 0.8) for i in range(self._random.choice((1, 2, 3)))]
            for one in inits:
                if self._chance(0.4):
                    one["restartPolicy"] = "Always"
            spec["initContainers"] = inits
        if self._chance(0.1):
            spec["resources"] = {"limits": {"cpu": "64", "memory": "512Gi"}}
            if self._chance(0.5):
                spec["resources"]["requests"] = {"cpu": "60", "memory": "500Gi"}
        return spec

    def _container(self, name: str, size: Node, often: float) -> Manifest:
        container: Manifest = {"name": name, "image": "none"}
        if not self._chance(often) or size.free is None:
            return container
        amounts = {
            resource: self._amount(resource, size.free.resources[resource])
            for resource in ("cpu", "memory", "ephemeral-storage")
            if self._chance(0.4)
        }
        if self._chance(0.03):
            amounts["example.com/widget"] = "1"
        key = "limits" if "example.com/widget" in amounts or self._chance(0.2) else "requests"
        container["resources"] = {key: amounts}
        return container

    def _amount(self, resource: str, free: int) -> str:
        """Just what a node has, just more, a half, or little; written in one of the ways there are."""
        amount = self._random.choice(
            (free, free + 1000, free // 2, free // 3, free // 2 + 1000, free // 50, free // 50)
        )
        if resource == "cpu":
            return self._random.choice((f"{amount}m", f"{amount}m", f"{amount / 1000:.3f}"))
        size = amount // 1000
        return self._random.choice(
            (str(size), f"{size}", f"{size / 1024:.1f}Ki", f"{size // 1024**2}Mi", f"{size}000m")
        )


def names_nodes(spec: Spec) -> bool:
    """Whether a term of the affinity names nodes, which the scheduler answers in other words."""
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED) or {}
    return any(term.get("matchFields") for term in required.get("nodeSelectorTerms") or ())
