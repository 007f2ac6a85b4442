"""What happens in a step: what becomes of each resource, and every error."""

import traceback
from dataclasses import dataclass

from airflow_infra.rehearsal.engine.custom import CheckFailedError, failure_texts
from airflow_infra.rehearsal.engine.redaction import Redactor
from airflow_infra.rehearsal.engine.registration import Position, Registration
from airflow_infra.rehearsal.engine.state import ResourceState
from airflow_infra.rehearsal.events import Report, ResourceDone
from airflow_infra.rehearsal.providers.protocol import ProviderError
from airflow_infra.rehearsal.result import Action, ErrorReport, StepName


@dataclass(frozen=True)
class Record:
    """What became of a registration, or of a resource that was to be deleted."""

    registration: Registration
    action: Action
    state: ResourceState | None = None
    changed: tuple[str, ...] = ()
    reason: str | None = None

    @property
    def stands(self) -> bool:
        """Whether the resource is now as the program asks."""
        return self.action not in ("failed", "skipped")


class Journal:
    """Collects the errors of a step, and tells what happens."""

    def __init__(self, step: StepName, redactor: Redactor, report: Report, *, debug: bool = False) -> None:
        self.step: StepName = step
        self.errors: list[ErrorReport] = []
        self._redactor = redactor
        self._report = report
        self._debug = debug

    def refuse(self, message: str, urn: str | None = None, position: Position | None = None) -> None:
        """Record an error."""
        file, line = (position.file, position.line) if position else (None, None)
        self.errors.append(ErrorReport(self._redactor.scrub(message), urn, file, line))

    def fail(self, registration: Registration, error: Exception) -> str:
        """Record what is wrong with a resource, each failed check by itself, and return it as one text."""
        messages = failure_texts(error) if isinstance(error, CheckFailedError) else [self._message(error)]
        for message in messages:
            self.refuse(message, registration.urn, registration.position)
        return self._redactor.scrub("; ".join(messages))

    def done(self, record: Record) -> None:
        """Tell what became of a resource."""
        of = record.registration
        self._report(ResourceDone(self.step, record.action, of.urn, of.type, of.name, record.changed, record.reason))

    def _message(self, error: Exception) -> str:
        if isinstance(error, ProviderError):
            return str(error)
        if self._debug:
            return "".join(traceback.format_exception(error)).rstrip()
        return f"{type(error).__name__}: {error}"
