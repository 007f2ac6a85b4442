"""What is broken on purpose about the Airflow environment and its bucket."""

import json
import time
from collections.abc import Callable
from typing import Any

from mutations.mutation import Broken, Mutation, Undo

Document = dict[str, Any]
Break = Callable[[Broken], Undo]

NO_CALL_FAILS = "no call makes an update of the emulated MWAA fail"
REFUSED = "MWAA and its emulation refuse it when it is asked for"
IMMUTABLE = "MWAA has no call that changes the subnets"


def state(broken: Broken) -> Document:
    """The environment, as the emulated MWAA keeps it."""
    service: Any = getattr(broken.account._hook._methods["mwaa", "get_environment"], "__self__")  # noqa: B009
    names = broken.names
    return service._environments[names.account_id, names.region, names.environment]


def update_failed(broken: Broken) -> Undo:
    error = {"ErrorCode": "INCORRECT_CONFIGURATION", "ErrorMessage": "a subnet has no NAT gateway"}
    failed = {"Status": "FAILED", "CreatedAt": state(broken)["CreatedAt"], "Error": error}
    return with_state(LastUpdate=failed)(broken)


def with_state(**changes: object) -> Break:
    """Another description of the environment."""

    def break_it(broken: Broken) -> Undo:
        before = dict(state(broken))
        state(broken).update(changes)

        def undo() -> None:
            state(broken).clear()
            state(broken).update(before)

        return undo

    return break_it


def updated(**changes: object) -> Break:
    """The environment updated by hand."""

    def break_it(broken: Broken) -> Undo:
        mwaa, name = broken.client("mwaa"), broken.names.environment
        before = mwaa.get_environment(Name=name)["Environment"]
        mwaa.update_environment(Name=name, **changes)
        return lambda: mwaa.update_environment(Name=name, **{key: before[key] for key in changes})

    return break_it


def with_option(key: str, value: str) -> Break:
    """Another configuration option."""

    def break_it(broken: Broken) -> Undo:
        options = state(broken)["AirflowConfigurationOptions"]
        return updated(AirflowConfigurationOptions={**options, key: value})(broken)

    return break_it


def in_a_public_subnet(broken: Broken) -> Undo:
    network = state(broken)["NetworkConfiguration"]
    of_block = [{"Name": "cidr-block", "Values": [broken.settings.vpc.public_subnets[1]]}]
    public = broken.client("ec2").describe_subnets(Filters=of_block)["Subnets"][0]["SubnetId"]
    return with_state(NetworkConfiguration={**network, "SubnetIds": [network["SubnetIds"][0], public]})(broken)


def rule_narrowed(*, egress: bool, port: int) -> Break:
    """The one rule of a direction lets a single TCP port through."""

    def break_it(broken: Broken) -> Undo:
        ec2, group = broken.client("ec2"), state(broken)["NetworkConfiguration"]["SecurityGroupIds"][0]
        of_group = [{"Name": "group-id", "Values": [group]}]
        rules = ec2.describe_security_group_rules(Filters=of_group)["SecurityGroupRules"]
        rule = next(rule for rule in rules if rule["IsEgress"] == egress and (egress or "ReferencedGroupInfo" in rule))
        peer = {"CidrIpv4": rule["CidrIpv4"]} if egress else {"ReferencedGroupId": group}

        def modify(protocol: str, port: int) -> None:
            wanted = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **peer}
            changes = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": wanted}]
            ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=changes)

        modify("tcp", port)
        return lambda: modify("-1", -1)

    return break_it


def open_to_the_world(broken: Broken) -> Undo:
    ec2, group = broken.client("ec2"), state(broken)["NetworkConfiguration"]["SecurityGroupIds"][0]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return lambda: ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


def public_access_unblocked(broken: Broken) -> Undo:
    s3, bucket = broken.client("s3"), broken.names.bucket
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    opened = {**block, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=opened)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)


def versioning_suspended(broken: Broken) -> Undo:
    s3, bucket = broken.client("s3"), broken.names.bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    return lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def uploaded(broken: Broken, key: str, text: str) -> tuple[str, Undo]:
    """A new version of an object, by the deploying role; its version, and how it is removed."""
    deployer = broken.settings.account.deploy_role_arn
    s3, bucket = broken.account.client("s3", role_arn=deployer), broken.names.bucket
    version = s3.put_object(Bucket=bucket, Key=key, Body=text.encode())["VersionId"]
    return version, lambda: s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


def newer_requirements(broken: Broken) -> Undo:
    return uploaded(broken, "requirements.txt", broken.settings.mwaa.requirements)[1]


def other_constraints(broken: Broken) -> Undo:
    text = broken.settings.mwaa.requirements.replace("constraints-3.12.txt", "constraints-3.11.txt")
    version, remove = uploaded(broken, "requirements.txt", text)
    restore = updated(RequirementsS3ObjectVersion=version)(broken)

    def undo() -> None:
        restore()
        remove()

    return undo


def kubeconfig_with_a_token(broken: Broken) -> Undo:
    user = {"name": "airflow", "user": {"token": "k8s-aws-v1.example"}}
    return uploaded(broken, "dags/.kube/config", json.dumps({"kind": "Config", "users": [user]}))[1]


def pip_failed(broken: Broken) -> Undo:
    logs, group, stream = broken.client("logs"), broken.names.airflow_log_groups[1], "requirements_install_ip-10-0-0-1"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": "ERROR: Could not find a version that satisfies x==9"}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    return lambda: logs.delete_log_stream(logGroupName=group, logStreamName=stream)


def logs_kept_for_ever(broken: Broken) -> Undo:
    logs, group = broken.client("logs"), broken.names.airflow_log_groups[2]
    days = broken.settings.mwaa.log_retention_days
    logs.delete_retention_policy(logGroupName=group)
    return lambda: logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def task_log_off(broken: Broken) -> Undo:
    log = {"Enabled": False, "LogLevel": "INFO"}
    before = {key: state(broken)["LoggingConfiguration"]["TaskLogs"][key] for key in log}
    mwaa, name = broken.client("mwaa"), broken.names.environment
    mwaa.update_environment(Name=name, LoggingConfiguration={"TaskLogs": log})
    return lambda: mwaa.update_environment(Name=name, LoggingConfiguration={"TaskLogs": before})


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "mwaa-19",
        "the last update failed, and the environment was restored",
        update_failed,
        own_state=NO_CALL_FAILS,
    ),
    Mutation("mwaa-19", "the environment is UNAVAILABLE", with_state(Status="UNAVAILABLE"), own_state=NO_CALL_FAILS),
    Mutation("mwaa-20", "one of the two subnets is public", in_a_public_subnet, own_state=IMMUTABLE),
    Mutation("mwaa-21", "the security group lets itself in on 443 only", rule_narrowed(egress=False, port=443)),
    Mutation("mwaa-22", "the security group lets out DNS only", rule_narrowed(egress=True, port=53)),
    Mutation("mwaa-23", "the security group lets the world in on 443", open_to_the_world),
    Mutation("mwaa-28", "the bucket takes public policies", public_access_unblocked),
    Mutation("mwaa-29", "versioning is suspended", versioning_suspended),
    Mutation("mwaa-30", "requirements.txt was uploaded again and not installed", newer_requirements),
    Mutation("mwaa-31", "the installed requirements name the constraints of Python 3.11", other_constraints),
    Mutation("mwaa-32", "pip failed since the last update", pip_failed),
    Mutation("mwaa-33", "the tasks' log group keeps its events for ever", logs_kept_for_ever),
    Mutation("mwaa-33", "the tasks' log is off", task_log_off),
    Mutation("mwaa-34", "the SMTP password is a configuration option", with_option("smtp.smtp_password", "example")),
    Mutation("mwaa-35", "a configuration option was changed by hand", with_option("core.default_task_retries", "9")),
    Mutation(
        "mwaa-37",
        "the environment runs a version that MWAA no longer supports",
        with_state(AirflowVersion="2.6.3"),
        also=("mwaa-31",),
        own_state=REFUSED,
    ),
    Mutation("mwaa-38", "the number of workers was changed by hand", updated(MaxWorkers=9)),
    Mutation("mwaa-38", "there are more schedulers than the class allows", with_state(Schedulers=7), own_state=REFUSED),
    Mutation("mwaa-39", "the UI was made private by hand", updated(WebserverAccessMode="PRIVATE_ONLY")),
    Mutation("mwaa-40", "maintenance was moved by hand", updated(WeeklyMaintenanceWindowStart="MON:10:00")),
    Mutation("mwaa-43", "a kubeconfig with a token was uploaded", kubeconfig_with_a_token),
)
