"""Which node groups of a stack can take a pod, why the others cannot, and what it meets on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from airflow_infra.assurance.check.types import GroupAnswer, Minutes
from airflow_infra.assurance.placement.nodes import Milli, Node, group_nodes
from airflow_infra.assurance.placement.scheduling import (
    Obstacle,
    Spec,
    label_obstacles,
    resource_obstacles,
)
from airflow_infra.catalogue.nodes import nodes as node_facts
from airflow_infra.settings.stack import StackSettings

_SCHEDULER = "default-scheduler"
_REMEMBERED = 10_000
_NOWHERE = "no node group can take it: it would stay pending"


_CONTAINERS = ("containers", "initContainers")
DECIDES_WHERE = (
    *(f"spec.{name}" for name in ("nodeName", "nodeSelector", "tolerations", "affinity")),
    *(f"spec.{name}" for name in ("schedulingGates", "schedulerName", "os", "overhead", "resources")),
    *(f"spec.{name}[*].resources" for name in _CONTAINERS),
    "spec.initContainers[*].restartPolicy",
)
"""The fields by which a pod's place is decided, and what it requests."""


@dataclass(frozen=True)
class Placed:
    """Where a pod can run."""

    groups: tuple[GroupAnswer, ...]
    """Every group of the stack, in its order."""
    problems: tuple[str, ...]
    """What goes wrong, and what was not looked at."""
    fatal: tuple[str, ...] = ()
    """Those of the problems that keep it from running in time."""


@dataclass(frozen=True)
class _Group:
    name: str
    nodes: tuple[Node, ...]
    start: Minutes | None
    """How long its first node takes, where it may have none."""


class Placement:
    """The node groups of one stack. Its answers are for nodes that run nothing but the daemons."""

    def __init__(self, settings: StackSettings) -> None:
        facts = node_facts().from_zero
        start = Minutes(facts.low, facts.typical, facts.high)
        self._groups = [
            _Group(group.name, group_nodes(group, settings), None if group.scaling_config.min_size else start)
            for group in settings.eks.cluster.node_groups
        ]
        self._everywhere = _everywhere([node for group in self._groups for node in group.nodes])
        self._answers: dict[bytes, Placed] = {}

    def place(self, spec: Spec, asked: Milli, startup_timeout_s: int | None = None) -> Placed:
        """Where a pod can run.

        Args:
            spec: the pod's as the API server stores it: sound, with defaults and mutations.
            asked: what the pod requests.
            startup_timeout_s: seconds that its operator waits for it to start; None: nobody waits.
        """
        fits_everywhere = all(amount <= self._everywhere.get(name, 0) for name, amount in asked.items())
        # Of pods that fit by size on any node only tolerations and selectors tell groups apart, and those repeat.
        key = orjson.dumps(
            [
                None if fits_everywhere else asked,
                [spec.get(name) for name in ("nodeName", "nodeSelector", "tolerations", "affinity")],
                [spec.get(name) for name in ("schedulingGates", "schedulerName", "os")],
            ]
        )
        placed = self._answers.get(key)
        if placed is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            placed = self._answers[key] = self._place(spec, asked)
        late = tuple(_too_late(placed.groups, startup_timeout_s))
        more = (*late, *_not_checked(spec))
        return Placed(placed.groups, (*placed.problems, *more), (*placed.fatal, *late)) if more else placed

    def _place(self, spec: Spec, asked: Milli) -> Placed:
        never = tuple(_never(spec))
        answers: list[GroupAnswer] = []
        problems: list[str] = []
        for group in self._groups:
            met = [(node, tuple(_obstacles(spec, asked, node))) for node in group.nodes]
            fitting = [node for node, obstacles in met if not obstacles]
            reasons = never or (() if fitting else _nearest(met))
            answers.append(GroupAnswer(group.name, not reasons, reasons, group.start is not None, group.start))
            if not reasons:
                problems += _partly(group, fitting)
        if any(answer.fits for answer in answers):
            return Placed(tuple(answers), tuple(problems))
        return Placed(tuple(answers), (_NOWHERE,), (_NOWHERE,))


def _obstacles(spec: Spec, asked: Milli, node: Node) -> Iterator[Obstacle]:
    yield from label_obstacles(spec, node.labels, node.taints)
    yield from resource_obstacles(asked, node)


def _everywhere(nodes: Sequence[Node]) -> Milli:
    """What any of the nodes has at least. Nothing, where one is of unknown size."""
    sizes = [node.free.resources if node.free else {} for node in nodes]
    return {name: min(size.get(name, 0) for size in sizes) for name in sizes[0]}


def _nearest(met: Sequence[tuple[Node, tuple[Obstacle, ...]]]) -> tuple[str, ...]:
    """Why not, for the node that misses least, and of those the one with most memory."""
    _node, obstacles = min(met, key=lambda one: (len(one[1]), -(one[0].free.resources["memory"] if one[0].free else 0)))
    return tuple(obstacle.detail for obstacle in obstacles)


def _partly(group: _Group, fitting: Sequence[Node]) -> Iterator[str]:
    """What to say of a group whose nodes do not all do."""
    if len(fitting) < len(group.nodes):
        types = dict.fromkeys(node.instance_type for node in fitting)
        zones = dict.fromkeys(node.zone for node in fitting)
        nodes = f"{', '.join(types)} in {', '.join(zones)}"
        yield f"node group {group.name} takes it on {nodes} only, and its next node may be another"
    unknown = dict.fromkeys(node.instance_type for node in fitting if node.free is None)
    if unknown:
        yield f"not checked: whether it fits {', '.join(unknown)}, which the catalogue of instance types lacks"


def _never(spec: Spec) -> Iterator[str]:
    """What keeps a pod off every node of these clusters."""
    if spec.get("schedulingGates"):
        yield "spec.schedulingGates: it is not scheduled before somebody removes them"
    scheduler = spec.get("schedulerName") or _SCHEDULER
    if scheduler != _SCHEDULER:
        yield f"spec.schedulerName {scheduler}: the cluster has {_SCHEDULER} only"
    system = (spec.get("os") or {}).get("name") or "linux"
    if system != "linux":
        yield f"spec.os.name {system}: the nodes run linux"


def _not_checked(spec: Spec) -> Iterator[str]:
    """What placement depends on and nothing here looks at."""
    affinity = spec.get("affinity") or {}
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    if any((affinity.get(name) or {}).get(required) for name in ("podAffinity", "podAntiAffinity")):
        yield "not checked: affinity to other pods, which depends on what runs then"
    if any(one.get("whenUnsatisfiable") == "DoNotSchedule" for one in spec.get("topologySpreadConstraints") or ()):
        yield "not checked: topology spread, which depends on what runs then"
    if any("persistentVolumeClaim" in one or "ephemeral" in one for one in spec.get("volumes") or ()):
        yield "not checked: its persistent volumes, which may tie it to a zone"
    if spec.get("resourceClaims"):
        yield "not checked: its resource claims"


def _too_late(groups: Sequence[GroupAnswer], startup_timeout_s: int | None) -> Iterator[str]:
    """Whether a node that has to start first is ready before its operator gives up."""
    fitting = [group for group in groups if group.fits]
    starts = [group.start_minutes for group in fitting if group.start_minutes is not None]
    if startup_timeout_s is None or not starts or len(starts) < len(fitting):
        return
    start = starts[0]
    if start.high * 60 >= startup_timeout_s:
        names = " and ".join(group.name for group in fitting)
        yield (
            f"{names} may have no node, and one takes about {start.typical:g} minutes to start ({start.low:g} to "
            f"{start.high:g}, an estimate), but its operator waits {startup_timeout_s} s: "
            f"write startup_timeout_seconds={round(start.high * 120)}"
        )
