"""CloudWatch alarms and dashboards."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import (
    Fields,
    as_is,
    block,
    capitalised,
    each,
    integer,
    parameters,
)
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError


def _dimensions(value: Any, path: str) -> list[dict[str, str]]:  # noqa: ARG001
    return as_list(value, "Name", "Value")


_METRIC: Fields = {**capitalised("metricName", "namespace"), "dimensions": ("Dimensions", _dimensions)}
_METRIC_STAT: Fields = {**_METRIC, "period": ("Period", integer), **capitalised("stat", "unit")}


def _metric_stat(value: Any, path: str) -> Properties:
    """A metric with its statistic: Pulumi has one block where the API has two."""
    converted = block(_METRIC_STAT)(value, path)
    metric = {key: converted.pop(key) for key in ("MetricName", "Namespace", "Dimensions") if key in converted}
    return {**converted, "Metric": metric}


_QUERY: Fields = {
    **capitalised("id", "accountId", "expression", "label", "returnData"),
    "metric": ("MetricStat", _metric_stat),
    "period": ("Period", integer),
}
_ALARM: Fields = {
    **_METRIC,
    **capitalised(
        "actionsEnabled",
        "alarmActions",
        "alarmDescription",
        "comparisonOperator",
        "extendedStatistic",
        "insufficientDataActions",
        "statistic",
        "threshold",
        "thresholdMetricId",
        "treatMissingData",
        "unit",
    ),
    "datapointsToAlarm": ("DatapointsToAlarm", integer),
    "evaluateLowSampleCountPercentiles": ("EvaluateLowSampleCountPercentile", as_is),
    "evaluationPeriods": ("EvaluationPeriods", integer),
    "metricQueries": ("Metrics", each(block(_QUERY))),
    "name": ("AlarmName", as_is),
    "okActions": ("OKActions", as_is),
    "period": ("Period", integer),
}


class MetricAlarm(Resource):
    """An alarm on a metric, or on a formula of several. Its id is its name."""

    type: ClassVar[str] = "aws:cloudwatch/metricAlarm:MetricAlarm"
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", *_ALARM))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it."""
        self.client("cloudwatch").put_metric_alarm(**parameters(inputs, _ALARM), Tags=tag_list(inputs))
        return inputs["name"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN."""
        alarm = self._describe(id_)
        if alarm is None:
            return None
        return {
            "arn": alarm["AlarmArn"],
            "evaluateLowSampleCountPercentiles": alarm.get("EvaluateLowSampleCountPercentile", ""),
            "name": alarm["AlarmName"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write it again as a whole. That leaves the tags of an alarm alone: they are changed by calls of their own."""
        cloudwatch = self.client("cloudwatch")
        if changed - {"tags", "tagsAll"}:
            cloudwatch.put_metric_alarm(**parameters(new, _ALARM))
        removed, added = tag_changes(old, new)
        if not (removed or added):
            return
        alarm = self._describe(id_)
        if alarm is None:
            raise ProviderError(f"the alarm {id_} is gone")
        if removed:
            cloudwatch.untag_resource(ResourceARN=alarm["AlarmArn"], TagKeys=removed)
        if added:
            cloudwatch.tag_resource(ResourceARN=alarm["AlarmArn"], Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring("ResourceNotFound"):
            self.client("cloudwatch").delete_alarms(AlarmNames=[id_])

    def _describe(self, id_: str) -> Any | None:
        alarms = self.client("cloudwatch").describe_alarms(AlarmNames=[id_])["MetricAlarms"]
        return alarms[0] if alarms else None


class Dashboard(Resource):
    """A dashboard. Its id is its name."""

    type: ClassVar[str] = "aws:cloudwatch/dashboard:Dashboard"
    handles: ClassVar[frozenset[str] | None] = frozenset(("dashboardBody", "dashboardName"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it."""
        self._put(inputs)
        return inputs["dashboardName"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN."""
        cloudwatch = self.client("cloudwatch")
        answer = found(lambda: cloudwatch.get_dashboard(DashboardName=id_), "ResourceNotFound")
        return None if answer is None else {"dashboardArn": answer["DashboardArn"]}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write it again."""
        self._put(new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring("ResourceNotFound"):
            self.client("cloudwatch").delete_dashboards(DashboardNames=[id_])

    def _put(self, inputs: Properties) -> None:
        self.client("cloudwatch").put_dashboard(
            DashboardName=inputs["dashboardName"], DashboardBody=inputs["dashboardBody"]
        )


RESOURCES: list[type[Resource]] = [MetricAlarm, Dashboard]
