"""A rehearsal's outcome on one screen: what failed first, then what was left, then figures, then what was not checked."""

from collections import Counter

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from airflow_infra.rehearsal.result import ErrorReport, Leftover, RehearsalResult, StepResult

_MOST_ERRORS = 20
_MOST_LEFTOVERS = 12
_COUNTS = ("created", "updated", "replaced", "deleted", "same")


def summary(result: RehearsalResult) -> RenderableType:
    """The summary that ends a rehearsal."""
    parts: list[RenderableType] = []
    if result.errors:
        parts += [_errors(result.errors), ""]
    if result.leftovers:
        parts += [*_leftovers(result.leftovers), ""]
    parts += [_steps(result.steps), ""]
    parts += [f"  {line}" for line in _figures(result)]
    verdict = "[bold green]ok[/]" if result.ok else "[bold red]failed[/]"
    parts += ["", f"  Rehearsal of {escape(result.stack)}: {verdict} in {result.duration_s:.1f} s"]
    return Group(*parts)


def error_text(error: ErrorReport) -> str:
    """An error as one block of plain text: where, what, which resource."""
    place = f"{error.file}:{error.line}: " if error.file else ""
    resource = f"\n    {error.resource}" if error.resource else ""
    return f"{place}{error.message}{resource}"


def _errors(errors: list[ErrorReport]) -> RenderableType:
    lines = [f"[bold red]{len(errors)} {'error' if len(errors) == 1 else 'errors'}[/]"]
    lines += [f"  [red]x[/] {escape(error_text(error))}" for error in errors[:_MOST_ERRORS]]
    if len(errors) > _MOST_ERRORS:
        lines.append(f"  and {len(errors) - _MOST_ERRORS} more: --json FILE holds them all")
    return Group(*lines)


def _leftovers(leftovers: list[Leftover]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for protected, title in ((False, "[bold red]left behind[/]"), (True, "[bold]kept, because protected[/]")):
        found = [leftover for leftover in leftovers if leftover.protected is protected]
        if not found:
            continue
        table = Table.grid(padding=(0, 2))
        for leftover in found[:_MOST_LEFTOVERS]:
            table.add_row(f"  {escape(leftover.what)}", f"[dim]{escape(leftover.reason)}[/]")
        if len(found) > _MOST_LEFTOVERS:
            table.add_row(f"  and {len(found) - _MOST_LEFTOVERS} more: --json FILE holds them all", "")
        parts += [f"{len(found)} {title}", table]
    return parts


def _steps(steps: list[StepResult]) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim")
    table.add_column("step")
    for name in (*_COUNTS, "calls that change", "s"):
        table.add_column(name, justify="right")
    for step in steps:
        counts = [str(getattr(step, name) or "-") for name in _COUNTS]
        table.add_row(step.step, *counts, str(step.mutating_calls or "-"), f"{step.duration_s:.1f}")
    return table


def _figures(result: RehearsalResult) -> list[str]:
    packages = Counter(_package(node.type) for node in result.graph.nodes.values())
    registered = ", ".join(f"{count} {name}" for name, count in packages.most_common())
    lines = [f"Registered: {len(result.graph.nodes)} ({registered})"]
    if result.modelled:
        services = ", ".join(sorted({operation.split(":")[0] for operation in result.modelled}))
        lines.append(f"Modelled:   {len(result.modelled)} operations answered by our own model of AWS ({services})")
    lines += [f"Not checked: {escape(name)}" for name in result.not_checked]
    return lines


def _package(type_: str) -> str:
    package = type_.split(":")[0]
    return {"aws": "AWS", "kubernetes": "Kubernetes", "pulumi": "Pulumi"}.get(package, "components")
