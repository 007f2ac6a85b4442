"""EventBridge schedules."""

from typing import ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import Fields, as_is, block, capitalised, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties

_GONE = "ResourceNotFoundException"
_RETRY_POLICY = block(
    {
        "maximumEventAgeInSeconds": ("MaximumEventAgeInSeconds", integer),
        "maximumRetryAttempts": ("MaximumRetryAttempts", integer),
    }
)
_FIELDS: Fields = {
    **capitalised("actionAfterCompletion", "description", "groupName", "kmsKeyArn", "name", "scheduleExpression"),
    **capitalised("scheduleExpressionTimezone", "state"),
    "flexibleTimeWindow": (
        "FlexibleTimeWindow",
        block({"mode": ("Mode", as_is), "maximumWindowInMinutes": ("MaximumWindowInMinutes", integer)}),
    ),
    "target": (
        "Target",
        block({**capitalised("arn", "roleArn", "input"), "retryPolicy": ("RetryPolicy", _RETRY_POLICY)}),
    ),
}


class Schedule(Resource):
    """A schedule that calls an API. Its id is `group/name`."""

    type: ClassVar[str] = "aws:scheduler/schedule:Schedule"
    handles: ClassVar[frozenset[str] | None] = frozenset(_FIELDS)

    def create(self, name: str, inputs: Properties) -> str:
        """Create it."""
        self.client("scheduler").create_schedule(**parameters(inputs, _FIELDS))
        return f"{inputs['groupName']}/{inputs['name']}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, and what AWS filled in."""
        answer = found(lambda: self.client("scheduler").get_schedule(**_names(id_)), _GONE)
        if answer is None:
            return None
        return {
            "actionAfterCompletion": answer.get("ActionAfterCompletion", "NONE"),
            "arn": answer["Arn"],
            "groupName": answer["GroupName"],
            "name": answer["Name"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write it again as a whole: the API forgets what it is not told."""
        self.client("scheduler").update_schedule(**parameters(new, _FIELDS))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_GONE):
            self.client("scheduler").delete_schedule(**_names(id_))


def _names(id_: str) -> dict[str, str]:
    group, _, name = id_.partition("/")
    return {"GroupName": group, "Name": name}


RESOURCES: list[type[Resource]] = [Schedule]
