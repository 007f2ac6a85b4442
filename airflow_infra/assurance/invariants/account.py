"""The account around a stack: who calls, email, long-lived keys, and the pipeline's trust."""

from collections.abc import Iterator

from airflow_infra.assurance.iam import TRUST_CALLS, trusts
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.vpc import tags

_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"


def caller(subject: Subject) -> Iterator[str]:
    """The account is the configured one."""
    found = subject.look.one("sts", "get_caller_identity")["Account"]
    if found != subject.settings.account.id:
        yield f"the caller's account is {found}; the settings have {subject.settings.account.id}"


def email(subject: Subject) -> Iterator[str]:
    """Airflow's mails are sent, to anybody. Holds where the settings configure no email."""
    if subject.settings.mwaa.email is None:
        return
    sender = subject.settings.mwaa.email.sender
    identity = subject.look.one("sesv2", "get_email_identity", EmailIdentity=sender)
    if identity.get("VerificationStatus") == "PENDING":
        raise NotCheckedError(f"{sender} waits for its owner, who has to confirm it: no emulator can show that")
    if not identity["VerifiedForSendingStatus"]:
        yield f"{sender} is not verified for sending: {identity.get('VerificationStatus')}"
    dkim = identity["DkimAttributes"]["Status"]
    if dkim != "SUCCESS":
        yield f"DKIM of {sender} is {dkim}; expected SUCCESS"
    if not subject.look.one("sesv2", "get_account")["ProductionAccessEnabled"]:
        yield "SES is in its sandbox: only verified addresses receive mail"


def keys(subject: Subject) -> Iterator[str]:
    """No IAM user of the stack has an access key: users named as its resources are, or tagged like them."""
    prefix, wanted = f"{subject.names.prefix}-", subject.settings.tags.items()
    users = subject.look.all("iam", "get_account_authorization_details", "UserDetailList", Filter=["User"])
    for user in users:
        name = user["UserName"]
        if not (name.startswith(prefix) or name == subject.names.prefix or wanted <= tags(user).items()):
            continue
        for key in subject.look.all("iam", "list_access_keys", "AccessKeyMetadata", UserName=name):
            yield f"the user {name} has the access key {key['AccessKeyId']} ({key['Status']})"


def pipeline_trust(subject: Subject) -> Iterator[str]:
    """Only the configured branch of the configured repository becomes the DAG publisher.

    Holds where the settings configure none. The trust policy is tried with the tokens of others.
    """
    publisher = subject.settings.mwaa.dag_publisher
    if publisher is None:
        return
    repository = f"repo:{publisher.repository}"
    branch = f"{repository}:ref:refs/heads/{publisher.branch}"
    if not _becomes_publisher(subject, {"sub": branch, "aud": _AUDIENCE}):
        yield f"a token of {branch} for {_AUDIENCE} is not trusted"
    for who, claims in {
        "another repository of the same owner": {"sub": branch.replace(repository, f"{repository}-other")},
        "another owner's repository": {"sub": branch.replace(repository, "repo:somebody-else/airflow-dags")},
        "another branch": {"sub": f"{branch}-other"},
        "a pull request": {"sub": f"{repository}:pull_request"},
        "a token without a subject": {},
    }.items():
        if _becomes_publisher(subject, {**claims, "aud": _AUDIENCE}):
            yield f"{who} ({claims.get('sub', 'none')}) is trusted; expected {branch} only"
    if _becomes_publisher(subject, {"sub": branch, "aud": "https://github.com/somebody-else"}):
        yield f"a token for another audience is trusted; expected {_AUDIENCE} only"
    yield from _provider(subject)


def _becomes_publisher(subject: Subject, claims: dict[str, str]) -> bool:
    return trusts(
        subject.look,
        f"{subject.names.prefix}-dag-publisher",
        ("Federated", _provider_arn(subject)),
        {f"{_ISSUER}:{claim}": value for claim, value in claims.items()},
        "sts:AssumeRoleWithWebIdentity",
    )


def _provider(subject: Subject) -> Iterator[str]:
    arn = _provider_arn(subject)
    audiences = subject.look.one("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)["ClientIDList"]
    if _AUDIENCE not in audiences:
        yield f"{arn} takes tokens for {', '.join(audiences) or 'nobody'}; expected {_AUDIENCE}"


def _provider_arn(subject: Subject) -> str:
    return f"arn:aws:iam::{subject.names.account_id}:oidc-provider/{_ISSUER}"


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "account-70",
        "The caller's account is the configured one",
        "critical",
        "Everything else was looked at in somebody else's account.",
        ("sts:GetCallerIdentity",),
        caller,
    ),
    Invariant(
        "account-71",
        "The email identity is verified, its DKIM is good, and SES is out of its sandbox",
        "medium",
        "Airflow's mails are refused, or end as spam.",
        ("sesv2:GetEmailIdentity", "sesv2:GetAccount"),
        email,
    ),
    Invariant(
        "account-72",
        "No access key of an IAM user belongs to the stack",
        "high",
        "A key that never expires can be copied and used by anybody, from anywhere.",
        ("iam:GetAccountAuthorizationDetails", "iam:ListAccessKeys"),
        keys,
    ),
    Invariant(
        "account-73",
        "The DAG publisher's trust pins repository, branch and audience",
        "critical",
        "Somebody else's pipeline publishes DAGs, and so runs code as the execution role.",
        (*TRUST_CALLS, "iam:GetOpenIDConnectProvider"),
        pipeline_trust,
    ),
)
