"""`airflow-infra cost`, `timeline` and `diagram`: parts of the report alone."""

import sys
from datetime import date
from pathlib import Path

from rich.console import Console

from airflow_infra.cli.app import UsageError
from airflow_infra.operations.pricing import monthly_cost
from airflow_infra.rehearsal.result import Graph
from airflow_infra.settings.readers import load_stack


def show_cost(name: str, project: Path, as_of: date) -> None:
    """Print what a stack costs. Needs no rehearsal.

    Raises:
        SettingsError: when the stack file cannot be used.
    """
    from airflow_infra.report.parts import print_cost

    stack = load_stack(name, project, as_of=as_of)
    print_cost(Console(highlight=False), name, monthly_cost(stack.settings, as_of))


def show_timeline(name: str, project: Path, as_of: date, *, debug: bool) -> bool:
    """Deploy a stack on an emulated account and print when everything happens. Whether it could be deployed.

    Raises:
        SettingsError: when the stack file cannot be used.
    """
    from airflow_infra.assurance.timeline import creation, destruction
    from airflow_infra.catalogue.estimates import durations
    from airflow_infra.report.parts import print_timeline

    graph = _registered(name, project, as_of, debug=debug)
    if graph is None:
        return False
    console = Console(highlight=False)
    print_timeline(console, f"A new environment of {name}", creation(graph, durations()))
    print_timeline(console, "Destroying it", destruction(graph, durations()))
    return True


def write_diagram(name: str, project: Path, as_of: date, file: Path | None, *, debug: bool) -> bool:
    """Deploy a stack on an emulated account and draw it. Whether it could be deployed.

    Args:
        name: the stack.
        project: directory of the project.
        as_of: the day that counts as today.
        file: where the SVG is written; standard output when None.
        debug: show tracebacks.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when the file cannot be written, or the stack registers no network.
    """
    from airflow_infra.cli.rehearse import check_writable
    from airflow_infra.report.diagram import diagram
    from airflow_infra.report.network import read_network

    if file is not None:
        check_writable("--output", file)
    graph = _registered(name, project, as_of, debug=debug)
    if graph is None:
        return False
    network = read_network(name, graph)
    if network is None:
        raise UsageError(f"{name}: the program registers no VPC, so there is nothing to draw")
    picture = f"{diagram(network)}\n"
    if file is None:
        print(picture, end="")
    else:
        file.write_text(picture, encoding="utf-8")
    return True


def _registered(name: str, project: Path, as_of: date, *, debug: bool) -> Graph | None:
    """What a stack registers in its last `up`; None, and the errors on standard error, where that fails."""
    from airflow_infra.cli.rehearse import RehearseOptions, rehearsal
    from airflow_infra.report.terminal import error_text

    options = RehearseOptions(debug=debug)
    with rehearsal(load_stack(name, project, as_of=as_of), project, options=options) as running:
        if running.up():
            running.accept()
            running.up("up-2")
    for error in running.result.errors:
        print(error_text(error), file=sys.stderr)
    return None if running.result.errors else running.result.graph
