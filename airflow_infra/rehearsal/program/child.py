"""The process that runs the program: forked for each run, so that every run imports the program afresh."""

import asyncio
import json
import logging
import os
import runpy
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import grpc
import pulumi.runtime
from pulumi.runtime.proto import engine_pb2

from airflow_infra.rehearsal.program import sdk

_OWN_PACKAGE = __name__.partition(".")[0]
_SEVERITIES = {engine_pb2.INFO: "info", engine_pb2.WARNING: "warning", engine_pb2.ERROR: "error"}
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib"))


def run(request: dict[str, Any], events: TextIO, report_modules: Callable[[list[str]], None]) -> None:
    """Run the program that the request describes, to its end. Logs and the error it ends with go to `events`."""
    directory = Path(request["directory"])
    os.chdir(directory)
    # the program may bring another version of the package that this code is part of
    for name in [name for name in sys.modules if name.partition(".")[0] == _OWN_PACKAGE]:
        del sys.modules[name]
    os.environ["PULUMI_CONFIG"] = json.dumps(request["config"])
    sys.argv = [str(directory)]
    sys.path.insert(0, str(directory))
    # what the SDK leaves unawaited after a failure would be printed: the failure itself is reported
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        _run_program(request, directory, events, report_modules)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            message = f"the program exited with {stop.code!r}"
            _tell(events, {"error": _described(stop, message, directory, request["debug"])})
    except BaseException as error:  # noqa: BLE001 - whatever ends the program is what has to be reported
        _tell(events, {"error": _described(error, _message(error), directory, request["debug"])})


def imported_libraries(directory: Path) -> list[str]:
    """Names of the modules imported so far that do not belong to the program, in the order of their import."""
    names: list[str] = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is not None and name != "__main__" and not _belongs(Path(file), directory):
            names.append(name)
    return names


class _LocalEngine:
    """Stands for Pulumi's engine service. The SDK logs several lines for each resource: debug lines go no further."""

    def __init__(self, events: TextIO) -> None:
        self._events = events

    def Log(self, request: Any) -> None:  # noqa: N802
        """Pass on what is worth showing."""
        severity = _SEVERITIES.get(request.severity)
        if severity is not None:
            _tell(self._events, {"log": {"severity": severity, "text": request.message, "urn": request.urn or None}})

    def RequirePulumiVersion(self, request: Any) -> None:  # noqa: N802
        """The program asks for a version of the Pulumi command; there is none here to compare."""


def _run_program(
    request: dict[str, Any], directory: Path, events: TextIO, report_modules: Callable[[list[str]], None]
) -> None:
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=request["project"],
            stack=request["stack"],
            organization=request["organization"],
            root_directory=str(directory),
            monitor=request["monitor"],
            engine=_LocalEngine(events),
            parallel=request["parallel"],
            dry_run=False,
        )
    )

    sdk.adjust()

    def program() -> None:
        runpy.run_path(str(directory), run_name="__main__")
        report_modules(imported_libraries(directory))

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(request["parallel"]))
    loop.run_until_complete(pulumi.runtime.run_in_stack(program))


def _tell(events: TextIO, message: dict[str, Any]) -> None:
    events.write(json.dumps(message) + "\n")
    events.flush()


def _message(error: BaseException) -> str:
    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return str(error.details())
    if type(error) is Exception or isinstance(error, pulumi.RunError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _described(error: BaseException, message: str, directory: Path, debug: bool) -> dict[str, Any]:
    file, line = _place(error, directory) or (None, None)
    if debug:
        message = "".join(traceback.format_exception(error)).rstrip()
    return {"message": message, "file": file, "line": line}


def _place(error: BaseException, directory: Path) -> tuple[str, int] | None:
    """Innermost line of the program that the error came through."""
    if isinstance(error, SyntaxError) and error.filename and _belongs(Path(error.filename), directory):
        return str(Path(error.filename).relative_to(directory)), error.lineno or 1
    for one in _chain(error):
        found: tuple[str, int] | None = None
        for frame, line in _frames(one.__traceback__):
            file = Path(frame.f_code.co_filename)
            if _belongs(file, directory):
                found = str(file.relative_to(directory)), line
        if found is not None:
            return found
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _frames(traceback_: TracebackType | None) -> Iterator[tuple[Any, int]]:
    while traceback_ is not None:
        yield traceback_.tb_frame, traceback_.tb_lineno
        traceback_ = traceback_.tb_next


def _belongs(file: Path, directory: Path) -> bool:
    """Whether a file is part of the program. Its virtual environment may stand in its directory, and is not."""
    path = str(file)
    return path.startswith(f"{directory}{os.sep}") and not path.startswith(_LIBRARIES)
