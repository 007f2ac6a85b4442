import json
from collections.abc import Callable

import pytest

from airflow_infra.settings.airflow import configuration_options
from airflow_infra.settings.stack import StackSettings
from tests.infra.recording import Recording, Registration

SettingsFactory = Callable[..., StackSettings]

ENVIRONMENT = "aws:mwaa/environment:Environment"


@pytest.fixture(scope="session")
def environment(deployed: Recording) -> Registration:
    return deployed.one(ENVIRONMENT, "airflow")


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        *[("aws:ec2/route:Route", f"{kind}-eu-west-1{zone}") for kind in ("private", "public") for zone in "abc"],
        *[
            ("aws:ec2/routeTableAssociation:RouteTableAssociation", f"{kind}-eu-west-1{zone}")
            for kind in ("private", "public")
            for zone in "abc"
        ],
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "mwaa-from-itself"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "mwaa-out"),
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "mwaa"),
        ("aws:s3/bucketVersioning:BucketVersioning", "mwaa"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "requirements.txt"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "startup.sh"),
        ("aws:iam/rolePolicy:RolePolicy", "execution"),
        *[
            ("aws:cloudwatch/logGroup:LogGroup", name)
            for name in ("dagprocessing", "scheduler", "task", "webserver", "worker")
        ],
    ],
)
def test_the_environment_waits_for(deployed: Recording, environment: Registration, type_: str, name: str) -> None:
    assert deployed.one(type_, name).urn in environment.dependencies


def test_the_environment_does_not_wait_for_the_cluster(deployed: Recording, environment: Registration) -> None:
    assert not [each.urn for each in deployed.waits_for(environment) if each.type.startswith("aws:eks")]


def test_the_cluster_does_not_wait_for_the_environment(deployed: Recording, environment: Registration) -> None:
    assert environment not in deployed.waits_for(deployed.one("aws:eks/cluster:Cluster", "cluster"))


def test_the_environment_waits_for_no_component(environment: Registration) -> None:
    assert not [urn for urn in environment.dependencies if "aws:" not in urn.split("::")[2].split("$")[-1]]


def test_a_stateful_environment_is_protected(environment: Registration) -> None:
    assert environment.protect


def test_an_environment_that_comes_and_goes_is_not_protected(deploy: Callable[..., Recording]) -> None:
    assert not deploy(protection={"stateful": False}).one(ENVIRONMENT, "airflow").protect


def test_the_environment_lies_in_two_private_subnets(environment: Registration) -> None:
    network = environment.inputs["networkConfiguration"]
    assert network["subnetIds"] == ["private-eu-west-1a-id", "private-eu-west-1b-id"]


def test_the_environment_reads_exactly_the_objects_of_this_run(environment: Registration) -> None:
    assert environment.inputs["requirementsS3ObjectVersion"] == "version-of-requirements.txt"
    assert environment.inputs["startupScriptS3ObjectVersion"] == "version-of-startup.sh"


def test_log_groups_are_named_as_mwaa_names_them_and_expire(deployed: Recording) -> None:
    groups = {
        group.inputs["name"]: group.inputs["retentionInDays"]
        for group in deployed.of_type("aws:cloudwatch/logGroup:LogGroup")
    }
    for module in ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"):
        assert groups[f"airflow-airflow-dev-{module}"] == 90


def test_each_log_has_its_level(environment: Registration) -> None:
    logs = environment.inputs["loggingConfiguration"]
    assert logs["taskLogs"] == {"enabled": True, "logLevel": "INFO"}
    assert logs["workerLogs"] == {"enabled": True, "logLevel": "WARNING"}


def test_the_stacks_own_options_are_handed_on(make_settings: SettingsFactory) -> None:
    options = configuration_options(make_settings(mwaa={"configuration_options": {"core.parallelism": "64"}}).mwaa)
    assert options == {"core.parallelism": "64"}


def test_mail_goes_through_ses_without_a_password(make_settings: SettingsFactory) -> None:
    options = configuration_options(make_settings(mwaa={"email": {"sender": "data@example.org"}}).mwaa)
    assert options == {
        "email.email_backend": "airflow.providers.amazon.aws.utils.emailer.send_email",
        "email.email_conn_id": "aws_default",
        "email.from_email": "data@example.org",
    }


def test_the_secrets_backend_keeps_mwaas_lookup_pattern(make_settings: SettingsFactory) -> None:
    options = configuration_options(make_settings(mwaa={"secrets_backend": {}}).mwaa)
    assert json.loads(options["secrets.backend_kwargs"]) == {
        "connections_prefix": "airflow/connections",
        "connections_lookup_pattern": "^(?!aws_default$).*$",
        "variables_prefix": "airflow/variables",
    }


def test_a_sender_is_looked_up_and_not_created(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"email": {"sender": "data@example.org"}})
    assert ("aws:sesv2/getEmailIdentity:getEmailIdentity", {"emailIdentity": "data@example.org"}) in recording.invokes
    assert not recording.of_type("aws:sesv2/emailIdentity:EmailIdentity")


def test_a_stack_that_owns_its_sender_creates_it(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"email": {"sender": "data@example.org", "owns_identity": True}})
    identity = recording.one("aws:sesv2/emailIdentity:EmailIdentity", "sender")
    assert identity.inputs["emailIdentity"] == "data@example.org"


def test_a_sender_that_is_unknown_stops_the_program(deploy: Callable[..., Recording]) -> None:
    def unknown(_arguments: dict[str, object]) -> dict[str, object]:
        raise RuntimeError("NotFoundException")

    with pytest.raises(Exception, match="NotFoundException"):
        deploy({"aws:sesv2/getEmailIdentity:getEmailIdentity": unknown}, mwaa={"email": {"sender": "data@example.org"}})
