"""From DAG files to the pods that their tasks would create, by the stack's own Airflow.

Importing a DAG file runs its code. It runs in a process of its own: no credentials, an empty home, no network, limits
on time and memory. It can still read and write the files that its user can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from airflow_infra.airflow.environment import Tell, airflow_environment
from airflow_infra.airflow.lines import DagLines, TaskLines
from airflow_infra.airflow.process import Limits, Outcome, ReadingProcess, TaskPod
from airflow_infra.assurance.check.types import Finding, FoundPod, InputProblem
from airflow_infra.settings.names import AIRFLOW_NAMESPACE
from airflow_infra.settings.stack import StackSettings

_MOST_BYTES = 5 * 1024 * 1024
"""Size of a DAG file that is still parsed."""


@dataclass(frozen=True)
class Rendering:
    """What DAG files hold."""

    pods: tuple[FoundPod, ...] = ()
    problems: tuple[InputProblem, ...] = ()
    """Files that cannot be read, or not to the end."""
    notes: tuple[str, ...] = ()
    """How they were read, files without pods, and tasks that are not checked: one line each."""
    without_pods: int = 0
    """Files that were read and hold no pod."""


def looks_like_dags(file: Path) -> bool:
    """Whether a Python file may hold DAGs, by the rule that Airflow applies to a folder: it names both words.

    So may one that cannot be read: `rendered_pods` says why it cannot.
    """
    try:
        lower = file.read_bytes().lower()
    except OSError:
        return True
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
    readable: dict[Path, DagLines] = {}
    problems: dict[Path, InputProblem] = {}
    for file in files:
        try:
            readable[file] = _parsed(file)
        except OSError as error:
            problems[file] = InputProblem(str(file), None, f"cannot be read: {error.strerror}")
        except ValueError as error:
            problems[file] = InputProblem(str(file), None, str(error))
    if not readable:
        return Rendering(problems=tuple(problems.values()))
    environment = airflow_environment(settings.mwaa, tell, cache)
    notes = list(environment.notes)
    if settings.mwaa.plugins_file or settings.mwaa.startup_script_file:
        notes.append("the stack's plugins and start-up script were not run")
    outcomes: dict[Path, Outcome | str] = {}
    for folder, group in groupby(sorted(readable, key=_dags_folder), key=_dags_folder):
        read, confined = ReadingProcess(environment, settings, folder, limits or Limits()).read(list(group))
        outcomes |= read
        notes += confined
    pods: list[FoundPod] = []
    found_problems: list[InputProblem] = []
    without_pods = 0
    for file in dict.fromkeys(files):
        outcome = outcomes.get(file)
        if outcome is None:
            found_problems.append(problems[file])
        elif isinstance(outcome, str):
            found_problems.append(InputProblem(str(file), None, outcome))
        else:
            found_problems += [InputProblem(str(file), problem.line, problem.message) for problem in outcome.problems]
            pods += sorted((found_pod(file, readable[file], pod) for pod in outcome.pods), key=lambda pod: pod.line)
            notes += [f"{file}: not checked: what the task {name} creates in the cluster" for name in outcome.others]
            if not (outcome.pods or outcome.others or outcome.problems):
                notes.append(f"{file}: {_without_pods(outcome.dags)}")
            without_pods += not (outcome.pods or outcome.problems)
    return Rendering(tuple(pods), tuple(found_problems), tuple(dict.fromkeys(notes)), without_pods)


def _parsed(file: Path) -> DagLines:
    """The calls of a DAG file.

    Raises:
        OSError: when it cannot be read.
        ValueError: when it is too large.
    """
    size = file.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(f"{size} bytes: more than the {_MOST_BYTES} of any DAG file")
    return DagLines(file.read_bytes())


def _dags_folder(file: Path) -> Path:
    """What MWAA's dags/ is to a file: the nearest folder of that name around it, else the file's own."""
    file = file.resolve()
    return next((folder for folder in file.parents if folder.name == "dags"), file.parent)


def _without_pods(dags: int) -> str:
    return "holds no DAG" if dags == 0 else "no task of its DAGs creates a pod"


def found_pod(file: Path, lines: DagLines, pod: TaskPod) -> FoundPod:
    """A task's pod. One in a namespace where it may not be is judged for the rest as if it were in Airflow's."""
    task = lines.task(pod.task) or TaskLines(1)
    manifest, refused_by = pod.pod, ()
    namespace = manifest["metadata"].get("namespace", AIRFLOW_NAMESPACE)
    if namespace != AIRFLOW_NAMESPACE and not {"metadata", "metadata.namespace"} & set(pod.unknown):
        manifest = {**manifest, "metadata": {**manifest["metadata"], "namespace": AIRFLOW_NAMESPACE}}
        refused_by = (_not_there(namespace),)
    return FoundPod(
        str(file),
        task.line,
        f"{pod.dag}.{pod.task}",
        "task",
        manifest,
        task.field_line,
        pod.unknown,
        pod.startup_timeout_s,
        pod.reasons,
        refused_by,
    )


def _not_there(namespace: str) -> Finding:
    message = (
        f"namespace {namespace}: mwaa-service may create pods in {AIRFLOW_NAMESPACE} only; "
        f'write namespace="{AIRFLOW_NAMESPACE}"'
    )
    return Finding("access", message, "metadata.namespace")
