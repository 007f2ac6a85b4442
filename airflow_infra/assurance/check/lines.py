"""Lines of a document's fields."""

import re
from dataclasses import dataclass
from typing import Any

MOST_LEVELS = 100
"""Blocks inside blocks that a document may have. A pod has about ten."""
MOST_VALUES = 1_000_000
"""Values that a document may hold, what aliases repeat counted."""

Path = tuple[str | int, ...]
_PART = re.compile(r'\[(\d+)\]|\["?([^\]"]*)"?\]|([^.\[\]]+)')


class UnreadableError(Exception):
    """A document that cannot be read, and the line that shows it."""

    def __init__(self, message: str, line: int) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where a value stands, and the values inside it."""

    line: int
    """Line of its key, of its item in a list, or of the document, counted from 1."""
    inside: "dict[str, Lines] | list[Lines] | None" = None

    def at(self, path: Path) -> "Lines":
        """The value at a path, or the innermost one that should hold it."""
        here = self
        for part in path:
            below = here._below(part)
            if below is None:
                break
            here = below
        return here

    def _below(self, part: str | int) -> "Lines | None":
        if isinstance(self.inside, dict):
            return self.inside.get(part) if isinstance(part, str) else None
        if isinstance(self.inside, list) and isinstance(part, int) and part < len(self.inside):
            return self.inside[part]
        return None


def split_path(path: str) -> Path:
    """The parts of a path such as spec.containers[0].image, metadata.annotations["a/b"] or metadata.labels[a/b]."""
    return tuple(int(index) if index else bracketed or word for index, bracketed, word in _PART.findall(path))


def check_depth(value: Any, line: int) -> None:
    """Hold a value that was read to the levels that are allowed.

    Raises:
        UnreadableError: when it is nested deeper.
    """
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            item
            for block in level
            for item in (block.values() if isinstance(block, dict) else block)
            if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise UnreadableError(too_deep(), line)


def too_deep() -> str:
    """What is said of a document that is nested too deep."""
    return f"blocks are nested more than {MOST_LEVELS} levels deep: that is no Kubernetes object"
