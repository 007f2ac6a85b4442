"""A rehearsal's outcome on one screen: what failed, then what was not checked, then figures."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from airflow_infra.assurance.judgement import Judgement
from airflow_infra.assurance.order import Violation
from airflow_infra.operations.cost import Cost
from airflow_infra.rehearsal.result import ErrorReport, Leftover, RehearsalResult, StepResult
from airflow_infra.report.findings import Findings

_MOST = 20
"""Failures of a kind that are shown."""
_ALL = "--json FILE holds them all"
_COUNTS = ("created", "updated", "replaced", "deleted", "same")


def print_summary(console: Console, findings: Findings) -> None:
    """Print the summary that ends a rehearsal. Long lines are the terminal's to wrap."""
    result = findings.result
    failed = [
        *_errors(result.errors),
        *_failed(findings.assurance.of("failed")),
        *_violations(findings.order.violations if findings.order else ()),
        *_leftovers(result.leftovers),
    ]
    console.print()
    for line in [*failed, *_not_checked(findings)]:
        console.print(line, soft_wrap=True)
    console.print()
    console.print(_steps(result.steps))
    console.print()
    for line in [*_registered(result), *_figures(findings)]:
        console.print(line, soft_wrap=True)
    verdict = "[bold green]ok[/]" if findings.ok else "[bold red]failed[/]"
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
    lines += [f"  [red]x[/] {escape(error_text(error))}" for error in errors[:_MOST]]
    return [*lines, *_more(errors), ""]


def _failed(judgements: Sequence[Judgement]) -> list[str]:
    if not judgements:
        return []
    lines = [f"[bold red]{_count(len(judgements), 'invariant')} violated[/]"]
    for one in judgements[:_MOST]:
        lines.append(f"  [red]x[/] {escape(one.id)} ({one.severity}): {escape(one.title)}")
        lines.append(f"      {escape(one.reason)}")
    return [*lines, *_more(judgements), ""]


def _violations(violations: Sequence[Violation]) -> list[str]:
    if not violations:
        return []
    lines = [f"[bold red]Would race on AWS: {_count(len(violations), 'violation')} of the required order[/]"]
    lines += [f"  [red]x[/] {escape(one.rule)}: {escape(one.message)}" for one in violations[:_MOST]]
    return [*lines, *_more(violations), ""]


def _more(listed: Sequence[object]) -> list[str]:
    return [f"  and {len(listed) - _MOST} more: {_ALL}"] if len(listed) > _MOST else []


def _leftovers(leftovers: list[Leftover]) -> list[str]:
    """What is left, by name; of what only serves something protected, the number."""
    lost = [left for left in leftovers if not left.protected]
    protected = [left for left in leftovers if left.protected and left.reason == "protected"]
    needed = len(leftovers) - len(lost) - len(protected)
    lines: list[str] = []
    if lost:
        lines.append(f"[bold red]{_count(len(lost), 'thing')} left behind[/]")
        lines += [f"  [red]x[/] {escape(left.what)}: {escape(left.reason)}" for left in lost[:_MOST]]
        lines += _more(lost)
    if protected:
        lines.append("Protected: `pulumi destroy` keeps them until the stack file lifts it. Here all went in the end:")
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


def _registered(result: RehearsalResult) -> list[str]:
    packages = Counter(_package(node.type) for node in result.graph.nodes.values())
    registered = ", ".join(f"{count} {name}" for name, count in packages.most_common())
    lines = [f"Registered: {registered}"]
    if result.modelled:
        services = ", ".join(sorted({operation.split(":")[0] for operation in result.modelled}))
        answered = _count(len(result.modelled), "operation")
        lines.append(f"Modelled:   {answered} answered by our own model, not by an independent emulator ({services})")
    return lines


def _figures(findings: Findings) -> list[str]:
    assurance, lines = findings.assurance, list[str]()
    if assurance.final:
        passed = assurance.of("passed")
        modelled = sum(one.modelled for one in passed)
        pending = f"; {len(assurance.pending)} pending until the gateways' owners accepted" if assurance.pending else ""
        lines.append(
            f"Invariants: {len(passed)} hold ({modelled} of them by modelled answers), "
            f"{len(assurance.of('failed'))} violated, {len(assurance.of('not checked'))} not checked{pending}"
        )
    if findings.order:
        lines.append(f"Order:      {findings.order.checked} rules, {len(findings.order.violations)} violations")
        lines += [f"            [yellow]{escape(slack.message)}[/]" for slack in findings.slack[:_MOST]]
    creation, destruction = findings.creation, findings.destruction
    if creation and destruction:
        lines.append(
            f"Timeline:   a new environment takes {creation.total_minutes:.1f} min (its slowest creation alone "
            f"{creation.slowest_single_minutes:.1f}, naive order {creation.naive_total_minutes:.1f}), "
            f"destroying it {destruction.total_minutes:.1f}: estimates"
        )
    lines.append(f"Cost:       {escape(cost_line(findings.cost))}")
    return lines


def cost_line(cost: Cost) -> str:
    """The bill in a line."""
    amounts, unknown = cost.monthly_usd, len(cost.unknown)
    without = f", without {_count(unknown, 'unknown price')}" if unknown else ""
    return f"about ${amounts.expected:,.0f} a month (${amounts.min:,.0f} to ${amounts.max:,.0f}){without}: an estimate"


def _not_checked(findings: Findings) -> list[str]:
    """What was not checked, by name; names with the same reason stand together."""
    by_reason: dict[str, list[str]] = {}
    for one in findings.assurance.of("not checked"):
        by_reason.setdefault(one.reason, []).append(one.id)
    for name in findings.result.not_checked:
        what, _, reason = name.partition(": ")
        by_reason.setdefault(reason, []).append(what)
    lines = [
        f"Not checked: {escape(', '.join(whats))}" + (f" ({escape(reason)})" if reason else "")
        for reason, whats in by_reason.items()
    ]
    if findings.order is None:
        lines.append("Not checked: required order, timeline (the deployment did not get that far)")
    if not findings.assurance.final:
        lines.append("Not checked: invariants (the deployment did not get that far)")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _package(type_: str) -> str:
    package = type_.split(":")[0]
    names = {"aws": "AWS resources", "kubernetes": "Kubernetes objects", "pulumi": "of Pulumi's own"}
    return names.get(package, "components")
