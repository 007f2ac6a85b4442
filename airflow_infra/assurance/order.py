"""Required order: what must be complete before something starts, judged on the graph of what was registered.

An emulated account creates everything at once, so that a missing edge never shows there. On AWS it is a race: here it
is found by reachability.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from airflow_infra.assurance.dependencies import edges, reachable
from airflow_infra.rehearsal.result import Graph, Node

Phase = Literal["create", "destroy"]


def _any_node(_: Node) -> bool:
    return True


def _any_pair(_: Node, __: Node) -> bool:
    return True


@dataclass(frozen=True)
class Selector:
    """Registered resources of a kind."""

    what: str
    """The resources in words, plural."""
    type: str
    """Pulumi's type; `*` stands for anything."""
    name: str = "*"
    """Logical name; `*` stands for anything."""
    where: Callable[[Node], bool] = _any_node

    def of(self, graph: Graph) -> list[Node]:
        """What it selects."""
        return [node for node in graph.nodes.values() if self.selects(node)]

    def selects(self, node: Node) -> bool:
        """Whether a resource is one of them."""
        return fnmatchcase(node.type, self.type) and fnmatchcase(node.name, self.name) and self.where(node)


@dataclass(frozen=True)
class Rule:
    """Before something starts, something else must be complete; on destroy, it must outlive it."""

    id: str
    phase: Phase
    complete: Selector
    """What must be complete; on destroy, what must still stand."""
    starts: Selector
    """What starts only then; on destroy, what is deleted before."""
    reason: str
    """What happens otherwise, a sentence."""
    source: str
    """Where it is written, and when that was read."""
    belongs: Callable[[Node, Node], bool] = _any_pair
    """Which of the complete ones each of the starting ones needs, as (complete, starting)."""
    at_least: int = 1
    """How many each needs at the least: fewer are a violation."""
    awaits: str = ""
    """Where creation isn't readiness: what the annotation `pulumi.com/waitFor` of the complete ones has to hold."""
    none_starts: str = ""
    """Why a stack may have nothing that starts. Without a reason, that is a violation."""
    none_complete: str = ""
    """Why a stack may have nothing that must be complete. Without a reason, that is a violation."""


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold for one resource."""

    rule: str
    message: str
    """Which resource, what it misses, what that costs, for people."""
    urn: str | None = None
    """What starts too early, or is deleted too late; None where it is not registered at all."""


@dataclass(frozen=True)
class NotApplicable:
    """A rule about something that the stack does not have."""

    rule: str
    reason: str


@dataclass(frozen=True)
class OrderResult:
    """What came of the rules."""

    checked: int
    """Rules that had something to look at."""
    violations: tuple[Violation, ...]
    not_applicable: tuple[NotApplicable, ...]


def check_order(graph: Graph, rules: Sequence[Rule]) -> OrderResult:
    """Judge a graph of a whole stack by rules."""
    needed = reachable(graph, edges(graph))
    violations: list[Violation] = []
    not_applicable: list[NotApplicable] = []
    for rule in rules:
        found = _violations(graph, rule, needed)
        if isinstance(found, NotApplicable):
            not_applicable.append(found)
        else:
            violations += found
    return OrderResult(len(rules) - len(not_applicable), tuple(violations), tuple(not_applicable))


def pairs(graph: Graph, rule: Rule) -> list[tuple[Node, list[Node]]]:
    """Each starting resource, with what must be complete before it."""
    complete = rule.complete.of(graph)
    return [(starting, [one for one in complete if rule.belongs(one, starting)]) for starting in rule.starts.of(graph)]


def _violations(graph: Graph, rule: Rule, needed: dict[str, frozenset[str]]) -> list[Violation] | NotApplicable:
    found = pairs(graph, rule)
    if not found:
        if rule.none_starts:
            return NotApplicable(rule.id, rule.none_starts)
        return [Violation(rule.id, f"the stack registers no {rule.starts.what}, so their order can't be judged")]
    if rule.none_complete and not any(complete for _, complete in found):
        return NotApplicable(rule.id, rule.none_complete)
    violations: list[Violation] = []
    for starting, complete in found:
        if len(complete) < rule.at_least and not rule.none_complete:
            message = (
                f"{described(starting)} needs {rule.complete.what}, of which the stack registers {len(complete)} "
                f"and not at least {rule.at_least}: {rule.reason}"
            )
            violations.append(Violation(rule.id, message, starting.urn))
        early = [one for one in complete if one.urn not in needed[starting.urn]]
        if early:
            violations.append(Violation(rule.id, _early(rule, starting, early), starting.urn))
    awaited = {one.urn: one for _, complete in found for one in complete} if rule.awaits else {}
    violations += [
        Violation(rule.id, _unready(rule, one), one.urn) for one in awaited.values() if rule.awaits not in _wait(one)
    ]
    return violations


def _early(rule: Rule, starting: Node, early: Sequence[Node]) -> str:
    names = ", ".join(f"{one.type.rpartition(':')[2]} {one.name}" for one in early)
    if rule.phase == "create":
        return f"{described(starting)} does not wait for {names}: {rule.reason}. Add it to its depends_on"
    return (
        f"on destroy, {names} may be gone before {described(starting)}, which does not depend on it: {rule.reason}. "
        "Add it to its depends_on"
    )


def _unready(rule: Rule, node: Node) -> str:
    return (
        f"{described(node)} counts as created before it is ready: {rule.reason}. Annotate it with pulumi.com/waitFor: "
        f"jsonpath={{{rule.awaits}}}=true"
    )


def _wait(node: Node) -> str:
    annotations: Any = value(node, "metadata", "annotations") or {}
    return annotations.get("pulumi.com/waitFor", "")


def described(node: Node) -> str:
    """A resource for people: short type, name, and where the program registers it."""
    place = f" ({node.file}:{node.line})" if node.file else ""
    return f"{node.type.rpartition(':')[2]} {node.name}{place}"


def value(node: Node, *path: str) -> Any:
    """A value of a resource's inputs; None where there is none."""
    found: Any = node.inputs
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found
