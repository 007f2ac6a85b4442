"""STS: who may assume which role. moto lets anybody assume anything, existing or not."""

import json
from typing import Any

from airflow_infra.rehearsal.account.errors import AwsError, NotModelledError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.policy_documents import listed, names_principal


class Sts(Service):
    """Refuses a role that does not exist or does not trust the caller; moto hands out the credentials."""

    name = "sts"

    def assume_role(self, request: Request) -> Answer:
        """Let moto answer when the role exists and its trust policy names the caller's account."""
        arn = request.params["RoleArn"]
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[5].startswith("role/") and self._trusts(parts[4], arn, request):
            return None
        raise AwsError(
            "AccessDenied",
            f"User: {request.principal} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )

    def _trusts(self, account_id: str, arn: str, request: Request) -> bool:
        iam = self._emulator.client("iam", account_id)
        try:
            role = iam.get_role(RoleName=arn.rsplit("/", 1)[-1])["Role"]
        except iam.exceptions.NoSuchEntityException:
            return False
        document: Any = role["AssumeRolePolicyDocument"]
        if isinstance(document, str):
            document = json.loads(document)
        return role["Arn"] == arn and any(_allows(statement, request) for statement in listed(document["Statement"]))


def _allows(statement: dict[str, Any], request: Request) -> bool:
    if statement["Effect"] != "Allow" or not {"sts:AssumeRole", "sts:*", "*"} & set(listed(statement["Action"])):
        return False
    if not names_principal(statement, request.principal):
        return False
    conditions = statement.get("Condition", {})
    external_id = conditions.get("StringEquals", {}).get("sts:ExternalId")
    if conditions and conditions != {"StringEquals": {"sts:ExternalId": external_id}}:
        raise NotModelledError(f"the rehearsal does not model a role's trust with the conditions {conditions}")
    return not conditions or request.params.get("ExternalId") in listed(external_id)
