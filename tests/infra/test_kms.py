import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.recording import Recording

KEY = "arn:aws:kms:eu-west-1:111122223333:key/data"


@pytest.fixture(scope="session")
def encrypted(deploy: Callable[..., Recording]) -> Recording:
    return deploy(encryption={"customer_managed_key": True}, mwaa={"dag_publisher": {"repository": "example/dags"}})


def test_bucket_environment_and_log_groups_use_the_key(encrypted: Recording) -> None:
    rule = encrypted.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "mwaa"
    ).inputs["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert encrypted.one("aws:mwaa/environment:Environment", "airflow").inputs["kmsKey"] == KEY
    for name in ("dagprocessing", "scheduler", "task", "webserver", "worker", "flow-logs", "control-plane"):
        assert encrypted.one("aws:cloudwatch/logGroup:LogGroup", name).inputs["kmsKeyId"] == KEY


@pytest.mark.parametrize("role", ["execution", "dag-publisher"])
def test_roles_that_read_or_write_the_bucket_may_use_the_key(encrypted: Recording, role: str) -> None:
    policy = json.loads(encrypted.one("aws:iam/rolePolicy:RolePolicy", role).inputs["policy"])
    assert next(each for each in policy["Statement"] if each["Sid"] == "CustomerKey")["Resource"] == KEY


def test_the_key_lets_cloudwatch_logs_encrypt_this_stacks_groups_only(encrypted: Recording) -> None:
    policy = json.loads(encrypted.one("aws:kms/key:Key", "data").inputs["policy"])
    logs = next(each for each in policy["Statement"] if each["Sid"] == "CloudWatchLogs")
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == [
        "arn:aws:logs:eu-west-1:111122223333:log-group:airflow-airflow-dev-*",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/vpc/flow-logs/airflow-dev",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/airflow-dev/cluster",
    ]


def test_without_the_setting_there_is_no_key_anywhere(deployed: Recording) -> None:
    assert [key.name for key in deployed.of_type("aws:kms/key:Key")] == ["secrets"]
    assert "kmsKey" not in deployed.one("aws:mwaa/environment:Environment", "airflow").inputs
    rule: Any = deployed.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "mwaa"
    ).inputs["rules"][0]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
