"""The report as JSON: the rehearsal's own document, and what was found by looking at what it made."""

from dataclasses import asdict
from typing import Any

from airflow_infra.assurance.timeline import Bar, Timeline
from airflow_infra.report.findings import Findings


def document(findings: Findings) -> dict[str, Any]:
    """What `--json` writes. `order` and the timelines are null where the deployment did not get that far."""
    order = findings.order
    return {
        **findings.result.to_json(),
        "ok": findings.ok,
        "as_of": findings.as_of.isoformat(),
        "invariants": findings.assurance.to_json(),
        "order": order
        and {
            "checked": order.checked,
            "violations": [asdict(one) for one in order.violations],
            "slack": [asdict(one) for one in findings.slack],
            "not_applicable": [asdict(one) for one in order.not_applicable],
        },
        "timeline": _timeline(findings.creation),
        "destroy_timeline": _timeline(findings.destruction),
        "cost": findings.cost.to_json(),
    }


def _timeline(timeline: Timeline | None) -> dict[str, Any] | None:
    return timeline and {
        "critical_path": [_step(bar) for bar in timeline.critical_path],
        "total_minutes": round(timeline.total_minutes, 2),
        "slowest_single_minutes": round(timeline.slowest_single_minutes, 2),
        "naive_total_minutes": round(timeline.naive_total_minutes, 2),
        "parallel": timeline.parallel,
    }


def _step(bar: Bar) -> dict[str, Any]:
    return {"resource": bar.name, "minutes": round(bar.minutes, 2), "urn": bar.urn}
