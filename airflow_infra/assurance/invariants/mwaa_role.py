"""Who may become the environment's execution role, what it may do, and who is let into the Airflow UI.

Policies are evaluated with their conditions, for requests as MWAA and Airflow make them.
"""

from collections.abc import Iterator, Mapping, Sequence

from airflow_infra.assurance.conditions import Context
from airflow_infra.assurance.iam import (
    POLICY_CALLS,
    TRUST_CALLS,
    allowed,
    identity_statements,
    trust_statements,
    trusts,
)
from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.invariants.mwaa import environment
from airflow_infra.assurance.policies import Request, Statement, decide, statements

_SERVICES = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
_AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
_ON_EVERYTHING = ("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData")
"""Actions that have no resource to be limited to (MWAA user guide, execution role)."""
_ELSEWHERE = "not-of-this-stack"
"""Name of a resource that does not exist: whoever may reach it may reach any."""
_ANOTHER_ACCOUNT = "000000000000"
_BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketVersioning", "s3:GetBucketPublicAccessBlock")
_LOG_ACTIONS = (
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetLogGroupFields",
    "logs:GetQueryResults",
)
_QUEUE_ACTIONS = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
_KEY_ACTIONS = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Encrypt")
_GET_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
_SIGN_IN = "airflow:CreateWebLoginToken"


def trust(subject: Subject) -> Iterator[str]:
    """MWAA's two services may assume it for this environment, nobody for another account, and nobody else at all."""
    look, names, role = subject.look, subject.names, _execution_role(subject)
    own = {"aws:SourceAccount": names.account_id, "aws:SourceArn": names.environment_arn}
    foreign_arn = names.environment_arn.replace(names.account_id, _ANOTHER_ACCOUNT)
    foreign = {"aws:SourceAccount": _ANOTHER_ACCOUNT, "aws:SourceArn": foreign_arn}
    for service in _SERVICES:
        if not trusts(look, role, ("Service", service), own):
            yield f"role {role} does not trust {service} for {names.environment_arn}, expected it to"
        if any(trusts(look, role, ("Service", service), context) for context in (foreign, {})):
            yield f"role {role} trusts {service} on behalf of any account, expected aws:SourceAccount in its conditions"
    for statement in trust_statements(look, role):
        principals = {f"{kind} {one}" for kind, found in statement.principals.items() for one in found}
        others = sorted(principals - {f"Service {service}" for service in _SERVICES})
        if statement.effect == "Allow" and (others or statement.not_principals):
            everybody = others or ["everybody but a few"]
            yield f"role {role} trusts {', '.join(everybody)}, expected only {' and '.join(_SERVICES)}"


def required_actions(subject: Subject) -> Iterator[str]:
    """Everything that MWAA's guide asks for, and what the configured email needs. The cluster is mwaa-27's matter, the
    secrets backend mwaa-36's.
    """
    role = _execution_role(subject)
    for actions, resource, context in _required(subject):
        request = {**_direct(subject, role), **context}
        refused = [action for action in actions if not allowed(subject.look, role, action, resource, request)]
        if refused:
            when = "".join(f" with {key} {value}" for key, value in context.items())
            yield f"role {role} may not {', '.join(refused)} on {resource}{when}, expected it to"


def limited_resources(subject: Subject) -> Iterator[str]:
    """No statement reaches resources of any name, but for actions that cannot be limited."""
    names, role = subject.names, _execution_role(subject)
    harmless = {action.lower() for action in _ON_EVERYTHING}
    policy = identity_statements(subject.look, role)
    for statement in policy:
        if statement.effect == "Deny":
            continue
        for action in statement.actions or ("*",):
            service = action.partition(":")[0].lower()
            place = "::" if service == "s3" else f"{names.region}:{names.account_id}"
            request = Request(action, f"arn:aws:{service}:{place}:{_ELSEWHERE}", _direct(subject, role))
            everything = "*" in statement.resources or statement.applies_to(request)
            if action.lower() not in harmless and everything and decide(policy, request) != "denied":
                yield f"role {role}: {statement} allows {action} on any resource, expected the stack's own by name"


def own_cluster_only(subject: Subject) -> Iterator[str]:
    """It may describe its own cluster, and no other."""
    names, role = subject.names, _execution_role(subject)
    action = "eks:DescribeCluster"
    if not allowed(subject.look, role, action, names.cluster_arn, _direct(subject, role)):
        yield f"role {role} may not {action} on {names.cluster_arn}, expected it to"
    clusters = f"arn:aws:eks:{names.region}:{names.account_id}:cluster"
    for other in (f"{clusters}/{names.cluster}-2", f"{clusters}/{_ELSEWHERE}"):
        if allowed(subject.look, role, action, other, _direct(subject, role)):
            yield f"role {role} may {action} on {other}, expected {names.cluster_arn} only"


def own_secrets_only(subject: Subject) -> Iterator[str]:
    """Airflow has the configured secrets backend, and its role reads secrets below that backend's prefixes only.

    A statement that only a condition keeps from other secrets counts as reading them.
    """
    role, backend = _execution_role(subject), subject.settings.mwaa.secrets_backend
    configured = environment(subject).get("AirflowConfigurationOptions", {}).get("secrets.backend")
    if bool(configured) != bool(backend):
        wanted = "a secrets backend" if backend else "none, as none is configured"
        yield f"environment {subject.names.environment}: secrets.backend is {configured!r}, expected {wanted}"
    secrets = _secrets(subject)
    prefixes = tuple(f"{secrets}:{prefix}/" for prefix in _secret_prefixes(subject))
    for prefix in prefixes:
        if not allowed(subject.look, role, _GET_SECRET, f"{prefix}{_ELSEWHERE}-AbCdEf", _direct(subject, role)):
            yield f"role {role} may not {_GET_SECRET} on {prefix}*, expected it to"
    for statement in identity_statements(subject.look, role):
        if statement.effect == "Allow" and statement.names_action(_GET_SECRET):
            outside = [one for one in statement.resources if not one.startswith(prefixes)]
            if outside or statement.not_resources:
                reach = ", ".join(outside) or "all but a few"
                expected = " and ".join(f"{prefix}*" for prefix in prefixes) or "no secret"
                yield f"role {role}: {statement} allows {_GET_SECRET} on {reach}, expected {expected}"


def ui_access(subject: Subject) -> Iterator[str]:
    """For each Airflow role there is a policy; what lets into this environment lets into nothing else."""
    policies = _sign_in_policies(subject)
    role_arns = {role: _ui_role(subject, subject.names.environment, role) for role in _AIRFLOW_ROLES}
    others = (
        _ui_role(subject, subject.names.environment, _ELSEWHERE),
        *(_ui_role(subject, other, "Admin") for other in (f"{subject.names.environment}-2", _ELSEWHERE)),
    )
    missing = set(_AIRFLOW_ROLES)
    for name, policy in policies.items():
        granted = {role for role, arn in role_arns.items() if decide(policy, Request(_SIGN_IN, arn)) == "allowed"}
        missing -= granted
        beyond = [arn for arn in others if decide(policy, Request(_SIGN_IN, arn)) == "allowed"]
        if granted and beyond:
            expected = f"{_ui_role(subject, subject.names.environment, '')}{{{'|'.join(_AIRFLOW_ROLES)}}}"
            yield f"policy {name} allows {_SIGN_IN} on {', '.join(beyond)} too, expected only {expected}"
    for role in sorted(missing):
        yield f"no policy allows {_SIGN_IN} on {role_arns[role]}, expected one"


def _execution_role(subject: Subject) -> str:
    """Its name, without its path."""
    return environment(subject)["ExecutionRoleArn"].rpartition("/")[2]


def _direct(subject: Subject, role: str) -> Context:
    """What every request of the role carries, when no AWS service makes it on the role's behalf."""
    return {
        "aws:PrincipalArn": subject.names.role_arn(role),
        "aws:PrincipalAccount": subject.names.account_id,
        "aws:RequestedRegion": subject.names.region,
        "aws:SecureTransport": "true",
    }


def _required(subject: Subject) -> Iterator[tuple[Sequence[str], str, Mapping[str, str]]]:
    """Actions, resource and what else the request says (MWAA user guide, execution role)."""
    names, email, found = subject.names, subject.settings.mwaa.email, environment(subject)
    here = f"{names.region}:{names.account_id}"
    yield ("airflow:PublishMetrics",), names.environment_arn, {}
    yield ("s3:GetObject", "s3:GetObjectVersion"), f"{names.bucket_arn}/dags/example.py", {}
    yield _BUCKET_ACTIONS, names.bucket_arn, {}
    for group in names.airflow_log_groups:
        yield _LOG_ACTIONS, f"arn:aws:logs:{here}:log-group:{group}:log-stream:any", {}
    yield _ON_EVERYTHING, "*", {}
    any_queue = f"arn:aws:sqs:{names.region}:{_ANOTHER_ACCOUNT}:airflow-celery-any"
    yield _QUEUE_ACTIONS, found.get("CeleryExecutorQueue", any_queue), {}
    key = found.get("KmsKey")
    of_queue = f"arn:aws:kms:{names.region}:{_ANOTHER_ACCOUNT}:key/queue"
    yield _KEY_ACTIONS, key or of_queue, {"kms:ViaService": f"sqs.{names.region}.amazonaws.com"}
    if key:
        yield _KEY_ACTIONS, key, {"kms:ViaService": f"s3.{names.region}.amazonaws.com"}
    if email is not None:
        identity = f"arn:aws:ses:{here}:identity/{email.sender}"
        yield ("ses:SendRawEmail",), identity, {"ses:FromAddress": email.sender}


def _secrets(subject: Subject) -> str:
    return f"arn:aws:secretsmanager:{subject.names.region}:{subject.names.account_id}:secret"


def _secret_prefixes(subject: Subject) -> tuple[str, ...]:
    backend = subject.settings.mwaa.secrets_backend
    return () if backend is None else (backend.connections_prefix, backend.variables_prefix)


def _sign_in_policies(subject: Subject) -> dict[str, tuple[Statement, ...]]:
    """The account's own managed policies that allow somebody to sign in to some environment, by name."""
    policies = subject.look.all("iam", "get_account_authorization_details", "Policies", Filter=["LocalManagedPolicy"])
    found: dict[str, tuple[Statement, ...]] = {}
    for policy in policies:
        name = policy["Arn"].rpartition("/")[2]
        version = next(one for one in policy["PolicyVersionList"] if one["IsDefaultVersion"])
        parsed = statements(version["Document"], name)
        if any(one.effect == "Allow" and one.names_action(_SIGN_IN) for one in parsed):
            found[name] = parsed
    return found


def _ui_role(subject: Subject, environment_name: str, role: str) -> str:
    return f"arn:aws:airflow:{subject.names.region}:{subject.names.account_id}:role/{environment_name}/{role}"


_POLICIES = ("mwaa:GetEnvironment", *POLICY_CALLS)

INVARIANTS = (
    Invariant(
        "mwaa-24",
        "Only MWAA, on behalf of this account, may assume the execution role",
        "critical",
        "The environment does not start, or somebody else's does with the rights of this one.",
        ("mwaa:GetEnvironment", *TRUST_CALLS),
        trust,
    ),
    Invariant(
        "mwaa-25",
        "The execution role may do everything that MWAA needs",
        "critical",
        "Creation fails after hours, or tasks queue, logs and metrics vanish.",
        _POLICIES,
        required_actions,
    ),
    Invariant(
        "mwaa-26",
        "The execution role reaches resources of any name only where AWS offers nothing narrower",
        "high",
        "Every DAG author reaches what belongs to others in the account.",
        _POLICIES,
        limited_resources,
    ),
    Invariant(
        "mwaa-27",
        "The execution role may describe its own cluster and no other",
        "medium",
        "Tasks find no cluster, or see those of other environments.",
        _POLICIES,
        own_cluster_only,
    ),
    Invariant(
        "mwaa-36",
        "The execution role reads secrets below the secrets backend's prefixes and no others",
        "critical",
        "Every DAG author reads other teams' secrets, or Airflow finds none of its own.",
        _POLICIES,
        own_secrets_only,
    ),
    Invariant(
        "mwaa-41",
        "Policies that let people into the Airflow UI name this environment's Airflow roles only",
        "high",
        "Who may look at one environment administers another, or nobody gets in.",
        ("iam:GetAccountAuthorizationDetails",),
        ui_access,
    ),
)
