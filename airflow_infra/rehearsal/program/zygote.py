"""The process that programs are forked from: it has imported their libraries, and nothing else has happened in it.

Importing Pulumi's SDKs takes longer than running most programs. A forked process has them already, and still imports
the program itself afresh. Nothing may be started here that does not survive a fork: no thread, no gRPC channel.
"""

import gc
import importlib
import json
import os
import select
import socket
import sys
import threading
from contextlib import suppress
from signal import SIGKILL
from typing import Any

from airflow_infra.rehearsal.hermetic import confine
from airflow_infra.rehearsal.program import child, wire


def main(control_descriptor: int, library_root: str) -> None:
    """Serve requests on a socket until the other side closes it."""
    # the path that this package was found on is not the program's business
    sys.path.remove(library_root)
    confine()
    control = socket.socket(fileno=control_descriptor)
    while (received := wire.receive(control, descriptors=2)) is not None:
        request, (events, output) = received
        _serve(control, request, events, output)


def _serve(control: socket.socket, request: dict[str, Any], events: int, output: int) -> None:
    """Run a program in a forked process, and import meanwhile what it turns out to need."""
    if threading.active_count() != 1:
        raise RuntimeError("a thread was started by an import, and would not survive the fork")
    modules, modules_end = os.pipe()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        os.close(modules)
        control.close()
        _become_program(request, events, output, modules_end)
    for descriptor in (events, output, modules_end):
        os.close(descriptor)
    try:
        wire.send(control, {"pid": pid})
        with os.fdopen(modules, "rb", buffering=0) as reports:
            _preload_until_exit(control, reports)
        _, status = os.waitpid(pid, 0)
        wire.send(control, {"exit": os.waitstatus_to_exitcode(status)})
    except ConnectionError:
        # the rehearsal is gone
        with suppress(ProcessLookupError):
            os.kill(pid, SIGKILL)
        # not left to process 1, which in a container may wait for nobody
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
        sys.exit()


def _preload_until_exit(control: socket.socket, reports: Any) -> None:
    """Import what the program reports until it is over."""
    received = bytearray()
    while True:
        readable, _, _ = select.select([control, reports], [], [])
        if control in readable:
            raise ConnectionResetError("nothing is asked while a program runs: the other side has closed")
        chunk = reports.read(65536)
        if not chunk:
            return
        received += chunk
        if received.endswith(b"\n"):
            for name in json.loads(received):
                # what cannot be imported alone was not meant to be; the program will import it its own way
                with suppress(Exception):
                    importlib.import_module(name)
            received.clear()


def _become_program(request: dict[str, Any], events: int, output: int, modules: int) -> None:
    for stream in (1, 2):
        os.dup2(output, stream)
    os.close(output)
    sys.stdout = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115

    def report(names: list[str]) -> None:
        with open(modules, "wb", buffering=0, closefd=False) as pipe:
            pipe.write(json.dumps(names).encode() + b"\n")

    status = 1
    try:
        with open(events, "w", buffering=1) as channel:
            child.run(request, channel, report)
            channel.write('{"end": true}\n')
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # the threads of gRPC are not waited for, and nothing that the parent has opened is closed here
        os._exit(status)
