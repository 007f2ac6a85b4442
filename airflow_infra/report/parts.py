"""Parts of a report alone, on a terminal: the bill, the timelines."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from airflow_infra.assurance.timeline import Timeline
from airflow_infra.operations.cost import Amounts, Cost

_SHORTEST_BAR_MINUTES = 0.5
_BAR_CELLS = 38
_NAME_CELLS = 32


def print_cost(console: Console, stack: str, cost: Cost) -> None:
    """Print the bill by component, and what settings would change."""
    table = Table(box=None, pad_edge=False, header_style="dim", title=f"{stack}, USD a month", title_justify="left")
    table.add_column("component")
    for name in ("minimum", "expected", "maximum"):
        table.add_column(name, justify="right", no_wrap=True)
    for component in cost.components:
        unknown = bool(component.unknown) and component.monthly_usd.max == 0
        amounts = ("unknown",) * 3 if unknown else _amounts(component.monthly_usd)
        made_of = "".join(f"\n  {phrase}" for phrase in component.made_of)
        table.add_row(f"{escape(component.name)}[dim]{escape(made_of)}[/]", *amounts)
    name = "total of what is known" if cost.unknown else "total"
    table.add_row(f"[bold]{name}[/]", *(f"[bold]{amount}[/]" for amount in _amounts(cost.monthly_usd)))
    console.print(table)
    console.print("\nWhat a setting would change, USD a month:")
    for change in cost.changes:
        usd = "unknown" if change.monthly_usd is None else f"{change.monthly_usd:+,.0f}"
        console.print(
            f"  {usd:>8}  {escape(f'{change.setting}: {change.value}')} [dim]({escape(change.note)})[/]", soft_wrap=True
        )
    console.print()
    for line in [*cost.assumptions, *(f"By use, on top: {phrase}." for phrase in cost.by_use)]:
        console.print(f"[dim]{escape(line)}[/]", soft_wrap=True)


def print_timeline(console: Console, title: str, timeline: Timeline) -> None:
    """Print the slow operations as bars, the critical path marked."""
    critical = {bar.urn for bar in timeline.critical_path}
    total = timeline.total_minutes or 1
    console.print(
        f"[bold]{escape(title)}: {timeline.total_minutes:.1f} min[/] (slowest single operation "
        f"{timeline.slowest_single_minutes:.1f}, naive order {timeline.naive_total_minutes:.1f}; "
        f"{timeline.parallel} operations at a time; typical durations)",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True, min_width=4)
    table.add_column(no_wrap=True, max_width=_NAME_CELLS)
    table.add_column(no_wrap=True)
    drawn = [bar for bar in timeline.bars if bar.minutes >= _SHORTEST_BAR_MINUTES]
    for bar in drawn:
        before = round(_BAR_CELLS * bar.start / total)
        cells = " " * before + "\N{FULL BLOCK}" * max(1, round(_BAR_CELLS * bar.minutes / total))
        style = "green" if bar.urn in critical else "dim"
        table.add_row(f"{bar.minutes:.1f}", escape(bar.name), f"[{style}]{cells}[/]")
    console.print(table)
    left_out = len(timeline.bars) - len(drawn)
    console.print(f"[dim]Green: on the critical path. {left_out} operations that take moments are not shown.[/]\n")


def _amounts(amounts: Amounts) -> tuple[str, str, str]:
    return f"{amounts.min:,.0f}", f"{amounts.expected:,.0f}", f"{amounts.max:,.0f}"
