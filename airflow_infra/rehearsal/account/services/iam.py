"""IAM: AWS's managed policies, put into moto one by one when they are first asked for."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from airflow_infra.rehearsal.account.hook import Answer, Request, Service

_PREFIX = "arn:aws:iam::aws:policy"


class Iam(Service):
    """Loading all of moto's copy of AWS's 1,600 managed policies for a handful costs half a second an account."""

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
