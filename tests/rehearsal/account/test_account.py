"""The emulated account as a whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.errors import StoppedAccountError
from airflow_infra.rehearsal.account.setup import AccountSetup


def test_a_plain_boto3_client_sees_the_same_account(account: Account) -> None:
    account.client("s3").create_bucket(
        Bucket="dags", CreateBucketConfiguration={"LocationConstraint": account.setup.region}
    )
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["dags"]


def test_the_account_number_is_the_configured_one_for_each_account_in_turn() -> None:
    seen = []
    for number in ("111111111111", "222222222222"):
        with Account(AccountSetup(number, "eu-west-1")) as account:
            vpc = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
            seen.append((account.client("sts").get_caller_identity()["Account"], vpc["OwnerId"]))
    assert seen == [("111111111111", "111111111111"), ("222222222222", "222222222222")]


def test_a_new_account_holds_nothing_of_the_one_before() -> None:
    setup = AccountSetup("111111111111", "eu-west-1")
    with Account(setup) as first:
        first.client("sns").create_topic(Name="alerts")
    with Account(setup) as second:
        assert second.client("sns").list_topics()["Topics"] == []


def test_a_role_of_another_account_addresses_that_account(account: Account) -> None:
    sts = account.client("sts", role_arn="arn:aws:iam::210987654321:role/network")
    assert sts.get_caller_identity()["Account"] == "210987654321"


def test_what_a_role_of_another_account_makes_is_not_in_this_account(account: Account) -> None:
    account.client("sns", role_arn="arn:aws:iam::210987654321:role/network").create_topic(Name="theirs")
    assert account.client("sns").list_topics()["Topics"] == []


def test_a_role_that_does_not_exist_is_refused(account: Account) -> None:
    with pytest.raises(ClientError) as refused:
        account.client("s3", role_arn="arn:aws:iam::123456789012:role/nobody")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_a_role_that_trusts_another_role_of_the_account_is_refused(account: Account) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/deploy"},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = account.client("iam").create_role(RoleName="publisher", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        account.client("ec2", role_arn=arn)


def test_a_role_that_only_a_service_may_assume_is_refused(account: Account) -> None:
    account.client("iam").create_role(
        RoleName="nodes",
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        '"Principal":{"Service":"ec2.amazonaws.com"}}]}',
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        account.client("s3", role_arn="arn:aws:iam::123456789012:role/nodes")


def test_credentials_of_the_environment_are_put_aside_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_PROFILE", "production")
    with Account(AccountSetup("111111111111", "eu-west-1")):
        during = os.environ["AWS_ACCESS_KEY_ID"], os.environ.get("AWS_PROFILE")
    after = os.environ["AWS_ACCESS_KEY_ID"], os.environ.get("AWS_PROFILE")
    assert (during, after) == (("AKIA0000111111111111", None), ("AKIAREALREALREALREAL", "production"))


def test_a_client_of_a_stopped_account_refuses_to_work() -> None:
    with Account(AccountSetup("111111111111", "eu-west-1")) as account:
        sns = account.client("sns")
    with pytest.raises(StoppedAccountError):
        sns.list_topics()


def test_two_accounts_are_not_entered_at_a_time(account: Account) -> None:
    with pytest.raises(RuntimeError, match="123456789012"):
        Account(AccountSetup("111111111111", "eu-west-1")).start()


def test_a_setup_that_cannot_be_furnished_leaves_no_account_entered() -> None:
    role = "arn:aws:iam::111111111111:role/twice"
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        Account(AccountSetup("111111111111", "eu-west-1", roles=(role, role))).start()
    with Account(AccountSetup("111111111111", "eu-west-1")) as account:
        assert account.calls == []


def test_an_aws_managed_policy_can_be_attached(account: Account) -> None:
    iam = account.client("iam")
    iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")
    attached = iam.list_attached_role_policies(RoleName="deploy")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonEKSClusterPolicy"]


def test_a_managed_policy_that_aws_does_not_have_is_refused(account: Account) -> None:
    with pytest.raises(ClientError) as refused:
        account.client("iam").attach_role_policy(
            RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSClutserPolicy"
        )
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"


def test_reads_are_recorded_as_not_mutating(account: Account) -> None:
    account.client("ec2").describe_vpcs()
    assert [(call.operation, call.mutating) for call in account.calls] == [("DescribeVpcs", False)]


def test_changes_are_recorded_as_mutating(account: Account) -> None:
    account.client("sns").create_topic(Name="alerts")
    assert [call.operation for call in account.mutating_calls()] == ["CreateTopic"]


def test_what_the_setup_furnishes_is_not_recorded(account: Account) -> None:
    assert account.calls == []


def test_roles_of_the_setup_stand_under_their_paths(account: Account) -> None:
    role = account.client("iam").get_role(RoleName="Administrators")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Administrators"


def test_a_profile_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    program = (
        "from airflow_infra.rehearsal.account.account import Account\n"
        "from airflow_infra.rehearsal.account.setup import AccountSetup\n"
        "with Account(AccountSetup('111111111111', 'eu-west-1')) as account:\n"
        "    print(len(account.client('ec2').describe_vpcs()['Vpcs']))\n"
    )
    environment = {**os.environ, "AWS_PROFILE": "nobody", "AWS_CONFIG_FILE": str(tmp_path / "none")}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("1\n", "")
