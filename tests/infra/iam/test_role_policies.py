from collections.abc import Callable
from typing import Any

import pytest

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.iam.role_policies import execution_policy

SettingsFactory = Callable[..., StackSettings]


@pytest.fixture
def statements(make_settings: SettingsFactory, names: Names) -> Callable[..., dict[str, Any]]:
    def build(key_arn: str | None = None, **mwaa: Any) -> dict[str, Any]:
        policy = execution_policy(names, make_settings(mwaa=mwaa).mwaa, key_arn)
        return {statement["Sid"]: statement for statement in policy["Statement"]}

    return build


def test_everything_is_allowed_only_where_aws_offers_nothing_narrower(
    statements: Callable[..., dict[str, Any]],
) -> None:
    anywhere = [each for each in statements().values() if each["Effect"] == "Allow" and each.get("Resource") == "*"]
    assert [each["Action"] for each in anywhere] == [
        ["logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData"]
    ]


def test_the_role_finds_exactly_its_own_cluster(statements: Callable[..., dict[str, Any]]) -> None:
    statement = statements()["FindCluster"]
    assert statement["Action"] == ["eks:DescribeCluster"]
    assert statement["Resource"] == "arn:aws:eks:eu-west-1:111122223333:cluster/airflow-dev"


def test_logs_are_written_to_the_environments_own_groups_only(statements: Callable[..., dict[str, Any]]) -> None:
    assert statements()["WriteLogs"]["Resource"] == (
        "arn:aws:logs:eu-west-1:111122223333:log-group:airflow-airflow-dev-*"
    )


def test_the_bucket_is_only_read(statements: Callable[..., dict[str, Any]]) -> None:
    actions = [action for each in statements().values() for action in each["Action"] if action.startswith("s3:")]
    assert all(action.removeprefix("s3:").startswith(("Get", "List")) for action in actions)


def test_with_awss_keys_no_key_of_the_account_may_be_used(statements: Callable[..., dict[str, Any]]) -> None:
    statement = statements()["QueueKeyOfAws"]
    assert statement["NotResource"] == "arn:aws:kms:*:111122223333:key/*"
    assert statement["Condition"] == {"StringLike": {"kms:ViaService": ["sqs.eu-west-1.amazonaws.com"]}}


def test_with_a_customers_key_that_key_is_used_for_queue_and_bucket(statements: Callable[..., dict[str, Any]]) -> None:
    found = statements("arn:aws:kms:eu-west-1:111122223333:key/data")
    assert "QueueKeyOfAws" not in found
    assert found["CustomerKey"]["Condition"] == {
        "StringLike": {"kms:ViaService": ["sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"]}
    }


def test_mail_is_sent_as_the_sender_only(statements: Callable[..., dict[str, Any]]) -> None:
    statement = statements(email={"sender": "data@example.org"})["SendEmail"]
    assert statement["Resource"] == "arn:aws:ses:eu-west-1:111122223333:identity/data@example.org"
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": "data@example.org"}}


def test_secrets_are_read_below_the_backends_prefixes_only(statements: Callable[..., dict[str, Any]]) -> None:
    statement = statements(secrets_backend={"connections_prefix": "team/conn", "variables_prefix": "team/var"})[
        "ReadConnectionsAndVariables"
    ]
    prefix = "arn:aws:secretsmanager:eu-west-1:111122223333:secret"
    assert statement["Action"] == ["secretsmanager:GetSecretValue"]
    assert statement["Resource"] == [f"{prefix}:team/conn/*", f"{prefix}:team/var/*"]


def test_what_the_stack_does_not_use_is_not_allowed(statements: Callable[..., dict[str, Any]]) -> None:
    assert not {"SendEmail", "ReadConnectionsAndVariables", "CustomerKey"} & statements().keys()
