"""What a rehearsal tells while it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from airflow_infra.rehearsal.result import Action, StepName, StepResult

Severity = Literal["output", "info", "warning", "error"]
"""`output` is a line that the program printed."""


@dataclass(frozen=True)
class StepStarted:
    """A step begins."""

    step: StepName


@dataclass(frozen=True)
class StepFinished:
    """A step is over."""

    result: StepResult


@dataclass(frozen=True)
class ResourceDone:
    """A resource has been dealt with."""

    step: StepName
    action: Action
    urn: str
    type: str
    name: str
    changed: tuple[str, ...] = ()
    """Paths of the inputs that differed."""
    reason: str | None = None
    """Why it failed or was skipped."""


@dataclass(frozen=True)
class Message:
    """A line from the program or about the run."""

    severity: Severity
    text: str
    urn: str | None = None


Event = StepStarted | StepFinished | ResourceDone | Message
Report = Callable[[Event], None]
