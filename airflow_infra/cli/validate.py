"""`airflow-infra validate`."""

from datetime import date
from pathlib import Path

from airflow_infra.settings.problems import Problem, SettingsError
from airflow_infra.settings.readers import load_stack, stack_names


def validate_stacks(project: Path, stacks: list[str], as_of: date) -> None:
    """Check stack files and print their warnings.

    Raises:
        SettingsError: with the problems of all of them.
    """
    problems: list[Problem] = []
    for name in stacks or stack_names(project):
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
