"""Everything that the report of a rehearsal tells, in one place."""

from dataclasses import dataclass
from datetime import date

from airflow_infra.assurance.judgement import Assurance
from airflow_infra.assurance.order import OrderResult
from airflow_infra.assurance.slack import Slack
from airflow_infra.assurance.timeline import Timeline
from airflow_infra.operations.cost import Cost
from airflow_infra.rehearsal.result import RehearsalResult


@dataclass(frozen=True)
class Findings:
    """What came of a rehearsal. What a failed rehearsal leaves nothing to judge by is None."""

    result: RehearsalResult
    as_of: date
    """The day that counts as today where support ends."""
    assurance: Assurance
    cost: Cost
    order: OrderResult | None = None
    slack: tuple[Slack, ...] = ()
    creation: Timeline | None = None
    destruction: Timeline | None = None

    @property
    def ok(self) -> bool:
        """Nothing failed."""
        return self.result.ok and self.assurance.ok and not (self.order and self.order.violations)
