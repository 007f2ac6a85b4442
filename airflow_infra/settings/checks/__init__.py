"""Checks across fields: what each field alone cannot tell. Pure functions, a module per sense."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings


@dataclass(frozen=True)
class Surroundings:
    """What the checks may know besides the settings."""

    as_of: date | None = None
    """The day on which versions must be supported; None leaves out what depends on it."""
    project: Path | None = None
    """The project's directory, where the files that settings name are looked for; None leaves that out."""


Check = Callable[[StackSettings, Surroundings], Iterable[Finding]]

CHECKS: tuple[Check, ...] = ()


def check(settings: StackSettings, surroundings: Surroundings, *, partial: bool = False) -> list[Finding]:
    """Run every check.

    Of `partial` settings the fields that are wrong are absent: a check that needs one stops there, because its subject
    was already reported.
    """
    findings: list[Finding] = []
    for one in CHECKS:
        try:
            for finding in one(settings, surroundings):
                findings.append(finding)  # one by one: what was found before an absent field counts
        except AttributeError:
            if not partial:
                raise
    return findings
