"""EventBridge Scheduler: schedules that could never run."""

import re

from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.references import References

_EXPRESSION = re.compile(
    r"rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\((\S+ ){5}\S+\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)"
)


class Scheduler(Service):
    """Checks expression and role of a schedule; moto keeps it."""

    name = "scheduler"

    def create_schedule(self, request: Request) -> Answer:
        """Let moto create a schedule that can run."""
        return self._kept(request)

    def update_schedule(self, request: Request) -> Answer:
        """Let moto replace a schedule by one that can run."""
        return self._kept(request)

    def _kept(self, request: Request) -> Answer:
        references = References(self._emulator, request, self.invalid_code)
        expression = request.params["ScheduleExpression"]
        if not _EXPRESSION.fullmatch(expression):
            raise references.refuse(
                f"Invalid Schedule Expression {expression}. expected rate(...), cron(...) or at(...)"
            )
        references.role(request.params["Target"]["RoleArn"], "scheduler.amazonaws.com")
        # whatever an update leaves out goes back to its default, the state among it: moto forgets it
        given = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", **request.params}
        scheduler = references.client("scheduler")
        if request.operation == "CreateSchedule":
            return scheduler.create_schedule(**given)
        return scheduler.update_schedule(**given)
