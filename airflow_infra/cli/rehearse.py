"""`airflow-infra rehearse`: what surrounds a stack, its rehearsal, and how it is shown."""

import gc
import json
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

from rich.console import Console

from airflow_infra.cli.app import UsageError
from airflow_infra.rehearsal.environment import Environment
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Progress, Rehearsal
from airflow_infra.report.progress import LiveProgress
from airflow_infra.report.terminal import print_summary
from airflow_infra.settings.readers import PROJECT, Stack, load_stack, program_config


def rehearse_stack(name: str, project: Path, as_of: date, json_file: Path | None, *, debug: bool) -> bool:
    """Rehearse a stack, show how it goes and what came of it. Whether all was well.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when the JSON file cannot be written.
    """
    stack = load_stack(name, project, as_of=as_of)
    if json_file is not None:
        _writable(json_file)
    console = Console(highlight=False)
    for warning in stack.warnings:
        console.print(f"warning: {warning}", markup=False, soft_wrap=True)
    console.print(f"Rehearsing {name} on an emulated AWS account: nothing leaves this machine")
    with LiveProgress(console) as progress, rehearsal(stack, project, progress.tell, debug=debug) as running:
        result = running.run()
    print_summary(console, result)
    if json_file is not None:
        json_file.write_text(json.dumps(result.to_json(), indent=2) + "\n")
    return result.ok


def rehearsal(stack: Stack, project: Path, progress: Progress | None = None, *, debug: bool = False) -> Rehearsal:
    """The rehearsal of a stack on an account that holds what its settings take for granted."""
    program = Program(project, PROJECT, stack.name, program_config(stack))

    def environment() -> AbstractContextManager[Environment]:
        # Imported here, so that it goes on while the program's process starts: both take a second.
        from airflow_infra.cli.surroundings import emulated_aws

        # The emulator's hundreds of thousands of objects stay: the garbage collector need not look through them.
        gc.freeze()
        return emulated_aws(stack.settings)

    return Rehearsal(program, environment, progress, debug=debug)


def _writable(file: Path) -> None:
    try:
        file.touch()
    except OSError as error:
        raise UsageError(f"--json {file}: cannot be written: {error.strerror}") from None
