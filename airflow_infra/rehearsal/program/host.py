"""The rehearsal's side of running a program."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_infra.rehearsal.events import Message
from airflow_infra.rehearsal.program import wire
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.result import ErrorReport

_LIBRARY_ROOT = Path(__file__).resolve().parents[3]
_START = (
    "import sys; sys.path.insert(0, sys.argv[2]);"
    " from airflow_infra.rehearsal.program.zygote import main; main(int(sys.argv[1]), sys.argv[2])"
)
_PARALLEL = 16
_PATIENCE_S = 5.0
_AWAKE_S = 0.5
"""Seconds until the main thread runs again. A signal that another thread takes, or that comes just before a wait for
events, does not end that wait, and Python acts on it in the main thread only."""


class ProgramHostError(Exception):
    """The process that runs programs broke down: a fault of the rehearsal, not of the program."""


class ProgramHost:
    """Runs programs, each run in a process forked from one that has imported their libraries.

    `environment` is what the processes see as theirs. Starting takes a moment of another process's time; a run may be
    launched meanwhile.
    """

    def __init__(self, environment: Mapping[str, str], errors: Path) -> None:
        self._environment = environment
        self._errors = errors
        """File for what the forking process itself prints, should it break down."""
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Start the process that programs will be forked from, and return without waiting for it."""
        ours, theirs = socket.socketpair()
        with theirs, self._errors.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own code
                [sys.executable, "-P", "-c", _START, str(theirs.fileno()), str(_LIBRARY_ROOT)],
                env={
                    **self._environment,
                    "GRPC_ENABLE_FORK_SUPPORT": "0",  # there is nothing of gRPC to carry over
                    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS: libraries were loaded, nothing was started
                },
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,  # an interrupt from the terminal is the rehearsal's to handle
            )
        self._control = ours

    def launch(self, program: Program, monitor: str, *, debug: bool = False) -> "ProgramRun":
        """Start a run of a program against the resource monitor at an address.

        Raises:
            ProgramHostError: when the process that programs are forked from does not answer.
        """
        control = self._control
        if control is None:
            raise ProgramHostError("the program host was not started")
        request = {
            "directory": str(program.directory.resolve()),
            "project": program.project,
            "stack": program.stack,
            "organization": program.organization,
            "config": dict(program.config),
            "monitor": monitor,
            "parallel": _PARALLEL,
            "debug": debug,
        }
        events, events_end = os.pipe()
        output, output_end = os.pipe()
        try:
            wire.send(control, request, (events_end, output_end))
        except OSError as error:
            raise self._broken() from error
        finally:
            os.close(events_end)
            os.close(output_end)
        return ProgramRun(control, events, output, self._broken)

    def close(self) -> None:
        """End the processes, at once."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _broken(self) -> ProgramHostError:
        printed = self._errors.read_text(errors="replace").strip()
        return ProgramHostError(f"the process that runs programs broke down: {printed or 'it printed nothing'}")


@dataclass
class ProgramRun:
    """One run of a program, under way."""

    control: socket.socket
    events: int
    output: int
    broken: Callable[[], ProgramHostError]
    errors: list[ErrorReport] = field(default_factory=list[ErrorReport])
    _pid: int | None = None

    def wait(self, report: Callable[[Message], None]) -> list[ErrorReport]:
        """Pass on what the program prints and logs until it ends; return the errors that it ended with.

        An error that it logged counts: `pulumi up` fails on one, too.

        Raises:
            ProgramHostError: when the process that programs are forked from breaks down.
        """
        ended = False
        exit_code: int | None = None
        with selectors.DefaultSelector() as selector:
            events, output = _Lines(self.events), _Lines(self.output)
            for source in (events, output, self.control):
                selector.register(source, selectors.EVENT_READ)
            open_sources = 3
            try:
                while open_sources:
                    for key, _ in selector.select(_AWAKE_S):
                        if key.fileobj is self.control:
                            answer = wire.receive(self.control)
                            if answer is None:
                                raise self.broken()
                            self._pid = answer[0].get("pid")
                            exit_code = answer[0].get("exit")
                            if exit_code is None:
                                continue
                            gone = True
                        elif key.fileobj is events:
                            lines, gone = events.read()
                            for line in lines:
                                ended = self._take(json.loads(line), report) or ended
                        else:
                            lines, gone = output.read()
                            for line in lines:
                                report(Message("output", line))
                        if gone:
                            selector.unregister(key.fileobj)
                            open_sources -= 1
            finally:
                self.close()
        if not ended:
            how = f"signal {signal.Signals(-exit_code).name}" if exit_code and exit_code < 0 else f"status {exit_code}"
            self.errors.append(ErrorReport(f"the program's process was ended by {how}"))
        return self.errors

    def close(self) -> None:
        """End the program if it is still running, and forget it."""
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._pid = None
        for descriptor in (self.events, self.output):
            if descriptor >= 0:
                os.close(descriptor)
        self.events = self.output = -1

    def _take(self, message: dict[str, Any], report: Callable[[Message], None]) -> bool:
        """Deal with a message of the program's process; whether it was the last one."""
        if "log" in message:
            log = Message(**message["log"])
            report(log)
            if log.severity == "error":
                self.errors.append(ErrorReport(log.text, log.urn))
        if "error" in message:
            self.errors.append(ErrorReport(**message["error"]))
        return "end" in message


class _Lines:
    """Lines out of a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def fileno(self) -> int:
        """For selectors."""
        return self._descriptor

    def read(self) -> tuple[list[str], bool]:
        """The lines that have arrived, and whether the other end is closed."""
        chunk = os.read(self._descriptor, 65536)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk and self._rest:
            lines, self._rest = [self._rest], b""
        return [line.decode(errors="replace") for line in lines], not chunk
