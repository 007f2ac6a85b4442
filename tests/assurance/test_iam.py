from typing import Any

import pytest
from fakes import Refused, look

from airflow_infra.assurance.iam import allowed, identity_statements, trusts
from airflow_infra.assurance.look import Look

BUCKET = "arn:aws:s3:::airflow-dev-mwaa"
MANAGED = "arn:aws:iam::aws:policy/Managed"
BOUNDARY = "arn:aws:iam::111122223333:policy/Boundary"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str, **parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **parts}


def account(
    inline: dict[str, Any] | None = None,
    managed: dict[str, Any] | None = None,
    boundary: dict[str, Any] | None = None,
    trust: dict[str, Any] | None = None,
) -> Look:
    """An account with one role."""
    role: dict[str, Any] = {"AssumeRolePolicyDocument": trust or document()}
    if boundary:
        role["PermissionsBoundary"] = {"PermissionsBoundaryArn": BOUNDARY}
    documents = {MANAGED: managed, BOUNDARY: boundary}
    return look(
        iam={
            "GetRole": lambda **given: {"Role": role} if given["RoleName"] == "role" else Refused("NoSuchEntity"),
            "ListRolePolicies": {"PolicyNames": ["inline"] if inline else []},
            "GetRolePolicy": {"PolicyDocument": inline},
            "ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": MANAGED}] if managed else []},
            "GetPolicy": {"Policy": {"PolicyName": "Managed", "DefaultVersionId": "v3"}},
            "GetPolicyVersion": lambda **given: {
                "PolicyVersion": {
                    "Document": documents[given["PolicyArn"]] if given["VersionId"] == "v3" else document()
                }
            },
        }
    )


def test_a_role_without_policies_may_do_nothing() -> None:
    assert not allowed(account(), "role", "s3:GetObject", BUCKET)


def test_what_an_inline_policy_allows() -> None:
    assert allowed(account(inline=document(allow("s3:Get*"))), "role", "s3:GetObject", BUCKET)


def test_what_the_default_version_of_an_attached_policy_allows() -> None:
    assert allowed(account(managed=document(allow("s3:Get*"))), "role", "s3:GetObject", BUCKET)


def test_what_one_policy_denies_another_cannot_allow() -> None:
    deny = {**allow("s3:*"), "Effect": "Deny"}
    assert not allowed(
        account(inline=document(allow("s3:Get*")), managed=document(deny)), "role", "s3:GetObject", BUCKET
    )


def test_a_permissions_boundary_takes_away() -> None:
    bounded = account(inline=document(allow("s3:*")), boundary=document(allow("s3:Get*")))
    assert allowed(bounded, "role", "s3:GetObject", BUCKET)
    assert not allowed(bounded, "role", "s3:PutObject", BUCKET)


def test_a_permissions_boundary_gives_nothing() -> None:
    assert not allowed(account(boundary=document(allow("s3:Get*"))), "role", "s3:GetObject", BUCKET)


def test_a_condition_decides() -> None:
    condition = {"StringEquals": {"ses:FromAddress": "a@example.org"}}
    mail = account(inline=document(allow("ses:SendRawEmail", Condition=condition)))
    assert allowed(mail, "role", "ses:SendRawEmail", "*", {"ses:FromAddress": "a@example.org"})
    assert not allowed(mail, "role", "ses:SendRawEmail", "*", {"ses:FromAddress": "b@example.org"})
    assert not allowed(mail, "role", "ses:SendRawEmail")


def test_a_trust_policy_is_evaluated_with_its_conditions() -> None:
    trusting = account(
        trust=document(
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "airflow.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            }
        )
    )
    airflow = ("Service", "airflow.amazonaws.com")
    assert trusts(trusting, "role", airflow, {"aws:SourceAccount": "111122223333"})
    assert not trusts(trusting, "role", airflow, {"aws:SourceAccount": "999999999999"})
    assert not trusts(trusting, "role", airflow)
    assert not trusts(trusting, "role", ("Service", "ec2.amazonaws.com"), {"aws:SourceAccount": "111122223333"})


def test_a_role_that_does_not_exist_is_no_role_without_rights() -> None:
    with pytest.raises(Exception, match="NoSuchEntity"):
        allowed(account(), "another", "s3:GetObject", BUCKET)


def test_statements_name_their_policy() -> None:
    found = identity_statements(account(inline=document(allow("s3:*", Sid="Read"), allow("sns:*"))), "role")
    assert [str(one) for one in found] == ["inline (Read)", "inline (statement 2)"]
