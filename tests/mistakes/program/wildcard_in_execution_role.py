"""The execution role may read every bucket of the account, and with it every DAG."""

from typing import Any

from infra.iam import role_policies
from infra.iam.documents import Document, allow

caught_by = "mwaa-26"
expected = "s3:GetObject"

execution_policy = role_policies.execution_policy


def with_wildcard(*arguments: Any) -> Document:
    policy = execution_policy(*arguments)
    policy["Statement"].append(allow("Everything", ["s3:GetObject"], "*"))
    return policy


role_policies.execution_policy = with_wildcard
