"""`airflow-infra validate`."""

from datetime import date
from pathlib import Path

from airflow_infra.cli.app import UsageError
from airflow_infra.settings.problems import Problem, SettingsError
from airflow_infra.settings.readers import load_stack, stack_names


def validate_stacks(project: Path, stacks: list[str], as_of: date) -> None:
    """Check stack files and print their warnings.

    Raises:
        SettingsError: with the problems of all of them.
        UsageError: when there is none to check.
    """
    names = stacks or stack_names(project)
    if not names:
        raise UsageError(f"{project}: no stack files here: expected Pulumi.STACK.yaml")
    problems: list[Problem] = []
    for name in names:
        try:
            stack = load_stack(name, project, as_of=as_of)
        except SettingsError as error:
            problems += error.problems
            continue
        for warning in stack.warnings:
            print(f"warning: {warning}")
        print(f"{stack.file.name}: valid")
    if problems:
        raise SettingsError(problems)
