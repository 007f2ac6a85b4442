"""Edges that only cost time: slow creations that wait for others without needing them."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_infra.assurance.dependencies import Edges, edges, reachable
from airflow_infra.assurance.order import Rule, described, pairs
from airflow_infra.assurance.order_rules import INDEPENDENT, RULES
from airflow_infra.assurance.timeline import creation_minutes, named
from airflow_infra.catalogue.estimates import Durations
from airflow_infra.rehearsal.result import Graph, Node

_SLOW_MINUTES = 0.5


@dataclass(frozen=True)
class Slack:
    """A creation that waits for others without needing them."""

    urn: str
    name: str
    """What waits: short type and name."""
    waits_for: tuple[str, ...]
    """What it waits for, short type and name each, without what these wait for themselves."""
    minutes: float
    """How much longer a new environment takes for it."""
    message: str
    """All of it, for people."""


def find_slack(graph: Graph, durations: Durations, rules: Sequence[Rule] = RULES) -> tuple[Slack, ...]:
    """What costs time for nothing, the dearest first.

    One creation needs another where a rule says so, or where a value of the other goes into it - unless the two are
    known to be independent of each other, because that value can be computed.
    """
    direct = edges(graph)
    awaited = reachable(graph, direct)
    slow = {urn for urn, node in graph.nodes.items() if _is_slow(node, durations)}
    needless = _needless(graph, awaited, _needed(graph, rules), slow)
    found = [
        one
        for urn, others in needless.items()
        if (one := _slack(graph, urn, _own(urn, others, needless, awaited), direct, awaited, durations))
    ]
    return tuple(sorted(found, key=lambda slack: (-slack.minutes, slack.name)))


def _is_slow(node: Node, durations: Durations) -> bool:
    operations = durations.minutes.get(node.type)
    return operations is not None and operations.create.typical >= _SLOW_MINUTES


def _needed(graph: Graph, rules: Sequence[Rule]) -> dict[str, frozenset[str]]:
    """By URN, everything that it needs: by a rule, by a value, by its provider or its parent."""
    needed = {
        urn: {*(one for urns in node.property_dependencies.values() for one in urns), node.parent, node.provider}
        for urn, node in graph.nodes.items()
    }
    for rule in rules:
        for starting, complete in pairs(graph, rule):
            needed[starting.urn].update(one.urn for one in complete)
    registered = {urn: graph.nodes[urn].sequence for urn in graph.nodes}
    return reachable(
        graph,
        {
            urn: frozenset(one for one in others if one in registered and registered[one] < registered[urn])
            for urn, others in needed.items()
        },
    )


def _needless(graph: Graph, awaited: Edges, needed: Edges, slow: set[str]) -> dict[str, frozenset[str]]:
    """By URN of what is slow, the slow ones that it waits for without needing them."""
    return {
        urn: frozenset(
            other
            for other in awaited[urn] & slow
            if other not in needed[urn] or _independent(graph.nodes[urn], graph.nodes[other])
        )
        for urn in slow
    }


def _independent(waiting: Node, awaited: Node) -> bool:
    return any(pair.waiting.selects(waiting) and pair.awaited.selects(awaited) for pair in INDEPENDENT)


def _own(urn: str, others: frozenset[str], needless: Edges, awaited: Edges) -> frozenset[str]:
    """Without what it waits for only because something that it does need waits for it: that is reported there."""
    needed_slow = (awaited[urn] & needless.keys()) - others
    return others.difference(*(needless[one] for one in needed_slow))


def _slack(
    graph: Graph, urn: str, others: frozenset[str], direct: Edges, awaited: Edges, durations: Durations
) -> Slack | None:
    if not others:
        return None
    without = dict(direct)
    without[urn] = frozenset(one for one in awaited[urn] if one not in others and not awaited[one] & others)
    minutes = creation_minutes(graph, direct, durations) - creation_minutes(graph, without, durations)
    if minutes <= 0:
        return None
    closest = sorted(one for one in others if not any(one in awaited[other] for other in others))
    names = tuple(named(graph.nodes[one]) for one in closest)
    node = graph.nodes[urn]
    message = (
        f"{described(node)} waits for {', '.join(names)} without needing it: "
        f"a new environment takes {minutes:.1f} minutes longer for it"
    )
    return Slack(urn, named(node), names, round(minutes, 3), message)
