"""What a rehearsal shows while it runs: one line that moves on a terminal, one line a step elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from airflow_infra.rehearsal.events import Event, Message, ResourceDone, StepFinished, StepStarted

_STEPS = {
    "up": "up: deploying from nothing",
    "accept": "accept: the transit gateways' owners accept the attachments",
    "up-2": "up-2: the routes to the accepted gateways",
    "again": "again: nothing may change",
    "destroy": "destroy: nothing may stay",
}


class LiveProgress:
    """Shows the events of a rehearsal. Use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting", console=console)
        self._title = "starting"
        self._done = 0
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._status.stop()

    def tell(self, event: Event) -> None:
        """Show one event."""
        match event:
            case StepStarted(step):
                self._title, self._done = _STEPS[step], 0
                self._status.update(escape(self._title))
            case ResourceDone():
                self._done += 1
                self._status.update(
                    f"{escape(self._title)} [dim]{self._done} {escape(event.type)} {escape(event.name)}[/]"
                )
                if event.action == "failed":
                    self._console.print(f"  [red]failed[/] {escape(event.type)} {escape(event.name)}", soft_wrap=True)
            case StepFinished(result):
                self._console.print(f"  [green]-[/] {escape(_STEPS[result.step])} [dim]{result.duration_s:.1f} s[/]")
            case Message(severity, text) if text not in self._said:
                self._said.add(text)  # every run of the program says it again
                style = {"error": "red", "warning": "yellow"}.get(severity, "dim")
                self._console.print(f"    [{style}]{escape(text)}[/]", soft_wrap=True)
            case Message():
                pass
