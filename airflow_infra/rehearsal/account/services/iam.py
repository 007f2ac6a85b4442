"""IAM: AWS's managed policies, put into moto one by one when they are first asked for, and trust policies."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.policy_documents import listed, resource_policy_problem
from airflow_infra.rehearsal.account.services.references import References

_PREFIX = "arn:aws:iam::aws:policy"


class Iam(Service):
    """AWS's managed policies on demand, where moto loads all 1,600 or none; and trust policies, which it ignores."""

    name = "iam"

    def attach_role_policy(self, request: Request) -> Answer:
        """Make an AWS policy known before moto attaches it."""
        return self._load(request)

    def get_policy(self, request: Request) -> Answer:
        """Make an AWS policy known before moto describes it."""
        return self._load(request)

    def get_policy_version(self, request: Request) -> Answer:
        """Make an AWS policy known before moto shows its document."""
        return self._load(request)

    def create_role(self, request: Request) -> Answer:
        """Let moto create a role whose trust policy's syntax is right and whose trusted principals exist."""
        return self._check_trust(request, request.params["AssumeRolePolicyDocument"])

    def update_assume_role_policy(self, request: Request) -> Answer:
        """Let moto change a role's trust to one whose syntax is right and whose principals exist."""
        return self._check_trust(request, request.params["PolicyDocument"])

    def _check_trust(self, request: Request, document: str) -> None:
        problem = resource_policy_problem(document, is_trust=True)
        if problem:
            raise AwsError("MalformedPolicyDocument", f"Trust policy of {request.params['RoleName']}: {problem}")
        references = References(self._emulator, request, "MalformedPolicyDocument")
        for statement in listed(json.loads(document)["Statement"]):
            principal = statement.get("Principal", {})
            for arn in listed(principal.get("AWS", [])) if isinstance(principal, dict) else []:
                # other accounts' principals cannot be looked at, neither by AWS before it knows the account
                if arn.startswith((f"arn:aws:iam::{request.account}:role/", f"arn:aws:iam::{request.account}:user/")):
                    references.principal(arn)

    def _load(self, request: Request) -> None:
        arn = request.params["PolicyArn"]
        backend = iam_backends[request.account]["aws"]
        data = _managed_policies().get(arn) if arn.startswith(_PREFIX) and arn not in backend.managed_policies else None
        if data is not None:
            policy = AWSManagedPolicy.from_data(arn.rsplit("/", 1)[-1], request.account, backend.region_name, data)
            backend.managed_policies[policy.arn] = policy


@lru_cache(maxsize=1)
def _managed_policies() -> Mapping[str, dict[str, Any]]:
    return {f"{_PREFIX}{data['Path']}{name}": data for name, data in json.loads(aws_managed_policies_data).items()}
