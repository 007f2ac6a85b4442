"""From DAG files to the pods that their tasks would create, by the stack's own Airflow.

Importing a DAG file runs its code. It runs in a process of its own: no credentials, an empty home, no network, limits
on time and memory. It can still read and write the files that its user can.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from airflow_infra.airflow.environment import AirflowEnvironment, Tell, airflow_environment
from airflow_infra.airflow.lines import DagLines, TaskLines
from airflow_infra.assurance.check.types import FoundPod, InputProblem
from airflow_infra.settings.airflow import configuration_options, kubernetes_connection
from airflow_infra.settings.stack import StackSettings

_STARTED = "started.json"
_IMPORT_SECONDS = 120
"""For Airflow itself. It takes 4 s on an idle machine."""
_MOST_BYTES = 5 * 1024 * 1024
"""Size of a DAG file that is still parsed."""
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
    memory_bytes: int = 3 * 1024**3
    """Address space, of which Airflow itself takes about 1 GiB."""


@dataclass(frozen=True)
class Rendering:
    """What DAG files hold."""

    pods: tuple[FoundPod, ...] = ()
    problems: tuple[InputProblem, ...] = ()
    """Files that cannot be read, or not to the end."""
    notes: tuple[str, ...] = ()
    """How they were read, and files without pods, one line each."""


class _Pod(BaseModel):
    """A task's pod, as the process inside the environment reports it."""

    dag: str
    task: str
    startup_timeout_s: int | None
    pod: dict[str, Any]
    unknown: tuple[str, ...]
    reasons: tuple[str, ...]


class _Problem(BaseModel):
    line: int | None
    message: str


class _Outcome(BaseModel):
    """What the process reports of one file."""

    dags: int
    pods: tuple[_Pod, ...]
    problems: tuple[_Problem, ...]


def looks_like_dags(content: bytes) -> bool:
    """Whether a Python file may hold DAGs, by the rule that Airflow applies to a folder: it names both words."""
    lower = content.lower()
    return b"dag" in lower and b"airflow" in lower


def rendered_pods(
    files: Sequence[Path], settings: StackSettings, tell: Tell, limits: Limits | None = None, cache: Path | None = None
) -> Rendering:
    """The pods of all tasks in these DAG files that run in one, in order of files and lines.

    Makes the environment of the stack's Airflow where there is none in `cache` (default: the user's cache folder).
    A field that only a running task fills in is in the pod's `unknown`; a pod that cannot be built is all unknown.

    Raises:
        AirflowEnvironmentError: when there is no environment and it cannot be made.
    """
    readable: list[tuple[Path, DagLines]] = []
    problems: list[InputProblem] = []
    for file in files:
        try:
            readable.append((file, _parsed(file)))
        except SyntaxError as error:
            problems.append(InputProblem(str(file), error.lineno, f"not Python: {error.msg}"))
        except (OSError, ValueError) as error:
            problems.append(InputProblem(str(file), None, f"cannot be read as Python: {error}"))
    if not readable:
        return Rendering((), tuple(problems), ())
    environment = airflow_environment(settings.mwaa, tell, cache)
    pods: list[FoundPod] = []
    notes = _notes(environment, settings)
    readable.sort(key=lambda entry: _dags_folder(entry[0]))
    for folder, group in groupby(readable, key=lambda entry: _dags_folder(entry[0])):
        run = _Run(environment, settings, folder, limits or Limits())
        for (file, lines), outcome in run.read(list(group), notes):
            if isinstance(outcome, str):
                problems.append(InputProblem(str(file), None, outcome))
                continue
            problems += [InputProblem(str(file), problem.line, problem.message) for problem in outcome.problems]
            pods += sorted((_found(file, lines, pod) for pod in outcome.pods), key=lambda pod: pod.line)
            if not outcome.pods and not outcome.problems:
                notes.append(f"{file}: {_without_pods(outcome.dags)}")
    return Rendering(tuple(pods), tuple(problems), tuple(dict.fromkeys(notes)))


class _Run:
    """One process that reads the DAG files of one DAGs folder."""

    def __init__(self, environment: AirflowEnvironment, settings: StackSettings, folder: Path, limits: Limits) -> None:
        self._environment = environment
        self._settings = settings
        self._folder = folder
        self._limits = limits

    def read(
        self, files: Sequence[tuple[Path, DagLines]], notes: list[str]
    ) -> list[tuple[tuple[Path, DagLines], _Outcome | str]]:
        """What each file holds, or why that is not known. Adds to the notes how the process was confined."""
        with tempfile.TemporaryDirectory(prefix="airflow-infra-") as scratch:
            home, results = Path(scratch) / "home", Path(scratch) / "results"
            for folder in (home / "airflow", results):
                folder.mkdir(parents=True)
            (home / "airflow" / "dags").symlink_to(self._folder)
            request = Path(scratch) / "request.json"
            content = {
                "files": [str(file.resolve()) for file, _ in files],
                "dags_folder": str(self._folder),
                "results": str(results),
                "seconds": self._limits.seconds,
                "memory_bytes": self._limits.memory_bytes,
            }
            request.write_text(json.dumps(content), "utf-8")
            said = self._run(request, home, len(files))
            try:
                network = json.loads((results / _STARTED).read_text("utf-8"))["network"]
            except FileNotFoundError:
                reason = f"Airflow {self._environment.airflow_version} did not start: {said}"
                return [(file, reason) for file in files]
            notes.append(f"DAG files ran in a process of their own: no credentials, {_NETWORK[network]}")
            return [(file, self._outcome(results, index)) for index, file in enumerate(files)]

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
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
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

    def _outcome(self, results: Path, index: int) -> _Outcome | str:
        try:
            return _Outcome.model_validate_json((results / f"{index}.json").read_bytes())
        except FileNotFoundError:
            pass
        except ValidationError as error:
            return f"what came of reading it makes no sense: {error.errors()[0]['msg']}"
        try:
            code = json.loads((results / f"{index}.failed.json").read_text("utf-8"))["exit_code"]
        except (FileNotFoundError, ValueError):
            return "reading it ended the process that reads DAG files"
        if code is None:
            return f"importing it took longer than {self._limits.seconds:g} s"
        if code < 0:
            return f"importing it ended the process: {signal.Signals(-code).name}"
        return f"importing it ended the process with exit code {code}"


def _parsed(file: Path) -> DagLines:
    """The calls of a DAG file.

    Raises:
        OSError, SyntaxError, ValueError: when it cannot be parsed.
    """
    size = file.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(f"{size} bytes: more than the {_MOST_BYTES} of any DAG file")
    return DagLines(file.read_bytes())


def _dags_folder(file: Path) -> Path:
    """What MWAA's dags/ is to a file: the nearest folder of that name around it, else the file's own."""
    file = file.resolve()
    return next((folder for folder in file.parents if folder.name == "dags"), file.parent)


def _notes(environment: AirflowEnvironment, settings: StackSettings) -> list[str]:
    notes = list(environment.notes)
    if settings.mwaa.plugins_file or settings.mwaa.startup_script_file:
        notes.append("the stack's plugins and start-up script were not run")
    return notes


def _without_pods(dags: int) -> str:
    return "holds no DAG" if dags == 0 else "no task of its DAGs creates a pod"


def _found(file: Path, lines: DagLines, pod: _Pod) -> FoundPod:
    task = lines.task(pod.task) or TaskLines(1)
    return FoundPod(
        str(file),
        task.line,
        f"{pod.dag}.{pod.task}",
        "task",
        pod.pod,
        task.field_line,
        pod.unknown,
        pod.startup_timeout_s,
        pod.reasons,
    )
