"""A rehearsal's outcome on one screen: what failed, what was left, figures, what was not checked."""

from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from airflow_infra.rehearsal.result import ErrorReport, Leftover, RehearsalResult, StepResult

_MOST_ERRORS = 20
_MOST_LEFTOVERS = 20
_ALL = "--json FILE holds them all"
_COUNTS = ("created", "updated", "replaced", "deleted", "same")


def print_summary(console: Console, result: RehearsalResult) -> None:
    """Print the summary that ends a rehearsal. Long lines are the terminal's to wrap."""
    console.print()
    for line in [*_errors(result.errors), *_leftovers(result.leftovers)]:
        console.print(line, soft_wrap=True)
    console.print(_steps(result.steps))
    console.print()
    for line in [*_figures(result), *_not_checked(result.not_checked)]:
        console.print(line, soft_wrap=True)
    verdict = "[bold green]ok[/]" if result.ok else "[bold red]failed[/]"
    console.print(f"\nRehearsal of {escape(result.stack)}: {verdict} in {result.duration_s:.1f} s")


def error_text(error: ErrorReport) -> str:
    """An error as plain text: where, what, and below it the resource."""
    place = f"{error.file}:{error.line}: " if error.file else ""
    resource = f"\n    {error.resource}" if error.resource else ""
    return f"{place}{error.message}{resource}"


def _errors(errors: list[ErrorReport]) -> list[str]:
    if not errors:
        return []
    lines = [f"[bold red]{_count(len(errors), 'error')}[/]"]
    lines += [f"  [red]x[/] {escape(error_text(error))}" for error in errors[:_MOST_ERRORS]]
    if len(errors) > _MOST_ERRORS:
        lines.append(f"  and {len(errors) - _MOST_ERRORS} more: {_ALL}")
    return [*lines, ""]


def _leftovers(leftovers: list[Leftover]) -> list[str]:
    """What is left, by name; of what only serves something protected, the number."""
    lost = [left for left in leftovers if not left.protected]
    protected = [left for left in leftovers if left.protected and left.reason == "protected"]
    needed = len(leftovers) - len(lost) - len(protected)
    lines: list[str] = []
    if lost:
        lines.append(f"[bold red]{_count(len(lost), 'thing')} left behind[/]")
        lines += [f"  [red]x[/] {escape(left.what)}: {escape(left.reason)}" for left in lost[:_MOST_LEFTOVERS]]
        if len(lost) > _MOST_LEFTOVERS:
            lines.append(f"  and {len(lost) - _MOST_LEFTOVERS} more: {_ALL}")
    if protected:
        lines.append("Protected, so a destroy keeps them until the stack file lifts it (then nothing else stays):")
        lines += [f"  {escape(left.what)}" for left in protected]
        if needed:
            lines.append(f"  and {_count(needed, 'resource')} that they need: {_ALL}")
    return [*lines, ""] if lines else []


def _steps(steps: list[StepResult]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("step")
    for name in (*_COUNTS, "mutating calls", "s"):
        table.add_column(name, justify="right")
    for step in steps:
        counts = [str(getattr(step, name) or "-") for name in _COUNTS]
        table.add_row(step.step, *counts, str(step.mutating_calls or "-"), f"{step.duration_s:.1f}")
    return table


def _figures(result: RehearsalResult) -> list[str]:
    packages = Counter(_package(node.type) for node in result.graph.nodes.values())
    registered = ", ".join(f"{count} {name}" for name, count in packages.most_common())
    lines = [f"Registered: {registered}"]
    if result.modelled:
        services = ", ".join(sorted({operation.split(":")[0] for operation in result.modelled}))
        answered = _count(len(result.modelled), "operation")
        lines.append(f"Modelled: {answered} answered by our own model, not by an independent emulator ({services})")
    return lines


def _not_checked(names: list[str]) -> list[str]:
    """What was not checked, by name; names with the same reason stand together."""
    by_reason: dict[str, list[str]] = {}
    for name in names:
        what, _, reason = name.partition(": ")
        by_reason.setdefault(reason, []).append(what)
    return [
        f"Not checked: {escape(', '.join(whats))}" + (f" ({escape(reason)})" if reason else "")
        for reason, whats in by_reason.items()
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _package(type_: str) -> str:
    package = type_.split(":")[0]
    names = {"aws": "AWS resources", "kubernetes": "Kubernetes objects", "pulumi": "of Pulumi's own"}
    return names.get(package, "components")
