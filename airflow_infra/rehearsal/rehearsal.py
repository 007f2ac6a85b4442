"""A rehearsal: a Pulumi program deployed on an emulated account, again, and destroyed."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from airflow_infra.rehearsal.engine.custom import CustomResources
from airflow_infra.rehearsal.engine.deployment import Deployment, Stack
from airflow_infra.rehearsal.engine.destruction import destroy
from airflow_infra.rehearsal.engine.journal import Journal
from airflow_infra.rehearsal.engine.monitor import Monitor
from airflow_infra.rehearsal.engine.provider_registry import ProviderRegistry
from airflow_infra.rehearsal.engine.redaction import Redactor
from airflow_infra.rehearsal.engine.registration import Position
from airflow_infra.rehearsal.engine.state import State
from airflow_infra.rehearsal.engine.urns import Naming
from airflow_infra.rehearsal.environment import Environment
from airflow_infra.rehearsal.events import Event, Message, StepFinished, StepStarted
from airflow_infra.rehearsal.hermetic import hermetic
from airflow_infra.rehearsal.program.host import ProgramHost, ProgramRun
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.result import ErrorReport, Graph, Leftover, RehearsalResult, StepName, StepResult

Progress = Callable[[Event], None]


class Rehearsal:
    """Steps of one program on one emulated account. Use it as a context manager.

    Args:
        program: what to deploy.
        environment: makes the surroundings; entered once nothing can leave the machine any more, left at the end.
        progress: told what happens, as it happens. May be called from several threads, one at a time.
        debug: report errors that are not the program author's with their traceback.

    The program's first run is started before the environment is there, and waits for it at its first request.
    """

    def __init__(
        self,
        program: Program,
        environment: Callable[[], AbstractContextManager[Environment]],
        progress: Progress | None = None,
        *,
        debug: bool = False,
    ) -> None:
        self.result = RehearsalResult(program.stack, Graph({}))
        self.graphs: dict[StepName, Graph] = {}
        """What each step that runs the program registered."""
        self._program = program
        self._make_environment = environment
        self._progress: Progress = progress or _tell_nobody
        self._debug = debug
        self._state = State()
        self._redactor = Redactor()
        self._telling = threading.Lock()
        self._resources = ExitStack()
        self._early: ProgramRun | None = None

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        with ExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="rehearsal-")))
            home = folder / "home"
            home.mkdir()
            opening.enter_context(hermetic(home))
            self._host = ProgramHost(dict(os.environ), folder / "host-errors")
            opening.callback(self._host.close)
            self._host.start()
            self._monitor = Monitor()
            opening.callback(self._monitor.close)
            self._early = self._launch(self._program)
            opening.callback(self._forget_early)
            self._environment = opening.enter_context(self._make_environment())
            self._registry = ProviderRegistry(self._environment.providers, self._program.config)
            self._before = self._environment.inventory()
            self._resources = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._resources.__exit__(kind, error, traceback)

    @property
    def environment(self) -> Environment:
        """The surroundings."""
        return self._environment

    def run(self, inspect: Callable[[StepName], None] = lambda _: None) -> RehearsalResult:
        """All steps, one after the other. After a failed one, what was made is destroyed and nothing else is tried.

        Args:
            inspect: called after `up` and after `again`, while everything stands. It may look, and change nothing.
        """
        if self.up():
            inspect("up")
            self.accept()
            if self.up("up-2"):
                self.again()
                inspect("again")
        self.destroy()
        return self.result

    def up(self, step: Literal["up", "up-2", "again"] = "up", program: Program | None = None) -> bool:
        """Run the program - from now on another one, if given - and do what it asks. Whether nothing failed."""
        if program is not None:
            self._program = program
            self._forget_early()
        with self._step(step) as tally:
            naming = Naming(self._program.stack, self._program.project)
            directory = self._program.directory.resolve()
            stack = Stack(naming, directory, self._state, self._registry, self._redactor, self._tell, debug=self._debug)
            deployment = Deployment(stack, step)
            self._monitor.serve(deployment)
            run, self._early = self._early or self._launch(self._program), None
            try:
                ended_with = run.wait(self._tell)
            except BaseException:
                self._progress = _tell_nobody  # what an interrupt cuts off has not failed
                raise
            finally:
                run.close()
                self._monitor.pause()
            for error in ended_with:
                if not any(known.message in error.message for known in deployment.journal.errors):
                    position = Position(error.file, error.line) if error.file and error.line else None
                    deployment.journal.refuse(error.message, error.resource, position)
            deployment.finish()
            tally.count(deployment)
            self.result.graph = self.graphs[step] = deployment.graph()
            self.result.outputs = deployment.exports
        return not tally.errors

    def accept(self) -> None:
        """The owners of what waits for their acceptance accept it."""
        with self._step("accept"):
            for accepted in self._environment.accept_attachments():
                self._tell(Message("info", accepted))

    def again(self) -> bool:
        """Run the unchanged program once more: anything that this changes is an error. Whether nothing was."""
        calls_before = len(self._environment.mutating_calls())
        fine = self.up("again")
        errors: list[ErrorReport] = []
        for node in self.graphs["again"].nodes.values():
            if node.action in ("create", "update", "replace"):
                paths = f" ({', '.join(node.changed)})" if node.changed else ""
                message = f"the unchanged program asks for another {node.action} of it{paths}: it never settles"
                errors.append(ErrorReport(message, node.urn, node.file, node.line))
        calls = self._environment.mutating_calls()[calls_before:]
        if fine and calls and not errors:
            errors.append(
                ErrorReport(f"running the unchanged program again made calls that change: {', '.join(calls)}")
            )
        self.result.errors += errors
        return fine and not errors

    def destroy(self) -> bool:
        """Delete everything, what depends on something first, and compare the account with what it was before.

        What is protected stays at first, with what it depends on, as `pulumi destroy --exclude-protected` leaves it; it
        is named in the result. Then the protection is lifted and the rest deleted too, which proves that it can be, and
        that nothing else stays behind. Whether nothing failed.
        """
        with self._step("destroy") as tally:
            journal = Journal("destroy", self._redactor, self._tell, debug=self._debug)
            custom = CustomResources(self._state, self._registry)
            destruction = destroy(self._state, custom, journal, self._environment.lift_deletion_protection)
            tally.errors = journal.errors
            tally.deleted = sum(one.in_cloud for one in destruction.deleted)
            self.result.leftovers += destruction.kept
            left = self._compare_with_before(journal)
        return not tally.errors and not left

    def _compare_with_before(self, journal: Journal) -> list[Leftover]:
        """What stands now and did not before; what is missing is an error."""
        now = self._environment.inventory()
        left = [
            Leftover(name, note or "still there after everything was deleted", protected=False)
            for name, note in now.items()
            if name not in self._before
        ]
        for name in self._before:
            if name not in now:
                journal.refuse(f"{name} was there before the first up, and is gone")
        self.result.leftovers += left
        return left

    def _launch(self, program: Program) -> ProgramRun:
        return self._host.launch(program, self._monitor.address, debug=self._debug)

    def _forget_early(self) -> None:
        if self._early is not None:
            self._early.close()
            self._early = None

    def _tell(self, event: Event) -> None:
        if isinstance(event, Message):
            event = replace(event, text=self._redactor.scrub(event.text))
        with self._telling:
            self._progress(event)

    @contextmanager
    def _step(self, step: StepName) -> Generator["_Tally"]:
        """Announce a step, measure it, and put what it did into the result."""
        self._tell(StepStarted(step))
        tally, started = _Tally(), time.monotonic()
        calls_before = len(self._environment.mutating_calls())
        yield tally
        done = StepResult(
            step=step,
            created=tally.created,
            updated=tally.updated,
            replaced=tally.replaced,
            deleted=tally.deleted,
            same=tally.same,
            mutating_calls=len(self._environment.mutating_calls()) - calls_before,
            duration_s=time.monotonic() - started,
        )
        self.result.steps.append(done)
        self.result.errors += tally.errors
        self.result.duration_s = time.monotonic() - self._started
        self.result.modelled = list(self._environment.modelled())
        self.result.not_checked = list(self._environment.not_checked())
        self._tell(StepFinished(done))


def _tell_nobody(event: Event) -> None:
    del event


@dataclass
class _Tally:
    """What a step has done so far. Counts resources that exist in the cloud."""

    created: int = 0
    updated: int = 0
    replaced: int = 0
    deleted: int = 0
    same: int = 0
    errors: list[ErrorReport] = field(default_factory=list[ErrorReport])

    def count(self, deployment: Deployment) -> None:
        """Count what a run of the program has done."""
        done = [record.action for record in deployment.records.values() if record.state and record.state.in_cloud]
        self.created, self.updated = done.count("create"), done.count("update")
        self.replaced, self.same = done.count("replace"), done.count("same")
        self.deleted = sum(one.in_cloud for one in deployment.deleted)
        self.errors = deployment.journal.errors
