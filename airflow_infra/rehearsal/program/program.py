"""Which program to run, and as which stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A Pulumi program: a directory with a `__main__.py`."""

    directory: Path
    project: str
    stack: str
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Stack configuration as Pulumi hands it over: `namespace:key` to a string, structured values as JSON."""
    organization: str = "organization"
