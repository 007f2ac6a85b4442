"""Small graphs for tests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow_infra.rehearsal.result import Graph, Node

PROVIDER = "provider"


def node(
    urn: str,
    type_: str = "aws:x:X",
    *,
    after: tuple[str, ...] = (),
    values: Mapping[str, tuple[str, ...]] | None = None,
    inputs: dict[str, Any] | None = None,
    parent: str | None = None,
    provider: str | None = PROVIDER,
) -> Node:
    return Node(
        urn=urn,
        type=type_,
        name=urn,
        id=urn,
        inputs=inputs or {},
        outputs={},
        parent=parent,
        provider=provider,
        dependencies=after,
        property_dependencies=dict(values or {}),
        protect=False,
        ignore_changes=(),
        file="infra/here.py",
        line=7,
        step="up",
        action="create",
        sequence=0,
    )


def graph(*nodes: Node) -> Graph:
    """A graph of nodes in the order of their registration."""
    return Graph({one.urn: replace(one, sequence=number) for number, one in enumerate(nodes)})
