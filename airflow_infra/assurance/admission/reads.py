"""Which parts of a pod a reader looks at: what a cache of verdicts may ignore is everything else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

EVERY = "*"
"""Every element of a list, or every value of a mapping."""

_STEP = re.compile(r'\[\d+\]|\["(?P<key>[^"]*)"\]|\.?(?P<word>[^.\[\]]+)')


@dataclass
class Reads:
    """A tree of the fields that are read: each is told from a missing one, its value is read only where it is whole."""

    whole: bool = False
    """The value is read with all that is in it."""
    whole_if_list: bool = False
    """Something is searched in it, which reads a list's elements, but only one key of a mapping."""
    below: dict[str, "Reads"] = field(default_factory=dict[str, "Reads"])

    def at(self, path: Iterable[str]) -> "Reads":
        """The node of a path, made where there was none."""
        node = self
        for step in path:
            node = node.below.setdefault(step, Reads())
        return node

    def add(self, *paths: str) -> "Reads":
        """Add whole fields, such as `spec.containers[*].resources`."""
        for path in paths:
            self.at(_steps(path)).whole = True
        return self

    def covers(self, path: str) -> bool:
        """Whether a change of a field, such as `spec.containers[0].image`, can be seen by the reader."""
        nodes = [self]
        for step in _steps(path):
            if any(node.whole or (node.whole_if_list and step == EVERY) for node in nodes):
                return True
            nodes = [node.below[key] for node in nodes for key in {step, EVERY} if key in node.below]
        return bool(nodes)


def _steps(path: str) -> list[str]:
    return [step["key"] or step["word"] or EVERY for step in _STEP.finditer(path.replace("[*]", "[0]"))]
