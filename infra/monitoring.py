"""Alarms for what should wake somebody, the topic that tells them, and a dashboard."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from airflow_infra.catalogue.metrics import Metric, metric
from airflow_infra.settings.names import Names
from infra.base import Context, component_options
from infra.eks.cluster import Cluster
from infra.eks.node_groups import ManagedNodeGroup
from infra.iam.documents import Document, document, to_json
from infra.mwaa import Environment
from infra.vpc import Network

_QUARTER_OF_AN_HOUR_S = 900

Dimensions = Mapping[str, pulumi.Input[str]]


def topic_policy(names: Names, topic_arn: str) -> Document:
    """CloudWatch publishes to the topic, for alarms of this stack."""
    return document(
        {
            "Sid": "AlarmsOfThisStack",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {
                "StringEquals": {"aws:SourceAccount": names.account_id},
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:cloudwatch:{names.region}:{names.account_id}:alarm:{names.prefix}-*"
                },
            },
        }
    )


@dataclass(frozen=True)
class Condition:
    """When a metric is alarming."""

    comparison: Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
    threshold: float
    periods: int
    """Periods in a row."""
    missing: Literal["breaching", "notBreaching"]
    """What no data means: for a heartbeat the worst, for a count of errors that there are none."""


def for_a_quarter_of_an_hour(measured: Metric, threshold: float) -> Condition:
    """At or above the threshold for 15 minutes."""
    periods = _QUARTER_OF_AN_HOUR_S // measured.period_s
    return Condition("GreaterThanOrEqualToThreshold", threshold, periods, "notBreaching")


class Monitoring(pulumi.ComponentResource):
    """The alarm topic with its subscriptions, the alarms, the dashboard.

    The topic is not encrypted with KMS: CloudWatch can't use SNS's own key, whose policy can't be changed, and an alarm
    that can't publish fails silently. What passes through it are names of alarms and figures.
    """

    def __init__(self, context: Context, network: Network, environment: Environment, cluster: Cluster) -> None:
        super().__init__("airflow:monitoring:Monitoring", "monitoring", None, component_options(context))
        self._context = context
        self._environment = {"environment": environment.environment.name}
        self._cluster = {"cluster": cluster.cluster.name}
        self._topic()
        self.alarms: list[aws.cloudwatch.MetricAlarm] = []
        self._environment_alarms()
        self._pods_pending()
        for group in cluster.node_groups.values():
            self._group_at_maximum(group)
        for zone, gateway in network.nat_gateways.items():
            errors = metric("nat_port_errors")
            self._alarm(
                f"nat-port-errors-{zone}",
                "NAT gateway out of ports: connections from private subnets fail. Spread or reuse connections.",
                errors,
                Condition("GreaterThanThreshold", 0, 1, "notBreaching"),
                {"nat_gateway": gateway.id},
            )
        self._dashboard(network, cluster)
        self.register_outputs({"topicArn": self.topic.arn})

    def _topic(self) -> None:
        names = self._context.names
        child = pulumi.ResourceOptions(parent=self)
        self.topic = aws.sns.Topic("alarms", name=f"{names.prefix}-alarms", opts=child)
        self._topic_policy = aws.sns.TopicPolicy(
            "alarms",
            arn=self.topic.arn,
            policy=self.topic.arn.apply(lambda arn: to_json(topic_policy(names, arn))),
            opts=child,
        )
        for address in self._context.settings.alerts.email_addresses:
            aws.sns.TopicSubscription(address, topic=self.topic.arn, protocol="email", endpoint=address, opts=child)

    def _dimensions(self, measured: Metric, values: Dimensions) -> pulumi.Output[dict[str, str]]:
        return pulumi.Output.all(**values).apply(lambda resolved: measured.dimensions_of(**resolved))

    def _alarm(self, name: str, description: str, measured: Metric, condition: Condition, values: Dimensions) -> None:
        """An alarm on one metric of the catalogue."""
        self._register(
            name,
            description,
            condition,
            namespace=measured.namespace,
            metric_name=measured.name,
            dimensions=self._dimensions(measured, values),
            statistic=measured.statistic,
            period=measured.period_s,
        )

    def _register(self, name: str, description: str, condition: Condition, **measure: Any) -> None:
        actions = [self.topic.arn]
        self.alarms.append(
            aws.cloudwatch.MetricAlarm(
                name,
                name=f"{self._context.names.prefix}-{name}",
                alarm_description=description,
                comparison_operator=condition.comparison,
                threshold=condition.threshold,
                evaluation_periods=condition.periods,
                treat_missing_data=condition.missing,
                alarm_actions=actions,
                ok_actions=actions,
                # Without the policy the first alarm would be refused by the topic, and nobody told.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self._topic_policy]),
                **measure,
            )
        )

    def _environment_alarms(self) -> None:
        self._alarm(
            "scheduler-heartbeat",
            "Airflow's scheduler does not check in: no task is started.",
            metric("scheduler_heartbeat"),
            # The alarm that the MWAA user guide recommends.
            Condition("LessThanThreshold", 1, 2, "breaching"),
            self._environment,
        )
        self._alarm(
            "environment-unhealthy",
            "No web server container of the environment reports: the environment is down, or cannot report.",
            metric("web_server_containers"),
            Condition("LessThanThreshold", 1, 3, "breaching"),
            self._environment,
        )
        queued = metric("queued_tasks")
        self._alarm(
            "queued-tasks",
            "Tasks queue up: more workers, or fewer tasks at a time.",
            queued,
            for_a_quarter_of_an_hour(queued, self._context.settings.alerts.queued_tasks),
            self._environment,
        )

    def _pods_pending(self) -> None:
        pending = metric("pending_pods")
        self._alarm(
            "pods-pending",
            "Pods wait for a node: groups at their maximum, no capacity in EC2, or requests that fit on no node.",
            pending,
            for_a_quarter_of_an_hour(pending, self._context.settings.alerts.pending_pods),
            self._cluster,
        )

    def _group_at_maximum(self, group: ManagedNodeGroup) -> None:
        """A group at its maximum is no news as long as nothing waits: a group of one node is there with one task."""
        wanted, unschedulable = metric("nodes_wanted"), metric("unschedulable_pods")
        name, maximum = group.settings.name, group.settings.scaling_config.max_size
        self._register(
            f"group-at-maximum-{name}",
            f"The node group {name} has its {maximum} nodes and pods fit nowhere: raise scaling_config.max_size.",
            for_a_quarter_of_an_hour(wanted, 1),
            metric_queries=[
                {
                    "id": "full",
                    "expression": f"IF(nodes >= {maximum} AND waiting > 0, 1, 0)",
                    "label": f"{name} at its maximum while pods wait",
                    "return_data": True,
                },
                self._query("nodes", wanted, {"auto_scaling_group": group.auto_scaling_group}),
                self._query("waiting", unschedulable, self._cluster),
            ],
        )

    def _query(self, id_: str, measured: Metric, values: Dimensions) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
        return {
            "id": id_,
            "return_data": False,
            "metric": {
                "namespace": measured.namespace,
                "metric_name": measured.name,
                "dimensions": self._dimensions(measured, values),
                "stat": measured.statistic,
                "period": measured.period_s,
            },
        }

    def _dashboard(self, network: Network, cluster: Cluster) -> None:
        """One page: the environment above, the cluster and its ways out below."""
        environment = ("scheduler_heartbeat", "queued_tasks", "running_tasks", "oldest_queued_task")
        charts: list[tuple[str, list[tuple[Metric, Dimensions]]]] = [
            *((metric(name).meaning, [(metric(name), self._environment)]) for name in environment),
            (
                "Pods without a node",
                [(metric(name), self._cluster) for name in ("pending_pods", "unschedulable_pods")],
            ),
            (
                metric("nodes_wanted").meaning,
                [
                    (metric("nodes_wanted"), {"auto_scaling_group": group.auto_scaling_group})
                    for group in cluster.node_groups.values()
                ],
            ),
            (
                metric("nat_port_errors").meaning,
                [(metric("nat_port_errors"), {"nat_gateway": nat.id}) for nat in network.nat_gateways.values()],
            ),
        ]
        region = self._context.names.region
        widgets = [
            pulumi.Output.all(*(self._dimensions(measured, values) for measured, values in lines)).apply(
                lambda dimensions, index=index, title=title, lines=lines: widget(
                    index, title, region, [measured for measured, _ in lines], dimensions
                )
            )
            for index, (title, lines) in enumerate(charts)
        ]
        aws.cloudwatch.Dashboard(
            "dashboard",
            dashboard_name=self._context.names.prefix,
            dashboard_body=pulumi.Output.all(*widgets).apply(lambda bodies: json.dumps({"widgets": bodies})),
            opts=pulumi.ResourceOptions(parent=self),
        )


def widget(
    index: int, title: str, region: str, measures: list[Metric], dimensions: list[dict[str, str]]
) -> dict[str, Any]:
    """One chart of the dashboard: two in a row, 12 of 24 columns wide."""
    return {
        "type": "metric",
        "x": 12 * (index % 2),
        "y": 6 * (index // 2),
        "width": 12,
        "height": 6,
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "metrics": [
                [
                    measured.namespace,
                    measured.name,
                    *(text for pair in named.items() for text in pair),
                    {"stat": measured.statistic, "period": measured.period_s},
                ]
                for measured, named in zip(measures, dimensions, strict=True)
            ],
        },
    }
