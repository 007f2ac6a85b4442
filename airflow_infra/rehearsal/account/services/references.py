"""Does what a call refers to exist? References across services, checked as AWS checks them."""

import json
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.policy_documents import listed


class References:
    """What a call of one service says about other services' resources.

    Every method raises `AwsError` with the code given, naming what is missing.
    """

    def __init__(self, emulator: Emulator, request: Request, code: str) -> None:
        self._emulator = emulator
        self._request = request
        self._code = code

    def client(self, service: str) -> Any:
        """The boto3 client of the caller's account and region."""
        return self._emulator.client(service, self._request.account, self._request.region)

    def refuse(self, message: str) -> AwsError:
        """The error of this service for an input that refers to something wrong."""
        return AwsError(self._code, message)

    def subnets(self, ids: list[str]) -> list[dict[str, Any]]:
        """The subnets, in the order given."""
        return self._described("subnet", ids, "describe_subnets", "subnet-id", "Subnets", "SubnetId")

    def security_groups(self, ids: list[str]) -> list[dict[str, Any]]:
        """The security groups, in the order given."""
        return self._described(
            "security group", ids, "describe_security_groups", "group-id", "SecurityGroups", "GroupId"
        )

    def role(self, arn: str, *services: str) -> dict[str, Any]:
        """The role, which one of the services at least must be trusted to assume."""
        role = self.principal(arn)
        document: Any = role["AssumeRolePolicyDocument"]
        if isinstance(document, str):
            document = json.loads(document)
        trusted = {
            service
            for statement in listed(document["Statement"])
            if statement["Effect"] == "Allow" and isinstance(statement["Principal"], dict)
            for service in listed(statement["Principal"].get("Service", []))
        }
        for service in services:
            if service not in trusted:
                named = ", ".join(sorted(trusted)) or "no service"
                raise self.refuse(f"Role {arn} cannot be assumed by {service}: its trust policy names {named}")
        return role

    def principal(self, arn: str) -> dict[str, Any]:
        """The IAM role or user of an ARN."""
        iam = self._emulator.client("iam", arn.split(":")[4] if arn.count(":") >= 5 else None)
        name = arn.rsplit("/", 1)[-1]
        kind = arn.split(":", 5)[-1].split("/", 1)[0]
        try:
            if kind == "user":
                found = iam.get_user(UserName=name)["User"]
            else:
                found = iam.get_role(RoleName=name)["Role"]
        except ClientError as error:
            raise self.refuse(f"The principal {arn} does not exist") from error
        if found["Arn"] != arn:
            raise self.refuse(f"The principal {arn} does not exist; there is {found['Arn']}")
        return found

    def kms_key(self, key: str) -> str:
        """ARN of an enabled key, given by id, ARN or alias."""
        try:
            found = self.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        except ClientError as error:
            raise self.refuse(f"The KMS key {key} does not exist") from error
        if found["KeyState"] != "Enabled":
            raise self.refuse(f"The KMS key {key} is {found['KeyState']}, not Enabled")
        return found["Arn"]

    def _described(
        self, what: str, ids: list[str], operation: str, filter_name: str, key: str, id_key: str
    ) -> list[dict[str, Any]]:
        found = getattr(self.client("ec2"), operation)(Filters=[{"Name": filter_name, "Values": ids}])[key]
        by_id = {item[id_key]: item for item in found}
        missing = [id_ for id_ in ids if id_ not in by_id]
        if missing:
            raise self.refuse(f"The {what} {', '.join(missing)} does not exist")
        return [by_id[id_] for id_ in ids]
