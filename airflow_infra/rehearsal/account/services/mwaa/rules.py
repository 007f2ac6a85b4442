"""What MWAA asks of an environment, its own settings and everything around it.

Sources: MWAA user guide and API reference as gathered in November 2026; AWS's wording is not reproduced.
"""

import re
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.errors import AwsError, NotModelledError
from airflow_infra.rehearsal.account.services.references import References

Description = dict[str, Any]

LOG_GROUPS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
"""Modules of the logging configuration, and how their log groups' names end."""
_CLASSES = ("mw1.micro", "mw1.small", "mw1.medium", "mw1.large", "mw1.xlarge", "mw1.2xlarge")
_TRUSTED = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
_OPTION_KEY = re.compile(r"[a-z]+([a-z0-9._]*[a-z0-9_]+)?")
_PRINTABLE = re.compile(r"[ -~]+")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_OBJECTS = ("Requirements", "Plugins", "StartupScript")
_INTERNAL_PORTS = (443, 5432)
"""Ports of the web server's and the database's endpoints, which the components reach through their own group."""


def refused(message: str) -> AwsError:
    """An environment that MWAA does not take."""
    return AwsError("ValidationException", message)


def check_settings(environment: Description) -> None:
    """Check counts, class, version, options and logging of an environment."""
    if environment["EnvironmentClass"] not in _CLASSES:
        raise refused(f"EnvironmentClass {environment['EnvironmentClass']} is not one of {', '.join(_CLASSES)}")
    if not _VERSION.fullmatch(environment["AirflowVersion"]):
        raise refused(f"AirflowVersion {environment['AirflowVersion']}: expected the form 3.3.1")
    micro = environment["EnvironmentClass"] == "mw1.micro"
    lowest, highest = (1, 1) if micro else (2, 5)
    for key in ("Schedulers", "MinWebservers", "MaxWebservers"):
        if not lowest <= environment[key] <= highest:
            raise refused(
                f"{key} must be {lowest} to {highest} for {environment['EnvironmentClass']}, got {environment[key]}"
            )
    if micro and environment["MaxWorkers"] != 1:
        raise refused(f"MaxWorkers must be 1 for mw1.micro, got {environment['MaxWorkers']}")
    for what in ("Workers", "Webservers"):
        if environment[f"Min{what}"] > environment[f"Max{what}"]:
            raise refused(f"Min{what} {environment[f'Min{what}']} is above Max{what} {environment[f'Max{what}']}")
    for key, value in environment["AirflowConfigurationOptions"].items():
        if len(key) > 64 or not _OPTION_KEY.fullmatch(key):
            raise refused(
                f"AirflowConfigurationOptions key {key!r} does not match {_OPTION_KEY.pattern}, at most 64 characters"
            )
        if not _PRINTABLE.fullmatch(value):
            raise refused(f"AirflowConfigurationOptions[{key}] must be non-empty printable ASCII")
    missing = [module for module in LOG_GROUPS if module not in environment["LoggingConfiguration"]]
    if missing:
        raise NotModelledError(
            f"mwaa with LoggingConfiguration without {', '.join(missing)}: say what each module logs"
        )


def check_surroundings(references: References, environment: Description) -> None:
    """Check the bucket, its objects, the role and the key that an environment names."""
    s3 = references.client("s3")
    bucket = environment["SourceBucketArn"].rsplit(":", 1)[-1]
    try:
        versioning = s3.get_bucket_versioning(Bucket=bucket).get("Status")
    except ClientError as error:
        raise refused(f"The bucket {bucket} does not exist") from error
    if versioning != "Enabled":
        raise refused(f"The bucket {bucket} must have versioning enabled")
    try:
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError:
        block = {}
    if not block or not all(block.values()):
        raise refused(f"The bucket {bucket} must block all public access")
    for name in _OBJECTS:
        path, version = environment.get(f"{name}S3Path"), environment.get(f"{name}S3ObjectVersion")
        if version and not path:
            raise refused(f"{name}S3ObjectVersion is given without {name}S3Path")
        if path:
            _check_object(s3, bucket, path, version)
    references.role(environment["ExecutionRoleArn"], *_TRUSTED)
    if "KmsKey" in environment:
        references.kms_key(environment["KmsKey"])


def check_network(references: References, network: Description) -> None:
    """Check the two subnets and the security groups of an environment."""
    subnets = references.subnets(network["SubnetIds"])
    zones = [subnet["AvailabilityZone"] for subnet in subnets]
    if len(set(zones)) != 2:
        raise refused(f"SubnetIds must be two subnets in different Availability Zones, got {', '.join(zones)}")
    vpcs = {subnet["VpcId"] for subnet in subnets}
    groups = references.security_groups(network["SecurityGroupIds"])
    vpcs |= {group["VpcId"] for group in groups}
    if len(vpcs) != 1:
        raise refused(f"Subnets and security groups must be in one VPC, got {', '.join(sorted(vpcs))}")
    if not any(_admits_itself(group) for group in groups):
        raise refused(
            f"Security groups {', '.join(network['SecurityGroupIds'])}: one of them must let itself in, "
            f"for all traffic or TCP {' and '.join(map(str, _INTERNAL_PORTS))}"
        )


def check_version_change(current: str, wanted: str) -> None:
    """Refuse a change of major version that MWAA cannot make in place.

    Source: MWAA user guide, upgrading, as in November 2026: 2.11.x to 3.x and back to 2.11.x only.
    """
    majors = current.split(".")[0], wanted.split(".")[0]
    if majors == ("2", "3") and not current.startswith("2.11."):
        raise refused(f"Airflow {current} cannot be upgraded to {wanted} in place: only 2.11 can go to 3")
    if majors == ("3", "2") and not wanted.startswith("2.11."):
        raise refused(f"Airflow {current} cannot go back to {wanted}: only to 2.11")


def _check_object(s3: Any, bucket: str, path: str, version: str | None) -> None:
    given = {"Bucket": bucket, "Key": path, **({"VersionId": version} if version else {})}
    try:
        s3.head_object(**given)
    except ClientError as error:
        raise refused(
            f"There is no object {path} in {bucket}" + (f" with version {version}" if version else "")
        ) from error


def _admits_itself(group: Description) -> bool:
    """Whether a group lets itself in, for everything or for what MWAA's components need."""
    from_itself = [
        rule
        for rule in group["IpPermissions"]
        if any(pair["GroupId"] == group["GroupId"] for pair in rule["UserIdGroupPairs"])
    ]
    return all(
        any(rule["IpProtocol"] == "-1" or rule["FromPort"] <= port <= rule["ToPort"] for rule in from_itself)
        for port in _INTERNAL_PORTS
    )
