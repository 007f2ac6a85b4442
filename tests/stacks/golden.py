"""What a stack registers, as text that is the same in every run."""

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_infra.rehearsal.result import Graph, Node

_SHORTEST_IN_TEXT = 8
"""A shorter value is only replaced where it is the whole text."""


def registered(graph: Graph) -> str:
    """Every resource with its inputs; values that the account made up read `<type name output>`."""
    nodes = sorted(graph.nodes.values(), key=lambda node: (node.type, node.name, node.urn))
    made_up: dict[str, str] = {}
    # Where several have a value, it is called after the one whose id or ARN it is.
    for _rank, text, label in sorted(named for node in nodes if node.id for named in _made_up(node)):
        made_up.setdefault(text, label)
    documents = [
        {
            "type": node.type,
            "name": node.name,
            "protect": node.protect,
            "ignoreChanges": list(node.ignore_changes),
            "inputs": _steady(node.inputs, made_up),
            "after": sorted({_short(graph, urn) for urn in node.dependencies}),
        }
        for node in nodes
    ]
    return json.dumps([_without_empty(one) for one in documents], indent=1, sort_keys=True) + "\n"


def _made_up(node: Node) -> Iterator[tuple[int, str, str]]:
    known = set(_texts(node.inputs))
    for name, value in {**node.outputs, "id": node.id}.items():
        rank = {"id": 0, "arn": 1}.get(name, 2)
        for text in _texts(value):
            if text and text not in known and any(character.isdigit() for character in text) and not _given(name, text):
                yield rank, text, f"<{node.type.rpartition(':')[2]} {node.name} {name}>"


def _given(name: str, text: str) -> bool:
    """Region and account, which the stack file chooses."""
    return name in ("region", "bucketRegion") or re.fullmatch(r"\d{12}", text) is not None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _steady(value: Any, made_up: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _steady(item, made_up) for key, item in value.items()}
    if isinstance(value, list):
        return [_steady(item, made_up) for item in value]
    if not isinstance(value, str):
        return value
    if value in made_up:
        return made_up[value]
    for text in sorted(made_up, key=len, reverse=True):
        if len(text) >= _SHORTEST_IN_TEXT and text in value:
            value = value.replace(text, made_up[text])
    return value


def _short(graph: Graph, urn: str) -> str:
    node = graph.nodes[urn]
    return f"{node.type} {node.name}"


def _without_empty(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value or key in ("type", "name")}
