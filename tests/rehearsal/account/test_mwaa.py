"""MWAA environments of the emulated account."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.errors import NotModelledError
from tests.rehearsal.account.world import LOGGING, Network, bucket, environment, network, role


@pytest.fixture
def place(account: Account) -> Network:
    return network(account)


def described(account: Account) -> dict[str, Any]:
    return account.client("mwaa").get_environment(Name="airflow")["Environment"]


def test_an_environment_says_which_requirements_it_runs(account: Account, place: Network) -> None:
    version = bucket(account)
    environment(account, place, RequirementsS3ObjectVersion=version)
    found = described(account)
    assert (found["RequirementsS3Path"], found["RequirementsS3ObjectVersion"]) == ("requirements.txt", version)


def test_an_environment_keeps_what_it_was_created_with(account: Account, place: Network) -> None:
    environment(account, place, AirflowConfigurationOptions={"core.parallelism": "32"}, Tags={"team": "data"})
    found = described(account)
    kept = ("Status", "WeeklyMaintenanceWindowStart", "AirflowConfigurationOptions", "Tags", "NetworkConfiguration")
    assert {key: found[key] for key in kept} == {
        "Status": "AVAILABLE",
        "WeeklyMaintenanceWindowStart": "SUN:03:30",
        "AirflowConfigurationOptions": {"core.parallelism": "32"},
        "Tags": {"team": "data"},
        "NetworkConfiguration": {"SubnetIds": place.subnets, "SecurityGroupIds": [place.group]},
    }


def test_the_logging_configuration_names_the_log_groups(account: Account, place: Network) -> None:
    environment(account, place)
    arn = described(account)["LoggingConfiguration"]["DagProcessingLogs"]["CloudWatchLogGroupArn"]
    assert arn == "arn:aws:logs:eu-west-1:123456789012:log-group:airflow-airflow-DAGProcessing"


def test_log_groups_that_nobody_made_never_expire(account: Account, place: Network) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName="airflow-airflow-Task")
    logs.put_retention_policy(logGroupName="airflow-airflow-Task", retentionInDays=30)
    environment(account, place)
    groups = logs.describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group.get("retentionInDays") for group in groups} == {
        "airflow-airflow-DAGProcessing": None,
        "airflow-airflow-Scheduler": None,
        "airflow-airflow-Task": 30,
        "airflow-airflow-WebServer": None,
        "airflow-airflow-Worker": None,
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"SourceBucketArn": "arn:aws:s3:::nobody"}, "bucket nobody does not exist"),
        ({"RequirementsS3ObjectVersion": "00000000"}, "no object requirements.txt"),
        ({"PluginsS3Path": "plugins.zip"}, "no object plugins.zip"),
        ({"ExecutionRoleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({"EnvironmentClass": "mw1.tiny"}, "is not one of mw1.micro"),
        ({"EnvironmentClass": "mw1.micro", "Schedulers": 2}, "Schedulers must be 1 to 1"),
        ({"Schedulers": 1}, "Schedulers must be 2 to 5"),
        ({"MinWorkers": 5, "MaxWorkers": 2}, "MinWorkers 5 is above MaxWorkers 2"),
        ({"AirflowConfigurationOptions": {"Core.Parallelism": "32"}}, "does not match"),
        ({"AirflowConfigurationOptions": {"core.parallelism": ""}}, "length"),
        ({"LoggingConfiguration": LOGGING | {"TaskLogs": {"Enabled": True, "LogLevel": "TRACE"}}}, "is not one of"),
        ({"KmsKey": "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"}, "KMS key"),
        ({"WeeklyMaintenanceWindowStart": "SUN:03:15"}, "does not match"),
    ],
)
def test_what_mwaa_does_not_take_is_refused(
    account: Account, place: Network, overrides: dict[str, Any], message: str
) -> None:
    version = bucket(account)
    with pytest.raises(Exception, match=message):
        environment(account, place, **{"RequirementsS3ObjectVersion": version, **overrides})


def test_a_role_that_mwaa_may_not_assume_is_refused(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match=r"cannot be assumed by airflow-env\.amazonaws\.com"):
        environment(account, place, ExecutionRoleArn=role(account, "half", "airflow.amazonaws.com"))


def test_a_bucket_without_versioning_is_refused(account: Account, place: Network) -> None:
    version = bucket(account)
    account.client("s3").put_bucket_versioning(Bucket="airflow-dags", VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(ClientError, match="versioning"):
        environment(account, place, RequirementsS3ObjectVersion=version)


def test_a_bucket_that_may_be_public_is_refused(account: Account, place: Network) -> None:
    version = bucket(account)
    account.client("s3").delete_public_access_block(Bucket="airflow-dags")
    with pytest.raises(ClientError, match="block all public access"):
        environment(account, place, RequirementsS3ObjectVersion=version)


def test_two_subnets_of_one_zone_are_refused(account: Account, place: Network) -> None:
    other = account.client("ec2").create_subnet(
        VpcId=place.vpc, CidrBlock="10.200.64.0/20", AvailabilityZone="eu-west-1a"
    )["Subnet"]["SubnetId"]
    subnets = [place.subnets[0], other]
    with pytest.raises(ClientError, match="different Availability Zones"):
        environment(account, place, NetworkConfiguration={"SubnetIds": subnets, "SecurityGroupIds": [place.group]})


def test_security_groups_that_do_not_let_themselves_in_are_refused(account: Account, place: Network) -> None:
    group = account.client("ec2").create_security_group(GroupName="closed", Description="closed", VpcId=place.vpc)
    with pytest.raises(ClientError, match="must let itself in"):
        environment(
            account,
            place,
            NetworkConfiguration={"SubnetIds": place.subnets, "SecurityGroupIds": [group["GroupId"]]},
        )


def test_a_second_environment_of_the_same_name_is_refused(account: Account, place: Network) -> None:
    environment(account, place)
    found = described(account)
    with pytest.raises(ClientError, match="exists already"):
        environment(
            account,
            place,
            RequirementsS3ObjectVersion=found["RequirementsS3ObjectVersion"],
            ExecutionRoleArn=role(account, "another", "airflow.amazonaws.com", "airflow-env.amazonaws.com"),
        )


def test_an_update_changes_what_it_names_and_nothing_else(account: Account, place: Network) -> None:
    environment(account, place)
    before = described(account)
    account.client("mwaa").update_environment(Name="airflow", MaxWorkers=20, WorkerReplacementStrategy="GRACEFUL")
    after = described(account)
    update = after.pop("LastUpdate")
    assert after == before | {"MaxWorkers": 20}
    assert (update["Status"], update["WorkerReplacementStrategy"]) == ("SUCCESS", "GRACEFUL")


def test_airflow_2_goes_to_3_from_2_11_only(account: Account, place: Network) -> None:
    environment(account, place, AirflowVersion="2.10.3")
    mwaa = account.client("mwaa")
    with pytest.raises(ClientError, match=r"only 2\.11 can go to 3"):
        mwaa.update_environment(Name="airflow", AirflowVersion="3.0.6")
    for version in ("2.11.2", "3.0.6", "3.3.1"):
        mwaa.update_environment(Name="airflow", AirflowVersion=version)
    assert described(account)["AirflowVersion"] == "3.3.1"


def test_subnets_of_an_environment_are_not_deleted(account: Account, place: Network) -> None:
    environment(account, place)
    with pytest.raises(ClientError, match="DependencyViolation"):
        account.client("ec2").delete_subnet(SubnetId=place.subnets[0])


def test_a_deleted_environment_frees_its_network_and_leaves_its_log_groups(account: Account, place: Network) -> None:
    environment(account, place)
    mwaa = account.client("mwaa")
    mwaa.delete_environment(Name="airflow")
    account.client("ec2").delete_subnet(SubnetId=place.subnets[0])
    left = len(account.client("logs").describe_log_groups()["logGroups"])
    assert (mwaa.list_environments()["Environments"], left) == ([], 5)


def test_an_environment_that_does_not_exist_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        account.client("mwaa").get_environment(Name="nobody")


def test_tags_can_be_changed(account: Account, place: Network) -> None:
    arn = environment(account, place, Tags={"team": "data"})
    mwaa = account.client("mwaa")
    mwaa.tag_resource(ResourceArn=arn, Tags={"cost": "1"})
    mwaa.untag_resource(ResourceArn=arn, tagKeys=["team"])
    assert mwaa.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"cost": "1"}


@pytest.mark.parametrize("operation", ["create_web_login_token", "create_cli_token"])
def test_tokens_are_not_handed_out(account: Account, place: Network, operation: str) -> None:
    with pytest.raises(NotModelledError):
        getattr(account.client("mwaa"), operation)(Name="airflow")
