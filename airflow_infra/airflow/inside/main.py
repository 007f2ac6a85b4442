"""Reads DAG files one after the other, each in a process of its own, and writes a file of results for each.

Airflow is imported once; a process per file is a copy of this one. What a DAG file prints is thrown away.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from airflow_infra.airflow.inside import confinement
from airflow_infra.airflow.inside.pods import Airflow

STARTED = "started.json"
"""File that says that Airflow was imported, and how the network was taken away."""


def main(request_file: str) -> None:
    """Do what a request says: `files`, `dags_folder`, `results` (a folder), `seconds`, `memory_bytes`."""
    request = json.loads(Path(request_file).read_text("utf-8"))
    results = Path(request["results"])
    network = confinement.refuse_network()
    confinement.adopt_orphans()
    signal.signal(signal.SIGTERM, _stop)
    airflow = Airflow()
    write(results / STARTED, {"network": network})
    reader = os.getpid()
    for index, file in enumerate(request["files"]):
        result = results / f"{index}.json"
        process = os.fork()
        if process == 0:
            confinement.end_with_parent(reader)
            _read(airflow, file, request, result)
        code = confinement.wait(process, request["seconds"])
        if not result.exists():
            write(results / f"{index}.failed.json", {"exit_code": code})


def _stop(*_: object) -> None:
    """Leave by way of everything that cleans up."""
    sys.exit(1)


def _read(airflow: Airflow, file: str, request: dict[str, Any], result: Path) -> None:
    """Read one file and end this process, whatever happens. Copies of it that the file makes write nothing."""
    me = os.getpid()
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nowhere, stream)
        confinement.limit_memory(request["memory_bytes"])
        sys.path.insert(0, request["dags_folder"])
        outcome = airflow.read(file, request["dags_folder"])
        if os.getpid() == me:
            write(result, outcome)
            code = 0
    # also SystemExit and the like: nothing may run on in a copy of the process that waits for this one
    except BaseException as error:  # noqa: BLE001
        if os.getpid() == me:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
            problem = {"line": lines[-1] if lines else None, "message": f"{type(error).__name__}: {error}"}
            write(result, {"dags": 0, "pods": [], "others": [], "problems": [problem]})
            code = 0
    finally:
        os._exit(code)


def write(file: Path, content: Any) -> None:
    """Write a file of JSON whole or not at all."""
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content), "utf-8")
    draft.replace(file)
