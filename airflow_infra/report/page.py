"""The report as one page: an HTML file that needs nothing else, and reaches out to nothing."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field

from airflow_infra.assurance.judgement import Judgement, Status
from airflow_infra.assurance.timeline import Timeline
from airflow_infra.rehearsal.result import Graph, Node
from airflow_infra.report.diagram import diagram
from airflow_infra.report.findings import Findings
from airflow_infra.report.network import read_network
from airflow_infra.report.templates import render, text

_SHORTEST_BAR_MINUTES = 0.5
"""Shorter operations off the critical path are counted, not drawn."""
_MOST_TICKS = 9
_ORDER: tuple[Status, ...] = ("failed", "not checked", "pending", "passed")


@dataclass(frozen=True)
class Row:
    """A bar of the timeline. Positions in percent of the whole."""

    name: str
    left: float
    width: float
    minutes: float
    starts: float
    critical: bool


@dataclass(frozen=True)
class Chart:
    """A timeline as it is drawn."""

    title: str
    timeline: Timeline
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, float], ...]
    """Position in percent, and minutes."""
    left_out: int
    """Operations that are too short to be drawn."""
    longest: float
    """The longest of the compared totals, minutes."""


@dataclass
class Branch:
    """A resource with what it is the parent of."""

    node: Node
    children: list["Branch"] = field(default_factory=list["Branch"])

    @property
    def size(self) -> int:
        """Resources below it."""
        return sum(1 + child.size for child in self.children)


def page(findings: Findings) -> str:
    """The report as an HTML document."""
    network = read_network(findings.result.stack, findings.result.graph)
    charts = [_chart("A new environment", findings.creation), _chart("Destroying it", findings.destruction)]
    script, style = text("page.js"), text("page.css")
    html = render(
        "page.html.jinja",
        findings=findings,
        result=findings.result,
        assurance=findings.assurance,
        judgements=_ranked(findings),
        picture=diagram(network) if network else None,
        charts=[chart for chart in charts if chart],
        cost=findings.cost,
        dearest=max((one.monthly_usd.max for one in findings.cost.components), default=0) or 1,
        tree=resource_tree(findings.result.graph),
        script=script,
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=style,
    )
    return str(html)


def resource_tree(graph: Graph) -> list[Branch]:
    """The registered resources below their parents, by name."""
    branches = {
        urn: Branch(node)
        for urn, node in sorted(graph.nodes.items(), key=lambda item: (item[1].name, item[1].type, item[0]))
    }
    roots: list[Branch] = []
    for branch in branches.values():
        parent = branches.get(branch.node.parent or "")
        (parent.children if parent else roots).append(branch)
    return roots


def _ranked(findings: Findings) -> list[Judgement]:
    """Each invariant once: what failed first, then what was not checked."""
    assurance = findings.assurance
    return [one for status in _ORDER for one in assurance.of(status)]


def _chart(title: str, timeline: Timeline | None) -> Chart | None:
    if timeline is None or not timeline.bars:
        return None
    total = timeline.total_minutes or 1
    critical = {bar.urn for bar in timeline.critical_path if bar.minutes >= _SHORTEST_BAR_MINUTES}
    drawn = [bar for bar in timeline.bars if bar.minutes >= _SHORTEST_BAR_MINUTES]
    step = next(step for step in (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480) if total / step <= _MOST_TICKS)
    return Chart(
        title,
        timeline,
        tuple(
            Row(
                bar.name,
                100 * bar.start / total,
                100 * bar.minutes / total,
                bar.minutes,
                bar.start,
                bar.urn in critical,
            )
            for bar in drawn
        ),
        tuple((100 * minutes / total, minutes) for minutes in range(0, int(total) + 1, step)),
        len(timeline.bars) - len(drawn),
        max(timeline.total_minutes, timeline.naive_total_minutes),
    )
