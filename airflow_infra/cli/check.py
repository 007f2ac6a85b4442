"""`airflow-infra check`: pods in files, judged before they are submitted."""

import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console

from airflow_infra.assurance.admission.gator import GatorError, find_gator
from airflow_infra.assurance.check.files import PYTHON, find_files
from airflow_infra.assurance.check.judging import MakeJudge, Render, judge_files
from airflow_infra.assurance.check.types import Checks, Judged
from airflow_infra.assurance.check.workers import WorkerDiedError
from airflow_infra.cli.app import UsageError
from airflow_infra.policies.stack import POLICIES
from airflow_infra.report.check import (
    JsonWriter,
    annotations,
    counts_line,
    json_entry,
    print_answers,
    problem_annotation,
)
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack, load_stack
from airflow_infra.settings.stack import StackSettings

_MOST_PROCESSES = 2
_WIDTH_OF_NO_TERMINAL = 160


@dataclass(frozen=True)
class CheckOptions:
    """The options of `check`."""

    engine: Literal["cel", "gator"] = "cel"
    """What evaluates the policies."""
    json_file: Path | None = None
    """Where the answers are written as JSON."""
    github: bool = False
    """Print annotations of a GitHub workflow instead of a table."""
    strict: bool = False
    """A pod about which something is unknown fails."""


def check_pods(name: str, project: Path, paths: list[Path], as_of: date, options: CheckOptions) -> int:
    """Judge the pods in files and folders as the cluster of a stack would, and print what is said about them.

    Returns:
        The exit status: 0 when all would run, 1 when one would not, 2 when some of the input could not be checked.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when there is nothing to check, a file cannot be written, the policies cannot be used, or what
            judges the pods fails.
    """
    stack = load_stack(name, project, as_of=as_of)
    console = Console(highlight=False, width=_width())
    files, problems = find_files(paths)
    total = Judged("", problems=problems)
    account = stack.settings.account
    names = Names(name, account.id, account.region)
    make_checks = partial(_checks, stack.settings, names, project / POLICIES, _gator(project, options.engine))
    make_judge = MakeJudge(make_checks, _renders(options))
    with _json_writer(options, name) as writer:
        try:
            for part in _parts(files, paths, make_judge, stack, console):
                total.include(part)
                if writer is not None:
                    writer.write(part.texts[0])
                if options.github:
                    sys.stdout.write(part.texts[-1].decode())
        except (GatorError, WorkerDiedError) as error:
            raise UsageError(f"not checked: {error}") from error
        if writer is not None:
            writer.finish(total)
    if options.github:
        for problem in total.problems:
            print(problem_annotation(problem))
    else:
        print_answers(console, total)
    for problem in total.problems:
        print(problem, file=sys.stderr)
    if not (total.pods or total.without_pod or total.problems):
        hold = "holds" if len(paths) == 1 else "hold"
        raise UsageError(f"nothing to check: {', '.join(map(str, paths))} {hold} no Kubernetes object and no DAG file")
    print(counts_line(total))
    failed = total.failed or (options.strict and total.verdicts["unknown"])
    return 2 if total.problems else 1 if failed else 0


def _parts(
    files: list[Path], paths: list[Path], make_judge: MakeJudge, stack: Stack, console: Console
) -> Iterator[Judged]:
    """What comes of each part of the files; of those that are run to know their pods, last."""
    python = [file for file in files if file.suffix.lower() == PYTHON]
    others = [file for file in files if file not in python]
    processes = min(_MOST_PROCESSES, os.cpu_count() or 1)
    yield from judge_files(others, make_judge, processes)
    if python:
        yield from _dags(python, paths, make_judge, stack, console)


def _dags(
    files: list[Path], paths: list[Path], make_judge: MakeJudge, stack: Stack, console: Console
) -> Iterator[Judged]:
    from airflow_infra.airflow.dags import looks_like_dags, rendered_pods
    from airflow_infra.airflow.installing import AirflowEnvironmentError

    # Below a folder only what Airflow would take for DAGs; what was named is what it is said to be.
    files = [file for file in files if file in paths or looks_like_dags(file)]
    if not files:
        return
    tell = partial(_tell, console)
    tell(f"Reading {_listed(files)} runs its code, in a process of its own")
    try:
        rendering = rendered_pods(files, stack.settings, tell)
    except AirflowEnvironmentError as error:
        raise UsageError(f"{error}\nPods as YAML or JSON are checked without it") from error
    for note in rendering.notes:
        tell(note)
    (judged,) = make_judge().judge([("", [*rendering.problems, *rendering.pods])])
    judged.without_pod += rendering.without_pods
    yield judged


def _tell(console: Console, line: str) -> None:
    console.print(line, markup=False, soft_wrap=True)


def _listed(files: Iterable[Path]) -> str:
    names = [str(file) for file in files]
    return names[0] if len(names) == 1 else f"{len(names)} DAG files"


def _gator(project: Path, engine: Literal["cel", "gator"]) -> Path | None:
    if engine == "cel":
        return None
    try:
        return find_gator(project)
    except GatorError as error:
        raise UsageError(str(error)) from None


def _checks(settings: StackSettings, names: Names, policies: Path, gator: Path | None) -> Checks:
    from airflow_infra.assurance.check.checker import Checker

    try:
        return Checker(settings, names, policies, gator)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _renders(options: CheckOptions) -> tuple[Render, ...]:
    return (*((json_entry,) if options.json_file else ()), *((annotations,) if options.github else ()))


@contextmanager
def _json_writer(options: CheckOptions, stack: str) -> Generator[JsonWriter | None]:
    """Writes to a file beside the one that is meant, which takes its place when it is complete."""
    if options.json_file is None:
        yield None
        return
    if options.json_file == Path("-"):
        raise UsageError("--json -: expected the name of a file: standard output is for the table")
    file = options.json_file.resolve()  # what a link leads to is replaced, not the link: /dev/stdout is one
    part = file.with_name(f"{file.name}.part")
    if file.exists() and not file.is_file():
        raise UsageError(f"--json {file}: cannot be written: expected a file")
    try:
        stream = part.open("wb")
    except OSError as error:
        raise UsageError(f"--json {file}: cannot be written: {error.strerror}") from None
    try:
        with stream:
            yield JsonWriter(stream, stack, options.engine)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _width() -> int | None:
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_NO_TERMINAL
