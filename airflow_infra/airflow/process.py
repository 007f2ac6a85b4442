"""The process in which DAG files are read, inside the environment of the stack's Airflow, and how it is confined."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from airflow_infra.airflow.environment import AirflowEnvironment
from airflow_infra.airflow.inside.main import STARTED
from airflow_infra.settings.airflow import configuration_options, kubernetes_connection
from airflow_infra.settings.stack import StackSettings

_IMPORT_SECONDS = 120
"""For Airflow itself. It takes 4 s on an idle machine."""
_ENDING_SECONDS = 10
_LAUNCH = """import sys
sys.path.insert(0, sys.argv[1])
from airflow_infra.airflow.inside.main import main
sys.path.pop(0)
main(sys.argv[2])
"""
_VARIABLES = "airflow_infra.airflow.inside.variables.UnknownVariables"
_NETWORK = {
    "kernel": "no network (the kernel refuses sockets)",
    "python": "no network for Python code (native code and other programs are not watched on this system)",
}


@dataclass(frozen=True)
class Limits:
    """Bounds of reading one DAG file."""

    seconds: float = 60
    """Airflow's own bound is 30 s unless configured (core.dagbag_import_timeout): it speaks first."""
    memory_bytes: int = 2 * 1024**3
    """Address space, of which Airflow itself takes about 0.25 GiB."""


class TaskPod(BaseModel):
    """A task's pod, as the process inside the environment reports it."""

    dag: str
    task: str
    startup_timeout_s: int | None
    pod: dict[str, Any]
    unknown: tuple[str, ...]
    reasons: tuple[str, ...]


class Problem(BaseModel):
    """Why a file cannot be read, or not to the end."""

    line: int | None
    message: str


class Outcome(BaseModel):
    """What the process reports of one file."""

    dags: int
    pods: tuple[TaskPod, ...]
    others: tuple[str, ...]
    """Tasks that may create pods of which nothing is known."""
    problems: tuple[Problem, ...]


class ReadingProcess:
    """One process that reads the DAG files of one DAGs folder."""

    def __init__(self, environment: AirflowEnvironment, settings: StackSettings, folder: Path, limits: Limits) -> None:
        self._environment = environment
        self._settings = settings
        self._folder = folder
        self._limits = limits

    def read(self, files: Sequence[Path]) -> tuple[dict[Path, Outcome | str], tuple[str, ...]]:
        """What each file holds, or why that is not known; and how the process was confined."""
        with tempfile.TemporaryDirectory(prefix="airflow-infra-") as scratch:
            home, results = Path(scratch) / "home", Path(scratch) / "results"
            for folder in (home / "airflow", results):
                folder.mkdir(parents=True)
            (home / "airflow" / "dags").symlink_to(self._folder)
            request = Path(scratch) / "request.json"
            content = {
                "files": [str(file.resolve()) for file in files],
                "dags_folder": str(self._folder),
                "results": str(results),
                "seconds": self._limits.seconds,
                "memory_bytes": self._limits.memory_bytes,
            }
            request.write_text(json.dumps(content), "utf-8")
            said = self._run(request, home, len(files))
            try:
                network = json.loads((results / STARTED).read_text("utf-8"))["network"]
            except FileNotFoundError:
                reason = f"Airflow {self._environment.airflow_version} did not start: {said}"
                return dict.fromkeys(files, reason), ()
            confined = f"DAG files ran in a process of their own: no credentials, {_NETWORK[network]}"
            return {file: self._outcome(results, index) for index, file in enumerate(files)}, (confined,)

    def _run(self, request: Path, home: Path, files: int) -> str:
        """Run the process to its end. The last that it says."""
        command = [self._environment.python, "-I", "-c", _LAUNCH, str(Path(__file__).parents[2]), str(request)]
        seconds = _IMPORT_SECONDS + files * (self._limits.seconds + 5)
        with (request.parent / "said.txt").open("w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(  # noqa: S603
                command,
                cwd=home / "airflow",
                env=self._variables(home),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                return f"it was ended after {seconds:.0f} s"
            finally:
                _end(process)
            said.seek(0)
            return (said.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1]

    def _variables(self, home: Path) -> dict[str, str]:
        """The environment of the process: nothing of the caller's but the machine's locale."""
        mwaa, region = self._settings.mwaa, self._settings.account.region
        options = {
            name: value for name, value in configuration_options(mwaa).items() if not name.startswith("secrets.")
        } | {
            "core.dags_folder": str(self._folder),
            "core.load_examples": "False",
            "core.dagbag_import_error_traceback_depth": "100",
            "secrets.backend": _VARIABLES,
        }
        return {
            "PATH": os.pathsep.join([str(self._environment.python.parent), "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(home),
            "TMPDIR": str(home),
            "LANG": "C.UTF-8",
            "AIRFLOW_HOME": str(home / "airflow"),
            "AIRFLOW_CONN_KUBERNETES_DEFAULT": kubernetes_connection(mwaa.xcom_sidecar_image),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS ends copies of a process without it
            **{f"AIRFLOW__{name.replace('.', '__', 1).upper()}": value for name, value in options.items()},
        }

    def _outcome(self, results: Path, index: int) -> Outcome | str:
        try:
            return Outcome.model_validate_json((results / f"{index}.json").read_bytes())
        except FileNotFoundError:
            pass
        except ValidationError as error:
            return f"what came of reading it makes no sense: {error.errors()[0]['msg']}"
        try:
            code = json.loads((results / f"{index}.failed.json").read_text("utf-8"))["exit_code"]
        except (FileNotFoundError, ValueError):
            return "not read: the process that reads DAG files ended before it was done with this one"
        if code is None:
            return f"importing it took longer than {self._limits.seconds:g} s"
        if code < 0:
            return f"importing it ended the process: {signal.Signals(-code).name}"
        return f"importing it ended the process with exit code {code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, if it still runs. Asked first, it ends what DAG files have started."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
