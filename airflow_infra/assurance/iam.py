"""What a role of an account may do and who may assume it, from its policies with their conditions."""

from typing import Any

from airflow_infra.assurance.conditions import Context
from airflow_infra.assurance.look import Look
from airflow_infra.assurance.policies import PrincipalKind, Request, Statement, decide, statements

POLICY_CALLS = (
    "iam:GetRole",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
)
"""The calls behind `allowed` and `identity_statements`, for `Invariant.calls`."""

TRUST_CALLS = ("iam:GetRole",)
"""The calls behind `trusts`."""


def allowed(look: Look, role_name: str, action: str, resource: str = "*", context: Context | None = None) -> bool:
    """Whether a role's identity policies, and its permissions boundary where it has one, allow an action.

    Args:
        look: the account.
        role_name: the role's name, without its path.
        action: such as `s3:GetObject`.
        resource: ARN of what it is done to.
        context: condition keys of the request with their values; a key left out is absent from the request.

    Raises:
        NotCheckedError: a statement that fits has a condition that is not evaluated here.
        botocore.exceptions.ClientError: as AWS refuses to show the role or its policies.
    """
    request = Request(action, resource, context or {})
    boundary = boundary_statements(look, role_name)
    return decide(identity_statements(look, role_name), request) == "allowed" and (
        boundary is None or decide(boundary, request) == "allowed"
    )


def trusts(
    look: Look,
    role_name: str,
    principal: tuple[PrincipalKind, str],
    context: Context | None = None,
    action: str = "sts:AssumeRole",
) -> bool:
    """Whether a role's trust policy lets somebody assume it.

    Args:
        look: the account.
        role_name: the role's name, without its path.
        principal: who asks, such as ("Service", "airflow.amazonaws.com").
        context: condition keys of the request with their values, such as `aws:SourceAccount`.
        action: how it is assumed.

    Raises:
        NotCheckedError: a statement that fits has a condition that is not evaluated here.
        botocore.exceptions.ClientError: as AWS refuses to show the role.
    """
    return decide(trust_statements(look, role_name), Request(action, "*", context or {}, principal)) == "allowed"


def identity_statements(look: Look, role_name: str) -> tuple[Statement, ...]:
    """All statements of a role's inline and attached policies."""
    found: list[Statement] = []
    for name in look.all("iam", "list_role_policies", "PolicyNames", RoleName=role_name):
        inline = look.one("iam", "get_role_policy", RoleName=role_name, PolicyName=name)
        found += statements(inline["PolicyDocument"], name)
    for attached in look.all("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role_name):
        found += _managed(look, attached["PolicyArn"])
    return tuple(found)


def boundary_statements(look: Look, role_name: str) -> tuple[Statement, ...] | None:
    """The statements of a role's permissions boundary, None where it has none."""
    boundary = _role(look, role_name).get("PermissionsBoundary")
    return _managed(look, boundary["PermissionsBoundaryArn"]) if boundary else None


def trust_statements(look: Look, role_name: str) -> tuple[Statement, ...]:
    """The statements of a role's trust policy."""
    return statements(_role(look, role_name)["AssumeRolePolicyDocument"], f"trust of {role_name}")


def _role(look: Look, role_name: str) -> dict[str, Any]:
    return look.one("iam", "get_role", RoleName=role_name)["Role"]


def _managed(look: Look, arn: str) -> tuple[Statement, ...]:
    policy = look.one("iam", "get_policy", PolicyArn=arn)["Policy"]
    version = look.one("iam", "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return statements(version["PolicyVersion"]["Document"], policy["PolicyName"])
