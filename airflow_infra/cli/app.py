"""The commands and their options, and what an error looks like."""

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from airflow_infra.cluster.errors import ClusterError, MissingError
from airflow_infra.settings.problems import SettingsError


class _Commands(TyperGroup):
    """The commands; says what is wrong with an argument without the words that its validator puts first."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="What makes the platform safe to own. Exit status: 0 success, 1 a check failed, 2 bad input.",
)

Directory = Annotated[
    Path,
    typer.Option("--cwd", "-C", metavar="DIRECTORY", help="Run as if started in this directory of a project."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="Take this for today where support ends."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


class UsageError(Exception):
    """The command was given something that it cannot work with."""


@app.command()
def validate(
    stacks: Annotated[list[str] | None, typer.Argument(metavar="STACK", help="Stacks; all when left out.")] = None,
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Check stack files.

    Every problem is shown at once, with its line, its key and what was expected.
    """
    del debug
    from airflow_infra.cli.validate import validate_stacks

    validate_stacks(project_directory(cwd), stacks or [], _day(as_of))


@app.command()
def rehearse(
    stack: Annotated[str, typer.Argument(help="The stack whose file Pulumi.STACK.yaml is rehearsed.")],
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the outcome as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the report as a page.")] = None,
    invariant: Annotated[
        list[str] | None,
        typer.Option("--invariant", metavar="ID", help="Judge by this invariant only. May be given several times."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail when an invariant could not be checked.")] = False,
    kubeconfig: Annotated[
        Path | None,
        typer.Option("--kubeconfig", metavar="FILE", help="Apply the Kubernetes objects to this local API server."),
    ] = None,
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Deploy a stack on an emulated account, again, and destroy it.

    What stands in between is judged by invariants. Nothing leaves this machine.
    """
    from airflow_infra.cli.rehearse import RehearseOptions, rehearse_stack

    options = RehearseOptions(json, html, tuple(invariant or ()), strict, kubeconfig, debug=debug)
    if not rehearse_stack(stack, project_directory(cwd), _day(as_of), options):
        raise typer.Exit(1)


@app.command()
def cost(
    stack: Annotated[str, typer.Argument(help="The stack whose file Pulumi.STACK.yaml is priced.")],
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Show what a stack costs a month.

    By component, from its settings and dated prices. An estimate.
    """
    del debug
    from airflow_infra.cli.parts import show_cost

    show_cost(stack, project_directory(cwd), _day(as_of))


@app.command()
def timeline(
    stack: Annotated[str, typer.Argument(help="The stack to deploy on an emulated account.")],
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Show how long a new environment takes on AWS, and why.

    A virtual clock over the order in which the program registers its resources. An estimate.
    """
    from airflow_infra.cli.parts import show_timeline

    if not show_timeline(stack, project_directory(cwd), _day(as_of), debug=debug):
        raise typer.Exit(1)


@app.command()
def diagram(
    stack: Annotated[str, typer.Argument(help="The stack to deploy on an emulated account.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Draw a stack's network and cluster, as SVG."""
    from airflow_infra.cli.parts import write_diagram

    if not write_diagram(stack, project_directory(cwd), _day(as_of), output, debug=debug):
        raise typer.Exit(1)


@app.command()
def pod(
    stack: Annotated[str, typer.Argument(help="The stack on whose cluster the pod is to run.")],
    node_group: Annotated[
        str | None,
        typer.Option("--node-group", metavar="NAME", help="Where it is to run. The first without taints if left out."),
    ] = None,
    form: Annotated[
        Literal["yaml", "python"],
        typer.Option("--format", help="A pod as Kubernetes takes it, or the call of KubernetesPodOperator."),
    ] = "yaml",
    cwd: Directory = Path(),
    debug: Debug = False,
) -> None:
    """Print a task's pod to copy.

    The admission policies let it in, and it runs on the node group that it asks for.
    """
    del debug
    from airflow_infra.cli.pod import show_pod

    show_pod(stack, project_directory(cwd), node_group, form)


@app.command()
def check(
    stack: Annotated[str, typer.Argument(help="The stack whose cluster would run the pods.")],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Pods and workloads as YAML or JSON, DAG files, folders, - for input."),
    ],
    engine: Annotated[
        Literal["cel", "gator"], typer.Option("--engine", help="Evaluate the policies here, or by Gatekeeper's gator.")
    ] = "cel",
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the answers as JSON.")] = None,
    form: Annotated[
        Literal["table", "github"], typer.Option("--format", help="Print a table, or a GitHub workflow's annotations.")
    ] = "table",
    strict: Annotated[bool, typer.Option("--strict", help="Fail when something about a pod is unknown.")] = False,
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Judge pods as a stack's cluster would, before they are submitted.

    Who refuses them and why, which node groups take them. Reading a DAG file runs its code.
    """
    del debug
    from airflow_infra.cli.check import CheckOptions, check_pods

    options = CheckOptions(engine, json, form == "github", strict)
    raise typer.Exit(check_pods(stack, project_directory(cwd), paths, _day(as_of), options))


@app.command()
def cluster(
    action: Annotated[Literal["build", "up", "down", "status"], typer.Argument(help="What to do.")],
    stack: Annotated[
        str | None,
        typer.Argument(metavar="STACK", help="For up: the stack whose Kubernetes minor is wanted; all by default."),
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The cluster. Several live side by side.")
    ] = "local",
    cwd: Directory = Path(),
    as_of: AsOf = None,
    debug: Debug = False,
) -> None:
    """Bring up a real Kubernetes on this machine, or take it down.

    Its programs are built by Go before, in about ten minutes the first time. Everything listens on loopback only.
    """
    del debug
    from airflow_infra.cli.cluster import cluster_build, cluster_down, cluster_status, cluster_up

    if stack is not None and action != "up":
        takes = "no argument" if action == "build" else f"no stack: name a cluster by --name {stack}"
        raise UsageError(f"{action} takes {takes}")
    project = project_directory(cwd)
    if action == "build":
        cluster_build()
    elif action == "up":
        cluster_up(project, name, stack, _day(as_of))
    elif action == "down":
        cluster_down(project, name)
    elif not cluster_status(project, name):
        raise typer.Exit(1)


def project_directory(start: Path) -> Path:
    """The directory with Pulumi.yaml, at or above a directory.

    Raises:
        UsageError: where there is none.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / "Pulumi.yaml").is_file():
            return directory
    raise UsageError(f"{start}: no Pulumi.yaml here or above. Run this in a project, or name one by --cwd")


def run() -> None:
    """Run a command and turn what went wrong into one readable message and an exit status."""
    try:
        app()
    except SettingsError as error:
        count = len(error.problems)
        _fail(f"{error}\n{count} {'problem' if count == 1 else 'problems'}", 2)
    except (UsageError, MissingError) as error:
        _fail(str(error), 2)
    except ClusterError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except SystemExit as stop:
        if stop.code == 130:  # what typer makes of a KeyboardInterrupt
            print("interrupted", file=sys.stderr)
        raise
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        _fail(
            f"unexpected {type(error).__name__}: {error}\nThis is a defect: run again with --debug.",
            1,
        )


def _fail(message: str, status: int) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(status)


def _day(as_of: datetime | None) -> date:
    return as_of.date() if as_of else date.today()
