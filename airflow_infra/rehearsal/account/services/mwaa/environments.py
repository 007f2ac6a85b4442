"""MWAA environments."""

import hashlib
from datetime import UTC, datetime

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError, NotModelledError
from airflow_infra.rehearsal.account.hook import Request, Service
from airflow_infra.rehearsal.account.services.mwaa.rules import (
    LOG_GROUPS,
    Description,
    check_network,
    check_settings,
    check_surroundings,
    check_version_change,
    refused,
)
from airflow_infra.rehearsal.account.services.references import References

_DEFAULTS: Description = {
    "AirflowConfigurationOptions": {},
    "EnvironmentClass": "mw1.small",
    "MaxWorkers": 10,
    "MinWorkers": 1,
    "WebserverAccessMode": "PRIVATE_ONLY",
    "EndpointManagement": "SERVICE",
    "LoggingConfiguration": {},
    # AWS picks any hour; nothing depends on which
    "WeeklyMaintenanceWindowStart": "SUN:03:30",
}
_SERVICE_ROLE = "aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
_NOT_SETTINGS = ("Name", "NetworkConfiguration", "WorkerReplacementStrategy")


class Mwaa(Service):
    """Environments, available the moment they are created."""

    name = "mwaa"
    whole = True

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self._environments: dict[tuple[str, str, str], Description] = {}
        self._interfaces: dict[str, list[str]] = {}
        """Network interfaces of environments, by ARN."""

    def create_environment(self, request: Request) -> Description:
        """Create an environment, its network interfaces, and the log groups that nobody made before."""
        given = request.params
        key = (request.account, request.region, given["Name"])
        if key in self._environments:
            raise refused(f"An environment named {given['Name']} exists already")
        if "AirflowVersion" not in given:
            raise NotModelledError("mwaa:CreateEnvironment without AirflowVersion: AWS would take its newest; give one")
        if given.get("EndpointManagement") == "CUSTOMER":
            raise NotModelledError("the rehearsal does not model mwaa with endpoints managed by the customer")
        counts = 1 if given.get("EnvironmentClass") == "mw1.micro" else 2
        environment: Description = {
            **_DEFAULTS,
            **dict.fromkeys(("Schedulers", "MinWebservers", "MaxWebservers"), counts),
            **{name: value for name, value in given.items() if name != "Tags"},
            "Tags": given.get("Tags", {}),
        }
        references = self._references(request)
        check_settings(environment)
        check_network(references, environment["NetworkConfiguration"])
        check_surroundings(references, environment)
        environment |= self._made(request, environment)
        self._set_logging(references, environment)
        self._interfaces[environment["Arn"]] = self._create_interfaces(references, environment)
        self._environments[key] = environment
        return {"Arn": environment["Arn"]}

    def get_environment(self, request: Request) -> Description:
        """Describe an environment."""
        return {"Environment": self._environment(request)}

    def list_environments(self, request: Request) -> Description:
        """List the names of the environments."""
        here = (request.account, request.region)
        names = [name for (*where, name) in self._environments if tuple(where) == here]
        start = int(request.params.get("NextToken") or 0)
        end = start + request.params.get("MaxResults", 25)
        return {"Environments": names[start:end], **({"NextToken": str(end)} if end < len(names) else {})}

    def update_environment(self, request: Request) -> Description:
        """Change an environment in place."""
        current = self._environment(request)
        given = request.params
        changed = {**current, **{name: value for name, value in given.items() if name not in _NOT_SETTINGS}}
        check_version_change(current["AirflowVersion"], changed["AirflowVersion"])
        if "NetworkConfiguration" in given:
            changed["NetworkConfiguration"] = {**current["NetworkConfiguration"], **given["NetworkConfiguration"]}
        if "LoggingConfiguration" in given:
            changed["LoggingConfiguration"] = {**current["LoggingConfiguration"], **given["LoggingConfiguration"]}
        references = self._references(request)
        check_settings(changed)
        check_network(references, changed["NetworkConfiguration"])
        check_surroundings(references, changed)
        self._set_logging(references, changed)
        if changed["NetworkConfiguration"] != current["NetworkConfiguration"]:
            self._delete_interfaces(references, current["Arn"])
            self._interfaces[current["Arn"]] = self._create_interfaces(references, changed)
        changed["LastUpdate"] = {
            "Status": "SUCCESS",
            "CreatedAt": datetime.now(UTC),
            "Source": "UpdateEnvironment",
            "WorkerReplacementStrategy": given.get("WorkerReplacementStrategy", "FORCED"),
        }
        self._environments[request.account, request.region, given["Name"]] = changed
        return {"Arn": changed["Arn"]}

    def delete_environment(self, request: Request) -> Description:
        """Delete an environment. Its log groups stay, as at AWS."""
        environment = self._environment(request)
        self._delete_interfaces(self._references(request), environment["Arn"])
        del self._environments[request.account, request.region, environment["Name"]]
        return {}

    def tag_resource(self, request: Request) -> Description:
        """Add or change tags."""
        self._tagged(request)["Tags"] |= request.params["Tags"]
        return {}

    def untag_resource(self, request: Request) -> Description:
        """Remove tags."""
        tags = self._tagged(request)["Tags"]
        for key in request.params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, request: Request) -> Description:
        """List tags."""
        return {"Tags": self._tagged(request)["Tags"]}

    def _references(self, request: Request) -> References:
        return References(self._emulator, request, "ValidationException")

    def _environment(self, request: Request) -> Description:
        found = self._environments.get((request.account, request.region, request.params["Name"]))
        if found is None:
            raise AwsError("ResourceNotFoundException", f"No environment named {request.params['Name']} was found", 404)
        return found

    def _tagged(self, request: Request) -> Description:
        for environment in self._environments.values():
            if environment["Arn"] == request.params["ResourceArn"]:
                return environment
        raise AwsError("ResourceNotFoundException", f"{request.params['ResourceArn']} was not found", 404)

    def _made(self, request: Request, environment: Description) -> Description:
        """What MWAA makes up for a new environment."""
        region, account, name = request.region, request.account, environment["Name"]
        digits = hashlib.sha256(f"{account}/{region}/{name}".encode()).hexdigest()
        uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
        host = uuid if environment["WebserverAccessMode"] == "PUBLIC_ONLY" else f"{uuid}-vpce"
        service = f"com.amazonaws.vpce.{region}.vpce-svc-"
        return {
            "Arn": f"arn:aws:airflow:{region}:{account}:environment/{name}",
            "Status": "AVAILABLE",
            "CreatedAt": datetime.now(UTC),
            # the real service answers a host name, although its own model asks for https://
            "WebserverUrl": f"{host}.c1.{region}.airflow.amazonaws.com",
            "ServiceRoleArn": f"arn:aws:iam::{account}:role/{_SERVICE_ROLE}",
            "CeleryExecutorQueue": f"arn:aws:sqs:{region}:{account}:airflow-celery-{uuid}",
            "DatabaseVpcEndpointService": f"{service}{digits[:17]}",
            "WebserverVpcEndpointService": f"{service}{digits[17:34]}",
        }

    def _set_logging(self, references: References, environment: Description) -> None:
        """Name each module's log group, and create those of enabled modules that nobody made: they never expire."""
        logs = references.client("logs")
        prefix = f"airflow-{environment['Name']}-"
        existing = {
            group["logGroupName"]
            for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
            for group in page["logGroups"]
        }
        account, region = environment["Arn"].split(":")[4], environment["Arn"].split(":")[3]
        configuration: Description = {}
        for module, suffix in LOG_GROUPS.items():
            name = f"{prefix}{suffix}"
            given = environment["LoggingConfiguration"][module]
            if given["Enabled"] and name not in existing:
                logs.create_log_group(logGroupName=name)
            arn = f"arn:aws:logs:{region}:{account}:log-group:{name}"
            configuration[module] = {
                "Enabled": given["Enabled"],
                "LogLevel": given["LogLevel"],
                "CloudWatchLogGroupArn": arn,
            }
        environment["LoggingConfiguration"] = configuration

    def _create_interfaces(self, references: References, environment: Description) -> list[str]:
        network = environment["NetworkConfiguration"]
        ec2 = references.client("ec2")
        return [
            ec2.create_network_interface(
                SubnetId=subnet,
                Groups=network["SecurityGroupIds"],
                Description=f"Amazon MWAA {environment['Name']}",
            )["NetworkInterface"]["NetworkInterfaceId"]
            for subnet in network["SubnetIds"]
        ]

    def _delete_interfaces(self, references: References, arn: str) -> None:
        ec2 = references.client("ec2")
        for interface in self._interfaces.pop(arn):
            ec2.delete_network_interface(NetworkInterfaceId=interface)
