"""Smaller services of the emulated account, where moto needs a hand."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from tests.rehearsal.account.world import network, role


def test_identities_of_the_setup_are_verified_and_new_ones_are_not(account: Account) -> None:
    ses = account.client("sesv2")
    ses.create_email_identity(EmailIdentity="example.org", Tags=[{"Key": "team", "Value": "data"}])
    old = ses.get_email_identity(EmailIdentity="airflow@example.com")
    new = ses.get_email_identity(EmailIdentity="example.org")
    assert (old["VerifiedForSendingStatus"], old["DkimAttributes"]["Status"]) == (True, "SUCCESS")
    assert (new["VerifiedForSendingStatus"], new["VerificationStatus"]) == (False, "PENDING")


def test_tags_of_an_identity_are_where_they_are_looked_for(account: Account) -> None:
    ses = account.client("sesv2")
    ses.create_email_identity(EmailIdentity="example.org", Tags=[{"Key": "team", "Value": "data"}])
    arn = "arn:aws:ses:eu-west-1:123456789012:identity/example.org"
    ses.tag_resource(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "1"}])
    tags = {tag["Key"]: tag["Value"] for tag in ses.get_email_identity(EmailIdentity="example.org")["Tags"]}
    assert tags == {"team": "data", "cost": "1"}


def test_a_subscription_by_email_waits_for_its_receiver(account: Account) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    found = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
    assert found["PendingConfirmation"] == "true"


def schedule(account: Account, operation: str = "create_schedule", **overrides: Any) -> None:
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:mwaa:updateEnvironment",
        "RoleArn": "arn:aws:iam::123456789012:role/deploy",
    }
    given: dict[str, Any] = {
        "Name": "nightly",
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **overrides,
    }
    getattr(account.client("scheduler"), operation)(**given)


def test_a_schedule_that_is_updated_without_a_state_is_enabled(account: Account) -> None:
    arn = role(account, "scheduler", "scheduler.amazonaws.com")
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:mwaa:updateEnvironment", "RoleArn": arn}
    schedule(account, Target=target, State="DISABLED")
    schedule(account, "update_schedule", Target=target)
    assert account.client("scheduler").get_schedule(Name="nightly")["State"] == "ENABLED"


def test_a_schedule_whose_role_does_not_trust_the_scheduler_is_refused(account: Account) -> None:
    arn = role(account, "wrong", "ec2.amazonaws.com")
    with pytest.raises(ClientError, match=r"cannot be assumed by scheduler\.amazonaws\.com"):
        schedule(account, Target={"Arn": "arn:aws:scheduler:::aws-sdk:mwaa:updateEnvironment", "RoleArn": arn})


def test_a_schedule_that_never_comes_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="Invalid Schedule Expression"):
        schedule(account, ScheduleExpression="nightly")


def test_a_key_policy_with_a_syntax_error_is_refused(account: Account) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
    with pytest.raises(ClientError, match="exactly one of Principal and NotPrincipal"):
        account.client("kms").create_key(Policy=json.dumps(document))


def test_the_key_behind_an_encrypted_volume_is_told_to_be_of_aws(account: Account) -> None:
    network(account)
    account.client("ec2").create_volume(AvailabilityZone="eu-west-1a", Size=1, Encrypted=True)
    kms = account.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    assert [key["KeyManager"] for key in keys] == ["AWS"]


def test_a_log_group_can_be_given_a_key_that_exists(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    logs = account.client("logs")
    logs.create_log_group(logGroupName="airflow")
    logs.associate_kms_key(logGroupName="airflow", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key


def test_a_log_group_cannot_be_given_a_key_that_does_not_exist(account: Account) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        account.client("logs").create_log_group(
            logGroupName="airflow",
            kmsKeyId="arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000",
        )


def test_tags_of_a_group_that_does_not_exist_are_refused(account: Account) -> None:
    tag = {"ResourceId": "none", "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b"}
    with pytest.raises(ClientError, match="name not found"):
        account.client("autoscaling").create_or_update_tags(Tags=[{**tag, "PropagateAtLaunch": False}])


def test_a_trust_policy_with_a_syntax_error_is_refused(account: Account) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        account.client("iam").create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(document))


def test_a_trust_in_a_role_that_does_not_exist_is_refused(account: Account) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody"},
    }
    document = {"Version": "2012-10-17", "Statement": statement}
    with pytest.raises(ClientError, match="role/nobody does not exist"):
        account.client("iam").create_role(RoleName="x", AssumeRolePolicyDocument=json.dumps(document))
