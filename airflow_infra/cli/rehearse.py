"""`airflow-infra rehearse`: what surrounds a stack, its rehearsal, and how it is shown."""

import gc
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from airflow_infra.assurance.invariants.catalogue import UnknownInvariantError, chosen
from airflow_infra.assurance.invariants.invariant import Invariant
from airflow_infra.cli.app import UsageError
from airflow_infra.cli.findings import find
from airflow_infra.cli.inspection import Inspection
from airflow_infra.rehearsal.environment import Environment
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Progress, Rehearsal
from airflow_infra.report.document import document
from airflow_infra.report.progress import LiveProgress
from airflow_infra.report.terminal import print_summary
from airflow_infra.settings.readers import PROJECT, Stack, load_stack, program_config


@dataclass(frozen=True)
class RehearseOptions:
    """The options of `rehearse`."""

    json_file: Path | None = None
    """Where the outcome is written as JSON."""
    html_file: Path | None = None
    """Where the report is written as a page."""
    invariants: tuple[str, ...] = ()
    """Ids of the invariants to judge by; all when empty."""
    strict: bool = False
    """An invariant that was not checked is as bad as one that failed."""
    kubeconfig: Path | None = None
    """Of the API server that takes the Kubernetes objects; an emulated one when None."""
    debug: bool = False
    """Errors are shown with their traceback."""


def rehearse_stack(name: str, project: Path, as_of: date, options: RehearseOptions) -> bool:
    """Rehearse a stack, show how it goes and what came of it. Whether all was well.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when a file cannot be written, or an invariant does not exist.
    """
    stack = load_stack(name, project, as_of=as_of)
    for option, file in (("--json", options.json_file), ("--html", options.html_file)):
        if file is not None:
            check_writable(option, file)
    inspection = Inspection(stack, as_of, _chosen(options.invariants))
    console = Console(highlight=False)
    for warning in stack.warnings:
        console.print(f"warning: {warning}", markup=False, soft_wrap=True)
    real = f", with the API server of {options.kubeconfig}" if options.kubeconfig else ""
    console.print(f"Rehearsing {name} on an emulated AWS account{real}: nothing leaves this machine", soft_wrap=True)
    with LiveProgress(console) as progress, rehearsal(stack, project, progress.tell, options) as running:
        running.run(lambda step: inspection.judge(running.environment, step))
    findings = find(running, inspection.assurance, stack, as_of)
    print_summary(console, findings)
    if options.json_file is not None:
        options.json_file.write_text(json.dumps(document(findings), indent=2) + "\n", encoding="utf-8")
    if options.html_file is not None:
        from airflow_infra.report.page import page

        options.html_file.write_text(page(findings), encoding="utf-8")
    return findings.ok and not (options.strict and findings.assurance.of("not checked"))


def rehearsal(
    stack: Stack, project: Path, progress: Progress | None = None, options: RehearseOptions | None = None
) -> Rehearsal:
    """The rehearsal of a stack on an account that holds what its settings take for granted."""
    options = options or RehearseOptions()
    kubeconfig = options.kubeconfig and options.kubeconfig.resolve()
    program = Program(project, PROJECT, stack.name, program_config(stack))

    def environment() -> AbstractContextManager[Environment]:
        # Imported here, so that it goes on while the program's process starts: both take a second.
        from airflow_infra.cli.surroundings import emulated_aws, on_api_server

        # The emulator's hundreds of thousands of objects stay: the garbage collector need not look through them.
        gc.freeze()
        return on_api_server(stack, kubeconfig) if kubeconfig else emulated_aws(stack.settings)

    return Rehearsal(program, environment, progress, debug=options.debug)


def _chosen(ids: tuple[str, ...]) -> tuple[Invariant, ...] | None:
    try:
        return chosen(ids) if ids else None
    except UnknownInvariantError as error:
        raise UsageError(f"--invariant: {error}") from None


def check_writable(option: str, file: Path) -> None:
    """Find out before the rehearsal, which takes its time, and leave no empty file where it is interrupted.

    Raises:
        UsageError: when it cannot be written.
    """
    is_new = not file.exists()
    try:
        file.open("a").close()
        if is_new:
            file.unlink()
    except OSError as error:
        raise UsageError(f"{option} {file}: cannot be written: {error.strerror}") from None
