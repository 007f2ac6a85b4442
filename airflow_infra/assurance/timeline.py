"""How long a deployment takes: a virtual clock over the registered graph, with the catalogue's typical durations."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from airflow_infra.assurance.dependencies import Edges, edges, is_made, reachable
from airflow_infra.catalogue.estimates import Durations
from airflow_infra.rehearsal.result import Graph, Node

PARALLEL = 16
"""Operations that the engine has under way at a time."""

ENVIRONMENT = "aws:mwaa/environment:Environment"
CLUSTER = "aws:eks/cluster:Cluster"
RELEASE = "kubernetes:helm.sh/v3:Release"

Operation = Literal["create", "delete"]


@dataclass(frozen=True)
class Bar:
    """One operation on one resource. Minutes from the start of the run."""

    urn: str
    name: str
    """Short type and name, such as `NatGateway nat-eu-west-1a`."""
    start: float
    end: float

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return round(self.end - self.start, 3)


@dataclass(frozen=True)
class Timeline:
    """When everything happens. An estimate: durations are typical ones, and nobody's acceptance is waited for."""

    bars: tuple[Bar, ...]
    """By start."""
    critical_path: tuple[Bar, ...]
    """What the last one to end has waited for, step by step: nothing ends sooner unless one of these does."""
    total_minutes: float
    slowest_single_minutes: float
    """The slowest operation: no order can be faster."""
    naive_total_minutes: float
    """The total if the environment waited for the cluster and Helm releases were made one after another."""
    parallel: int

    @property
    def beyond_slowest_minutes(self) -> float:
        """What the order costs beyond the slowest operation: all that has to precede or to follow it."""
        return round(self.total_minutes - self.slowest_single_minutes, 3)


def creation(graph: Graph, durations: Durations, parallel: int = PARALLEL) -> Timeline:
    """The timeline of a new environment."""
    return _timeline(graph, edges(graph), durations, "create", parallel)


def destruction(graph: Graph, durations: Durations, parallel: int = PARALLEL) -> Timeline:
    """The timeline of the deletion of everything, in the reverse order."""
    return _timeline(graph, edges(graph), durations, "delete", parallel)


def creation_minutes(graph: Graph, direct: Edges, durations: Durations, parallel: int = PARALLEL) -> float:
    """How long a creation in another order takes.

    Raises:
        ValueError: where resources wait for each other in a circle.
    """
    return _end(_spans(graph, direct, durations, "create", parallel))


def _timeline(graph: Graph, direct: Edges, durations: Durations, operation: Operation, parallel: int) -> Timeline:
    spans = _spans(graph, direct, durations, operation, parallel)
    naive = _spans(graph, naive_edges(graph, direct), durations, operation, parallel)
    bars = {urn: Bar(urn, named(graph.nodes[urn]), span.start, span.end) for urn, span in spans.items()}
    made = {urn: bar for urn, bar in bars.items() if is_made(graph.nodes[urn])}
    return Timeline(
        bars=tuple(sorted(made.values(), key=lambda bar: (bar.start, bar.end, bar.urn))),
        critical_path=tuple(made[urn] for urn in _critical(spans) if urn in made),
        total_minutes=_end(spans),
        slowest_single_minutes=max((bar.minutes for bar in made.values()), default=0.0),
        naive_total_minutes=_end(naive),
        parallel=parallel,
    )


def naive_edges(graph: Graph, direct: Edges) -> dict[str, frozenset[str]]:
    """The same order, but the environment waits for the cluster, and each Helm release for the one before."""
    ordered = sorted(graph.nodes.values(), key=lambda node: node.sequence)
    of_type = {type_: [node.urn for node in ordered if node.type == type_] for type_ in (ENVIRONMENT, CLUSTER, RELEASE)}
    awaited = reachable(graph, direct)
    naive = dict(direct)
    for environment in of_type[ENVIRONMENT]:
        naive[environment] |= {cluster for cluster in of_type[CLUSTER] if environment not in awaited[cluster]}
    for first, second in pairwise(of_type[RELEASE]):
        naive[second] |= {first}
    return naive


def named(node: Node) -> str:
    """Short type and name."""
    return f"{node.type.rpartition(':')[2]} {node.name}"


@dataclass
class _Span:
    start: float
    end: float
    cause: str | None
    """What ended at the start, and so let it start."""


@dataclass
class _Clock:
    """An engine that starts whatever is ready, in the order of registration, as far as it has places."""

    waits: dict[str, set[str]]
    minutes: Mapping[str, float]
    places: Mapping[str, int]
    """1 for what takes one of the engine's places, 0 for what does not."""
    rank: Mapping[str, int]
    free: int
    spans: dict[str, _Span] = field(default_factory=dict[str, _Span])

    def run(self) -> dict[str, _Span]:
        needed_by: dict[str, list[str]] = {urn: [] for urn in self.waits}
        for urn, awaited in self.waits.items():
            for one in awaited:
                needed_by[one].append(urn)
        ready: list[tuple[int, str, str | None]]
        ready = [(self.rank[urn], urn, None) for urn, awaited in self.waits.items() if not awaited]
        heapq.heapify(ready)
        running: list[tuple[float, int, str]] = []
        now, freed_by = 0.0, None
        while ready or running:
            held: list[tuple[int, str, str | None]] = []
            while ready:
                rank, urn, cause = heapq.heappop(ready)
                if self.places[urn] > self.free:
                    held.append((rank, urn, cause))
                    continue
                waited_for_place = cause is None or self.spans[cause].end < now
                self.free -= self.places[urn]
                end = round(now + self.minutes[urn], 3)
                self.spans[urn] = _Span(now, end, freed_by if waited_for_place else cause)
                heapq.heappush(running, (end, rank, urn))
            ready = held
            heapq.heapify(ready)
            now, _, ended = heapq.heappop(running)
            self.free += self.places[ended]
            freed_by = ended if self.places[ended] else freed_by
            for urn in needed_by[ended]:
                self.waits[urn].discard(ended)
                if not self.waits[urn]:
                    heapq.heappush(ready, (self.rank[urn], urn, ended))
        if len(self.spans) < len(self.waits):
            stuck = next(urn for urn in self.waits if urn not in self.spans)
            raise ValueError(f"{stuck} waits for something that waits for it")
        return self.spans


def _spans(graph: Graph, direct: Edges, durations: Durations, operation: Operation, parallel: int) -> dict[str, _Span]:
    nodes = graph.nodes
    waits = {urn: set(direct[urn]) for urn in nodes}
    rank = {urn: node.sequence for urn, node in nodes.items()}
    if operation == "delete":
        rank = {urn: -sequence for urn, sequence in rank.items()}
        waits = {urn: set[str]() for urn in nodes}
        for urn, awaited in direct.items():
            for one in awaited:
                waits[one].add(urn)
    places = {urn: int(is_made(node)) for urn, node in nodes.items()}
    minutes = {urn: _minutes(node, durations, operation) if places[urn] else 0.0 for urn, node in nodes.items()}
    return _Clock(waits, minutes, places, rank, parallel).run()


def _minutes(node: Node, durations: Durations, operation: Operation) -> float:
    operations = durations.minutes.get(node.type, durations.other)
    return (operations.create if operation == "create" else operations.delete).typical


def _end(spans: Mapping[str, _Span]) -> float:
    return max((span.end for span in spans.values()), default=0.0)


def _critical(spans: Mapping[str, _Span]) -> list[str]:
    path: list[str] = []
    urn = max(spans, key=lambda one: (spans[one].end, one), default=None)
    while urn is not None:
        path.append(urn)
        urn = spans[urn].cause
    path.reverse()
    return path
