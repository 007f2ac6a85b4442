"""Log groups, alarms, dashboards, topics, mail identities and schedules."""

import json

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws import samples
from tests.rehearsal.providers.aws.bench import Bench


def test_a_log_group_is_made_with_its_retention(bench: Bench) -> None:
    samples.log_group(bench)
    groups = bench.account.client("logs").describe_log_groups()["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [90]


def test_a_log_group_that_already_stands_is_not_taken_over(bench: Bench) -> None:
    samples.log_group(bench)
    with pytest.raises(ProviderError, match="ResourceAlreadyExistsException"):
        samples.log_group(bench)


def test_the_arn_of_a_log_group_ends_with_its_name(bench: Bench) -> None:
    assert samples.log_group(bench).outputs["arn"].endswith(":log-group:flow-logs")


def test_retention_changes_in_place(bench: Bench) -> None:
    assert bench.change(samples.log_group(bench), retentionInDays=30.0) == ["PutRetentionPolicy"]


def test_retention_that_is_taken_away_means_for_ever(bench: Bench) -> None:
    assert bench.change(samples.log_group(bench), retentionInDays=None) == ["DeleteRetentionPolicy"]


def test_a_key_is_given_to_a_log_group_in_place(bench: Bench) -> None:
    logs = {"Service": "logs.eu-west-1.amazonaws.com"}
    key = samples.key(bench, policy=samples.document(principal=logs, action="kms:*"))
    assert bench.change(samples.log_group(bench), kmsKeyId=key.outputs["arn"]) == ["AssociateKmsKey"]


def test_a_changed_tag_of_a_log_group_is_one_call(bench: Bench) -> None:
    assert bench.change(samples.log_group(bench), tags={"stage": "dev"}) == ["TagResource"]


def test_a_log_group_that_is_to_stay_is_not_deleted(bench: Bench) -> None:
    assert bench.remove(samples.log_group(bench, skipDestroy=True)) == []


def test_a_changed_alarm_is_written_whole(bench: Bench) -> None:
    assert bench.change(samples.metric_alarm(bench), threshold=2.0) == ["PutMetricAlarm"]


def test_a_changed_tag_leaves_the_alarm_itself_alone(bench: Bench) -> None:
    assert bench.change(samples.metric_alarm(bench), tags={"stage": "dev"}) == ["TagResource"]


def test_an_alarm_on_a_formula_keeps_its_queries(bench: Bench) -> None:
    metric = {
        "namespace": "AWS/AutoScaling",
        "metricName": "GroupDesiredCapacity",
        "dimensions": {"AutoScalingGroupName": "standard"},
        "period": 300.0,
        "stat": "Maximum",
    }
    inputs = {
        "name": "group-at-maximum",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "evaluationPeriods": 3.0,
        "threshold": 1.0,
        "metricQueries": [
            {"id": "full", "expression": "IF(nodes >= 25, 1, 0)", "returnData": True},
            {"id": "nodes", "metric": metric, "returnData": False},
        ],
    }
    bench.make("aws:cloudwatch/metricAlarm:MetricAlarm", "group-at-maximum", inputs)
    alarm = bench.account.client("cloudwatch").describe_alarms()["MetricAlarms"][0]
    dimensions = alarm["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"]
    assert dimensions == [{"Name": "AutoScalingGroupName", "Value": "standard"}]


def test_a_changed_dashboard_is_written_again(bench: Bench) -> None:
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "Airflow"}}]})
    assert bench.change(samples.dashboard(bench), dashboardBody=body) == ["PutDashboard"]


def test_an_attribute_of_a_topic_changes_by_a_call_of_its_own(bench: Bench) -> None:
    assert bench.change(samples.topic(bench), displayName="Alarms") == ["SetTopicAttributes"]


def test_a_changed_topic_policy_is_written_again(bench: Bench) -> None:
    policy = samples.topic_policy(bench)
    text = samples.document(
        principal={"Service": "events.amazonaws.com"}, action="sns:Publish", resource=policy.inputs["arn"]
    )
    assert bench.change(policy, policy=text) == ["SetTopicAttributes"]


def test_a_deleted_topic_policy_leaves_the_default_one(bench: Bench) -> None:
    policy = samples.topic_policy(bench)
    bench.remove(policy)
    attributes = bench.account.client("sns").get_topic_attributes(TopicArn=policy.id)["Attributes"]
    assert json.loads(attributes["Policy"])["Id"] == "__default_policy_ID"


def test_a_subscription_to_a_topic_that_does_not_exist_is_refused(bench: Bench) -> None:
    topic = f"arn:aws:sns:eu-west-1:{samples.ACCOUNT_ID}:alarms"
    inputs = {"topic": topic, "protocol": "email", "endpoint": "somebody@example.com"}
    with pytest.raises(ProviderError, match="NotFound"):
        bench.make("aws:sns/topicSubscription:TopicSubscription", "somebody", inputs)


def test_a_subscription_by_mail_awaits_confirmation(bench: Bench) -> None:
    assert samples.topic_subscription(bench).outputs["pendingConfirmation"]


def test_a_subscription_that_nobody_confirmed_is_only_forgotten(bench: Bench) -> None:
    assert bench.remove(samples.topic_subscription(bench)) == []


def test_a_mail_identity_of_the_account_is_found(bench: Bench) -> None:
    token = "aws:sesv2/getEmailIdentity:getEmailIdentity"
    answer = bench.provider.invoke(token, {"emailIdentity": "sender@example.com"})
    assert answer["identityType"] == "EMAIL_ADDRESS"


def test_a_mail_identity_that_is_not_there_is_an_error(bench: Bench) -> None:
    token = "aws:sesv2/getEmailIdentity:getEmailIdentity"
    with pytest.raises(ProviderError, match=r"no SES identity nobody@example\.com"):
        bench.provider.invoke(token, {"emailIdentity": "nobody@example.com"})


def test_a_changed_schedule_is_written_whole(bench: Bench) -> None:
    schedule = samples.schedule(bench)
    bench.change(schedule, scheduleExpression="rate(2 hours)")
    kept = bench.account.client("scheduler").get_schedule(Name="no-rebalancing", GroupName="default")
    assert (kept["ScheduleExpression"], kept["Target"]["Input"]) == ("rate(2 hours)", "{}")


def test_a_schedule_is_known_by_group_and_name(bench: Bench) -> None:
    assert samples.schedule(bench).id == "default/no-rebalancing"
