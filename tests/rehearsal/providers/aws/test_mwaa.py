"""MWAA environments."""

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws import platform_samples
from tests.rehearsal.providers.aws.bench import Bench


def test_an_environment_tells_its_web_server(bench: Bench) -> None:
    assert ".airflow." in platform_samples.environment(bench).outputs["webserverUrl"]


def test_an_environment_tells_the_log_groups_that_it_writes(bench: Bench) -> None:
    logs = platform_samples.environment(bench).outputs["loggingConfiguration"]
    assert logs["taskLogs"]["cloudWatchLogGroupArn"].endswith("airflow-airflow-dev-Task")


def test_an_environment_reads_the_version_of_its_requirements(bench: Bench) -> None:
    environment = platform_samples.environment(bench)
    kept = bench.account.client("mwaa").get_environment(Name=environment.id)["Environment"]
    assert kept["RequirementsS3ObjectVersion"] == environment.inputs["requirementsS3ObjectVersion"]


def test_several_changes_of_an_environment_are_one_call(bench: Bench) -> None:
    environment = platform_samples.environment(bench)
    assert bench.change(environment, maxWorkers=8.0, minWorkers=2.0) == ["UpdateEnvironment"]


def test_an_update_says_how_workers_are_replaced(bench: Bench) -> None:
    environment = platform_samples.environment(bench)
    bench.change(environment, maxWorkers=8.0)
    update = bench.account.client("mwaa").get_environment(Name=environment.id)["Environment"]["LastUpdate"]
    assert update["WorkerReplacementStrategy"] == "GRACEFUL"


def test_other_security_groups_leave_the_subnets_out_of_the_call(bench: Bench) -> None:
    environment = platform_samples.environment(bench)
    network = environment.inputs["networkConfiguration"]
    ec2 = bench.account.client("ec2")
    vpc = ec2.describe_security_groups(GroupIds=network["securityGroupIds"])["SecurityGroups"][0]["VpcId"]
    other = ec2.create_security_group(GroupName="other", Description="other", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}]
    )
    changed = {**network, "securityGroupIds": [*network["securityGroupIds"], other]}
    assert bench.change(environment, networkConfiguration=changed) == ["UpdateEnvironment"]


def test_a_changed_tag_of_an_environment_is_one_call(bench: Bench) -> None:
    assert bench.change(platform_samples.environment(bench), tags={"stage": "dev"}) == ["TagResource"]


def test_configuration_options_that_are_taken_away_are_emptied(bench: Bench) -> None:
    environment = platform_samples.environment(bench)
    bench.change(environment, airflowConfigurationOptions=None)
    kept = bench.account.client("mwaa").get_environment(Name=environment.id)["Environment"]
    assert kept["AirflowConfigurationOptions"] == {}


def test_requirements_that_are_taken_away_are_refused_with_the_input(bench: Bench) -> None:
    with pytest.raises(ProviderError, match="requirementsS3Path cannot be taken away"):
        bench.change(platform_samples.environment(bench), requirementsS3Path=None)


def test_a_value_that_the_api_does_not_take_is_refused_with_its_name(bench: Bench) -> None:
    with pytest.raises(ProviderError, match="WeeklyMaintenanceWindowStart"):
        platform_samples.environment(bench, weeklyMaintenanceWindowStart="SUNDAY:03:30")
