"""Pods of which some fields are not known before they run: what can be said all the same."""

import re
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from airflow_infra.assurance.check.lines import Path, split_path
from airflow_infra.assurance.check.types import Finding, Manifest

STAND_IN = "unknown"
"""Text in place of a placeholder: it may be a name, a label, an image, an argument."""

_CONTAINER = re.compile(r"spec\.\w*[cC]ontainers\[\d+\]")


def with_stand_ins(pod: Manifest, unknown: Iterable[str]) -> Manifest:
    """A copy of the pod with text that may stand anywhere in place of placeholders. Whole blocks stay as they are."""
    pod = deepcopy(pod)
    for parent, part in _places(pod, unknown):
        if isinstance(parent[part], str):
            parent[part] = STAND_IN
    return pod


def without(pod: Manifest, unknown: Iterable[str]) -> Manifest:
    """A copy of the pod without these fields. Elements of lists stay."""
    pod = deepcopy(pod)
    for parent, part in _places(pod, unknown):
        if isinstance(parent, dict):
            del parent[part]
    return pod


def depends(finding: Finding, unknown: Iterable[str]) -> bool:
    """Whether a finding could be another one if these fields, all of which its author reads, held something else.

    What is found in one container does not depend on another.
    """
    here = _CONTAINER.match(finding.path or "")
    return any(not (here and (there := _CONTAINER.match(path)) and there[0] != here[0]) for path in unknown)


def touches(path: str | None, unknown: Iterable[str]) -> bool:
    """Whether a field is one of these, or inside or around one."""
    if path is None:
        return True
    parts = split_path(path)
    return any(_same_beginning(parts, split_path(other)) for other in unknown)


def _same_beginning(one: Path, other: Path) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def _places(pod: Manifest, paths: Iterable[str]) -> list[tuple[Any, Any]]:
    """Where the fields are that the pod has: the block around each, and its key or index there."""
    found: list[tuple[Any, Any]] = []
    for path in paths:
        *around, last = split_path(path)
        block: Any = pod
        for part in around:
            block = _at(block, part)
        if _at(block, last) is not None:
            found.append((block, last))
    return found


def _at(block: Any, part: str | int) -> Any:
    if isinstance(block, dict):
        return block.get(part)
    if isinstance(block, list) and isinstance(part, int) and part < len(block):
        return block[part]
    return None
