"""What waits for what in a graph of registered resources, as Pulumi's engine has it."""

from collections.abc import Iterable, Mapping

from airflow_infra.rehearsal.result import Graph, Node

Edges = Mapping[str, frozenset[str]]
"""By URN, the URNs of what it waits for."""


def is_made(node: Node) -> bool:
    """Whether a provider makes it: components, providers and what is only read take no time and no place."""
    return node.provider is not None and node.action != "read"


def edges(graph: Graph) -> dict[str, frozenset[str]]:
    """What each resource waits for directly; on destroy, what outlives it.

    A resource waits for its parent (which needs a URN first) and for its provider, hence for all that the provider's
    own configuration depends on: a Kubernetes object waits for whatever its kubeconfig is made of.
    """
    return {urn: frozenset(_direct(node)) & graph.nodes.keys() for urn, node in graph.nodes.items()}


def _direct(node: Node) -> Iterable[str]:
    yield from node.dependencies
    for urns in node.property_dependencies.values():
        yield from urns
    yield from (urn for urn in (node.parent, node.provider) if urn is not None)


def reachable(graph: Graph, direct: Edges) -> dict[str, frozenset[str]]:
    """By URN, everything that it waits for, directly or through others.

    `direct` may leave edges of the graph out, not add any: what a resource depends on was registered before it.
    """
    found: dict[str, frozenset[str]] = {}
    for node in sorted(graph.nodes.values(), key=lambda node: node.sequence):
        found[node.urn] = direct[node.urn].union(*(found[one] for one in direct[node.urn]))
    return found
