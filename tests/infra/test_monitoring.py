import json
from collections.abc import Callable

import pytest

from airflow_infra.catalogue.metrics import metrics
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.base import Context, aws_provider
from infra.eks.cluster import Cluster
from infra.iam.roles import Roles
from infra.monitoring import Monitoring, topic_policy
from infra.mwaa import Environment
from infra.s3 import MwaaBucket
from infra.vpc import Network
from tests.infra.conftest import ACCOUNT_ANSWERS
from tests.infra.recording import Recording, record

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
HEARTBEATS = ("scheduler-heartbeat", "environment-unhealthy")


def _program(settings: StackSettings) -> None:
    names = Names("dev", settings.account.id, settings.account.region)
    context = Context(settings, names, aws_provider(settings, names))
    network, roles, bucket = Network(context), Roles(context), MwaaBucket(context, None)
    Monitoring(
        context,
        network,
        Environment(context, network, roles, bucket, None),
        Cluster(context, network, roles),
    )


@pytest.fixture(scope="session")
def monitored(make_settings: Callable[..., StackSettings]) -> Recording:
    settings = make_settings(alerts={"email_addresses": ["on-call@example.org"], "queued_tasks": 40})
    return record(lambda: _program(settings), ACCOUNT_ANSWERS)


def _dimensions(metric: dict[str, object]) -> frozenset[str]:
    dimensions = metric["dimensions"]
    assert isinstance(dimensions, dict)
    return frozenset(dimensions)


def test_every_alarm_is_on_a_metric_of_the_catalogue(monitored: Recording) -> None:
    known = {(each.namespace, each.name, frozenset(each.dimensions)) for each in metrics().metrics.values()}
    measured: list[tuple[object, object, frozenset[str]]] = []
    for alarm in monitored.of_type(ALARM):
        queried = [query["metric"] for query in alarm.inputs.get("metricQueries", []) if "metric" in query]
        measured += [(each["namespace"], each["metricName"], _dimensions(each)) for each in queried or [alarm.inputs]]
    assert set(measured) <= known


def test_no_dimension_is_left_unfilled(monitored: Recording) -> None:
    assert not [alarm.name for alarm in monitored.of_type(ALARM) if '"{' in json.dumps(alarm.inputs)]


@pytest.mark.parametrize("name", HEARTBEATS)
def test_silence_of_a_heartbeat_is_an_alarm(monitored: Recording, name: str) -> None:
    alarm = monitored.one(ALARM, name).inputs
    assert alarm["treatMissingData"] == "breaching"
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)


def test_silence_of_anything_else_is_none(monitored: Recording) -> None:
    others = [alarm for alarm in monitored.of_type(ALARM) if alarm.name not in HEARTBEATS]
    assert {alarm.inputs["treatMissingData"] for alarm in others} == {"notBreaching"}


def test_a_heartbeat_is_that_of_this_environment(monitored: Recording) -> None:
    alarm = monitored.one(ALARM, "scheduler-heartbeat").inputs
    assert alarm["dimensions"] == {"Function": "Scheduler", "Environment": "airflow-dev"}


def test_an_alarm_on_the_environment_comes_after_it(monitored: Recording) -> None:
    environment = monitored.one("aws:mwaa/environment:Environment", "airflow")
    assert environment in monitored.waits_for(monitored.one(ALARM, "scheduler-heartbeat"))


def test_queued_tasks_alarm_after_a_quarter_of_an_hour(monitored: Recording) -> None:
    alarm = monitored.one(ALARM, "queued-tasks").inputs
    assert alarm["threshold"] == 40
    assert alarm["period"] * alarm["evaluationPeriods"] == 900


def test_pending_pods_alarm_after_a_quarter_of_an_hour(monitored: Recording) -> None:
    alarm = monitored.one(ALARM, "pods-pending").inputs
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/EKS", "scheduler_pending_pods")
    assert alarm["period"] * alarm["evaluationPeriods"] == 900


def test_a_group_at_its_maximum_is_an_alarm_only_while_pods_wait(monitored: Recording) -> None:
    queries = {
        query["id"]: query for query in monitored.one(ALARM, "group-at-maximum-standard").inputs["metricQueries"]
    }
    assert queries["full"]["expression"] == "IF(nodes >= 25 AND waiting > 0, 1, 0)"
    assert [name for name, query in queries.items() if query["returnData"]] == ["full"]
    assert queries["nodes"]["metric"]["dimensions"] == {"AutoScalingGroupName": "eks-standard"}


def test_every_nat_gateway_is_watched(monitored: Recording) -> None:
    watched = {
        alarm.inputs["dimensions"]["NatGatewayId"]
        for alarm in monitored.of_type(ALARM)
        if alarm.name.startswith("nat-port-errors-")
    }
    assert len(watched) == len(monitored.of_type("aws:ec2/natGateway:NatGateway"))


def test_every_alarm_tells_the_topic_that_it_began_and_that_it_is_over(monitored: Recording) -> None:
    topics = {
        (tuple(alarm.inputs["alarmActions"]), tuple(alarm.inputs["okActions"])) for alarm in monitored.of_type(ALARM)
    }
    topic = ("arn:aws:sns:eu-west-1:111122223333:alarms",)
    assert topics == {(topic, topic)}


def test_an_alarm_comes_after_the_policy_that_lets_it_publish(monitored: Recording) -> None:
    policy = monitored.one("aws:sns/topicPolicy:TopicPolicy", "alarms")
    assert all(policy.urn in alarm.dependencies for alarm in monitored.of_type(ALARM))


def test_only_alarms_of_this_stack_publish(names: Names) -> None:
    (statement,) = topic_policy(names, "arn:topic")["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:airflow-dev-*"
    }


def test_cloudwatch_could_not_publish_to_a_topic_with_aws_own_key(monitored: Recording) -> None:
    assert "kmsMasterKeyId" not in monitored.one("aws:sns/topic:Topic", "alarms").inputs


def test_each_address_is_subscribed(monitored: Recording) -> None:
    subscription = monitored.one("aws:sns/topicSubscription:TopicSubscription", "on-call@example.org").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", "on-call@example.org")


def test_the_dashboard_shows_metrics_of_the_catalogue_with_their_dimensions(monitored: Recording) -> None:
    body = json.loads(monitored.one("aws:cloudwatch/dashboard:Dashboard", "dashboard").inputs["dashboardBody"])
    lines = [line for widget in body["widgets"] for line in widget["properties"]["metrics"]]
    assert ["AWS/AutoScaling", "GroupDesiredCapacity", "AutoScalingGroupName", "eks-standard"] in [
        line[:-1] for line in lines
    ]
    assert '"{' not in json.dumps(lines)
