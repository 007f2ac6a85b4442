"""What the checks may know besides the settings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from airflow_infra.settings.problems import Finding, KeyPath
from airflow_infra.settings.stack import StackSettings


@dataclass(frozen=True)
class Surroundings:
    """What the checks may know besides the settings."""

    as_of: date | None = None
    """The day on which versions must be supported; None leaves out what depends on it."""
    project: Path | None = None
    """The project's directory, where the files that settings name are looked for; None leaves that out."""


Check = Callable[[StackSettings, Surroundings], Iterable[Finding]]


def duplicates(path: KeyPath, values: Iterable[str], what: str, key: str | None = None) -> Iterable[Finding]:
    """A finding for every value of a list that stands there a second time; `key` names it within its block."""
    seen: dict[str, int] = {}
    for index, value in enumerate(values):
        if value in seen:
            place = (*path, index) if key is None else (*path, index, key)
            yield Finding(place, f"the {what} stands here a second time, first as {path[-1]}[{seen[value]}]", value)
        seen.setdefault(value, index)
