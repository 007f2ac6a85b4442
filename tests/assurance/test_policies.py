from typing import Any

import pytest

from airflow_infra.assurance.invariants.invariant import NotCheckedError
from airflow_infra.assurance.policies import Request, decide, statements

BUCKET = "arn:aws:s3:::airflow-dev-mwaa"


def verdict(statement: dict[str, Any] | list[dict[str, Any]], request: Request) -> str:
    return decide(statements({"Version": "2012-10-17", "Statement": statement}, "policy"), request)


def allow(**parts: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **parts}


def holds(condition: dict[str, Any], **context: Any) -> bool:
    keys = {f"aws:{name}": value for name, value in context.items()}
    return verdict(allow(Condition=condition), Request("s3:GetObject", BUCKET, keys)) == "allowed"


@pytest.mark.parametrize(
    ("pattern", "action"),
    [
        ("s3:GetObject", "s3:GetObject"),
        ("S3:getobject", "s3:GetObject"),
        ("s3:Get*", "s3:GetBucketAcl"),
        ("s3:GetObjec?", "s3:GetObject"),
        ("*", "iam:CreateUser"),
    ],
)
def test_an_action_matches_by_wildcards_and_whatever_its_case(pattern: str, action: str) -> None:
    assert verdict(allow(Action=pattern), Request(action, BUCKET)) == "allowed"


def test_an_action_that_only_begins_alike_is_another_one() -> None:
    assert verdict(allow(Action="s3:GetObject"), Request("s3:GetObjectTagging", BUCKET)) == "not allowed"


def test_one_of_several_actions_is_enough() -> None:
    assert verdict(allow(Action=["s3:Put*", "s3:GetObject"]), Request("s3:GetObject", BUCKET)) == "allowed"


def test_not_action_is_about_every_other_action() -> None:
    statement = {"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    assert verdict(statement, Request("s3:GetObject", BUCKET)) == "allowed"
    assert verdict(statement, Request("iam:CreateUser", "*")) == "not allowed"


@pytest.mark.parametrize(
    ("pattern", "resource"),
    [
        (f"{BUCKET}/dags/*", f"{BUCKET}/dags/team/one.py"),
        ("arn:aws:s3:::airflow-*", BUCKET),
        ("arn:aws:sqs:eu-west-1:*:airflow-celery-*", "arn:aws:sqs:eu-west-1:111122223333:airflow-celery-1"),
        (
            "arn:aws:logs:*:*:log-group:airflow-*",
            "arn:aws:logs:eu-west-1:111122223333:log-group:airflow-a:log-stream:b",
        ),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:queue"),
    ],
)
def test_a_resource_matches_by_wildcards(pattern: str, resource: str) -> None:
    assert verdict(allow(Resource=pattern), Request("s3:GetObject", resource)) == "allowed"


@pytest.mark.parametrize(
    ("pattern", "resource"),
    [
        (BUCKET, f"{BUCKET}/dags/one.py"),
        ("arn:aws:s3:::Airflow-*", BUCKET),
        ("arn:aws:sqs:*:queue", "arn:aws:sqs:eu-west-1:111122223333:queue"),
        (f"{BUCKET}/*", "*"),
    ],
)
def test_a_resource_that_a_pattern_does_not_cover(pattern: str, resource: str) -> None:
    assert verdict(allow(Resource=pattern), Request("s3:GetObject", resource)) == "not allowed"


def test_not_resource_is_about_every_other_resource() -> None:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "NotResource": "arn:aws:kms:*:111122223333:key/*"}
    assert verdict(statement, Request("kms:Decrypt", "arn:aws:kms:eu-west-1:999999999999:key/1")) == "allowed"
    assert verdict(statement, Request("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1")) == "not allowed"


@pytest.mark.parametrize("deny_first", [True, False])
def test_a_statement_that_denies_wins_wherever_it_stands(deny_first: bool) -> None:
    both = [allow(Effect="Deny"), allow()]
    assert verdict(both if deny_first else both[::-1], Request("s3:GetObject", BUCKET)) == "denied"


def test_a_denial_whose_condition_does_not_hold_denies_nothing() -> None:
    deny = allow(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    request = Request("s3:GetObject", BUCKET, {"aws:SecureTransport": "true"})
    assert verdict([deny, allow()], request) == "allowed"


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"StringEquals": {"aws:x": "a"}}, "a"),
        ({"StringEquals": {"AWS:X": ["b", "a"]}}, "a"),
        ({"StringEqualsIgnoreCase": {"aws:x": "A"}}, "a"),
        ({"StringNotEquals": {"aws:x": "b"}}, "a"),
        ({"StringLike": {"aws:x": "a*"}}, "abc"),
        ({"StringNotLike": {"aws:x": "b*"}}, "abc"),
        ({"StringEqualsIfExists": {"aws:x": "a"}}, "a"),
        ({"ArnLike": {"aws:x": "arn:aws:iam::*:role/a*"}}, "arn:aws:iam::111122223333:role/abc"),
        ({"ArnEquals": {"aws:x": "arn:aws:iam::111122223333:role/a"}}, "arn:aws:iam::111122223333:role/a"),
        ({"ArnNotLike": {"aws:x": "arn:aws:iam::*:role/b*"}}, "arn:aws:iam::111122223333:role/abc"),
        ({"Bool": {"aws:x": "true"}}, "true"),
        ({"Bool": {"aws:x": True}}, "true"),
        ({"IpAddress": {"aws:x": "10.0.0.0/8"}}, "10.1.2.3"),
        ({"NotIpAddress": {"aws:x": "10.0.0.0/8"}}, "192.0.2.1"),
        ({"NumericLessThanEquals": {"aws:x": "10"}}, "10"),
        ({"NumericNotEquals": {"aws:x": "10"}}, "11"),
        ({"Null": {"aws:x": "false"}}, "a"),
        ({"ForAnyValue:StringEquals": {"aws:x": ["a", "b"]}}, ["c", "b"]),
        ({"ForAllValues:StringEquals": {"aws:x": ["a", "b"]}}, ["b", "a"]),
    ],
)
def test_a_condition_that_holds(condition: dict[str, Any], value: Any) -> None:
    assert holds(condition, x=value)


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"StringEquals": {"aws:x": "a"}}, "A"),
        ({"StringEquals": {"aws:x": "a*"}}, "abc"),
        ({"StringNotEquals": {"aws:x": ["a", "b"]}}, "a"),
        ({"StringEqualsIfExists": {"aws:x": "a"}}, "b"),
        ({"ArnLike": {"aws:x": "arn:aws:iam::*:role/a"}}, "arn:aws:iam::111122223333:role/b"),
        ({"Bool": {"aws:x": "true"}}, "false"),
        ({"IpAddress": {"aws:x": "10.0.0.0/8"}}, "192.0.2.1"),
        ({"NumericGreaterThan": {"aws:x": "10"}}, "10"),
        ({"Null": {"aws:x": "true"}}, "a"),
        ({"ForAnyValue:StringEquals": {"aws:x": ["a", "b"]}}, ["c", "d"]),
        ({"ForAllValues:StringEquals": {"aws:x": ["a", "b"]}}, ["a", "c"]),
        ({"StringEquals": {"aws:x": "a"}, "Bool": {"aws:x": "true"}}, "a"),
    ],
)
def test_a_condition_that_does_not_hold(condition: dict[str, Any], value: Any) -> None:
    assert not holds(condition, x=value)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:x": "a"}},
        {"Bool": {"aws:x": "false"}},
        {"ForAnyValue:StringNotEquals": {"aws:x": "a"}},
        {"Null": {"aws:x": "false"}},
    ],
)
def test_a_key_that_the_request_lacks_fails_a_condition(condition: dict[str, Any]) -> None:
    assert not holds(condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:x": "a"}},
        {"StringEqualsIfExists": {"aws:x": "a"}},
        {"ForAllValues:StringEquals": {"aws:x": "a"}},
        {"ForAnyValue:StringEqualsIfExists": {"aws:x": "a"}},
        {"Null": {"aws:x": "true"}},
    ],
)
def test_a_key_that_the_request_lacks_does_no_harm_to_these(condition: dict[str, Any]) -> None:
    assert holds(condition)


def test_an_unknown_operator_is_not_guessed_at() -> None:
    with pytest.raises(NotCheckedError, match="DateLessThan on aws:CurrentTime is not evaluated"):
        holds({"DateLessThan": {"aws:CurrentTime": "2026-11-22T00:00:00Z"}}, CurrentTime="2026-11-21T00:00:00Z")


def test_a_value_that_an_operator_cannot_compare_is_not_guessed_at() -> None:
    with pytest.raises(NotCheckedError, match="NumericEquals on aws:x cannot be evaluated"):
        holds({"NumericEquals": {"aws:x": "ten"}}, x="10")


def test_an_unknown_operator_of_a_statement_about_something_else_does_not_matter() -> None:
    other = allow(Action="s3:PutObject", Condition={"DateLessThan": {"aws:CurrentTime": "2026-11-22T00:00:00Z"}})
    assert verdict([other, allow()], Request("s3:GetObject", BUCKET)) == "allowed"


def test_policy_variables_are_filled_in_from_the_request() -> None:
    statement = allow(Resource=f"{BUCKET}/${{aws:PrincipalTag/team}}/*")
    context = {"aws:PrincipalTag/team": "blue"}
    assert verdict(statement, Request("s3:GetObject", f"{BUCKET}/blue/one", context)) == "allowed"
    assert verdict(statement, Request("s3:GetObject", f"{BUCKET}/red/one", context)) == "not allowed"


def test_a_wildcard_in_a_variables_value_means_itself() -> None:
    request = Request("s3:GetObject", f"{BUCKET}/blue/one", {"aws:PrincipalTag/team": "*"})
    assert verdict(allow(Resource=f"{BUCKET}/${{aws:PrincipalTag/team}}/*"), request) == "not allowed"


def test_a_variable_that_the_request_lacks_matches_nothing_but_its_default() -> None:
    request = Request("s3:GetObject", f"{BUCKET}/company/one")
    assert verdict(allow(Resource=f"{BUCKET}/${{aws:PrincipalTag/team}}/*"), request) == "not allowed"
    assert verdict(allow(Resource=f"{BUCKET}/${{aws:PrincipalTag/team, 'company'}}/*"), request) == "allowed"


@pytest.mark.parametrize(("resource", "expected"), [("a*b", "allowed"), ("axb", "not allowed")])
def test_an_escaped_wildcard_means_itself(resource: str, expected: str) -> None:
    statement = allow(Resource=f"{BUCKET}/a${{*}}b")
    assert verdict(statement, Request("s3:GetObject", f"{BUCKET}/{resource}")) == expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Service": ["a.amazonaws.com", "airflow.amazonaws.com"]}, "allowed"),
        ({"Service": "a.amazonaws.com"}, "not allowed"),
        ("*", "allowed"),
    ],
)
def test_a_statement_about_services(principal: Any, expected: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    request = Request("sts:AssumeRole", principal=("Service", "airflow.amazonaws.com"))
    assert verdict(statement, request) == expected


@pytest.mark.parametrize(
    "named", ["111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/a"]
)
def test_a_statement_about_an_account_is_about_its_roles(named: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": named}}
    request = Request("sts:AssumeRole", principal=("AWS", "arn:aws:iam::111122223333:role/a"))
    assert verdict(statement, request) == "allowed"


def test_a_statement_about_everybody_but_one() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": "111122223333"}}
    own, other = (Request("sts:AssumeRole", principal=("AWS", account)) for account in ("111122223333", "999999999999"))
    assert verdict(statement, own) == "not allowed"
    assert verdict(statement, other) == "allowed"
