"""Bucket policies of the emulated account."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.errors import NotModelledError

BUCKET = "airflow-dags"
DEPLOY = "arn:aws:iam::123456789012:role/deploy"
ADMINISTRATORS = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Administrators"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
DEPLOYER_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:PutObject*", "s3:DeleteObject*"],
    "NotResource": f"arn:aws:s3:::{BUCKET}/dags/*",
    "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [DEPLOY]}},
}


def guarded(account: Account, *statements: dict[str, Any]) -> None:
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))


def put(account: Account, key: str, role_arn: str | None = None) -> None:
    account.client("s3", role_arn=role_arn).put_object(Bucket=BUCKET, Key=key, Body=b"x")


def test_a_bucket_for_tls_only_takes_what_comes_by_tls(account: Account) -> None:
    guarded(account, TLS_ONLY)
    put(account, "dags/a.py")
    assert account.client("s3").get_object(Bucket=BUCKET, Key="dags/a.py")["Body"].read() == b"x"


def test_who_is_spared_by_a_deny_may_write(account: Account) -> None:
    guarded(account, TLS_ONLY, DEPLOYER_ONLY)
    put(account, "requirements.txt", DEPLOY)


def test_who_is_not_spared_by_a_deny_may_not_write(account: Account) -> None:
    guarded(account, TLS_ONLY, DEPLOYER_ONLY)
    with pytest.raises(ClientError, match="explicit deny"):
        put(account, "requirements.txt", ADMINISTRATORS)


def test_what_a_deny_leaves_out_can_be_written_by_others(account: Account) -> None:
    guarded(account, TLS_ONLY, DEPLOYER_ONLY)
    put(account, "dags/a.py", ADMINISTRATORS)


def test_several_objects_are_deleted_but_for_the_protected_ones(account: Account) -> None:
    guarded(account, DEPLOYER_ONLY)
    for key in ("dags/a.py", "requirements.txt"):
        put(account, key, DEPLOY)
    answer = account.client("s3", role_arn=ADMINISTRATORS).delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": "dags/a.py"}, {"Key": "requirements.txt"}]}
    )
    keys = [item["Key"] for item in answer["Deleted"]], [item["Key"] for item in answer["Errors"]]
    assert keys == (["dags/a.py"], ["requirements.txt"])


def test_a_condition_that_cannot_be_decided_is_not_guessed(account: Account) -> None:
    guarded(account, TLS_ONLY | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}})
    with pytest.raises(NotModelledError, match="aws:SourceVpce"):
        put(account, "dags/a.py")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Effect": "deny"}, "Effect must be Allow or Deny"),
        ({"Actions": "s3:*"}, "unknown elements Actions"),
        ({"Action": "PutObject"}, "of the form service:Action"),
        ({"NotResource": "*"}, "exactly one of Resource and NotResource"),
    ],
)
def test_a_policy_with_a_syntax_error_is_refused(account: Account, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        guarded(account, TLS_ONLY | change)
