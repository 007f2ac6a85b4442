"""The bucket that MWAA reads: its protection, the requirements and the kubeconfig in it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from airflow_infra.assurance.iam import POLICY_CALLS, allowed
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.invariants.mwaa import environment, settings_of
from airflow_infra.assurance.policies import Request, decide, statements
from airflow_infra.catalogue.airflow import airflow_versions
from airflow_infra.settings.checks.airflow import looks_like_a_secret
from airflow_infra.settings.checks.requirements import constraint
from airflow_infra.settings.checks.surroundings import Surroundings

_BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_KUBECONFIG = "dags/.kube/config"
"""Where KubernetesPodOperator looks for it; MWAA copies dags/ to its workers."""
_LIKE_A_KUBECONFIG = re.compile(r"(^|/)\.kube/|kube[_-]?config", re.IGNORECASE)
_WITHOUT_CREDENTIALS = frozenset(("exec", "as", "as-groups", "as-uid", "as-user-extra"))
"""What a user of a kubeconfig may have and still hold no credential (Kubernetes documentation, kubeconfig v1)."""
_WRITES = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")


def public_access(subject: Subject) -> Iterator[str]:
    """All four kinds of public access are blocked on the bucket itself."""
    bucket = subject.names.bucket
    try:
        answer = subject.look.one("s3", "get_public_access_block", Bucket=bucket)
        found = answer["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchPublicAccessBlockConfiguration":
            raise
        found = {}
    for kind in _BLOCKED:
        if not found.get(kind):
            yield f"bucket {bucket}: {kind} is {found.get(kind, 'not set')}, expected True"


def versioning(subject: Subject) -> Iterator[str]:
    """The bucket keeps versions."""
    bucket = subject.names.bucket
    found = subject.look.one("s3", "get_bucket_versioning", Bucket=bucket).get("Status", "off")
    if found != "Enabled":
        yield f"bucket {bucket}: versioning is {found}, expected Enabled"


def newest_requirements(subject: Subject) -> Iterator[str]:
    """The environment installs the version of the requirements that was uploaded last."""
    bucket, found = subject.names.bucket, environment(subject)
    key, wanted = found.get("RequirementsS3Path"), found.get("RequirementsS3ObjectVersion")
    if not key or not wanted:
        yield f"environment {found['Name']} names requirements {key}, version {wanted}: expected both"
        return
    versions = [version for version in _versions(subject) if version["Key"] == key]
    newest = next((version["VersionId"] for version in versions if version["IsLatest"]), None)
    if wanted not in (version["VersionId"] for version in versions):
        yield f"environment {found['Name']} names version {wanted} of {key}, which is not in {bucket}"
    elif newest != wanted:
        stands = f"the newest is {newest}" if newest else "the object is deleted"
        yield f"environment {found['Name']} names version {wanted} of {key}, but in {bucket} {stands}"


def constraints(subject: Subject) -> Iterator[str]:
    """The requirements that the environment installs name the constraint file of its Airflow and Python.

    Raises:
        NotCheckedError: they name a constraint file of somebody's own, or the catalogue doesn't know the version.
    """
    found = environment(subject)
    version, key = found["AirflowVersion"], found.get("RequirementsS3Path")
    if not key or "RequirementsS3ObjectVersion" not in found:
        yield f"environment {found['Name']} names no version of requirements, expected one with a constraint line"
        return
    text = subject.look.content(subject.names.bucket, key, found["RequirementsS3ObjectVersion"])
    installed = settings_of(subject, airflow_version=version, requirements=text.decode("utf-8", "replace"))
    findings = list(constraint(installed, Surroundings()))
    for finding in findings:
        if finding.warning:
            raise NotCheckedError(f"{key}: {finding.value}: {finding.message}")
        what = f"{finding.value}: " if finding.value else ""
        yield f"{key} of environment {found['Name']}, Airflow {version}: {what}{finding.message}"
    if not findings and version not in airflow_versions().versions:
        raise NotCheckedError(f"the catalogue of {airflow_versions().as_of} does not know the Python of {version}")


def access(subject: Subject) -> Iterator[str]:
    """Nothing over plain HTTP; nobody but the deploying role writes outside dags/, nor the kubeconfig inside.

    The bucket's policy is asked, and the policy of the role that publishes DAGs.
    """
    names = subject.names
    found = subject.look.one("s3", "get_bucket_policy", Bucket=names.bucket)["Policy"]
    policy = statements(found, f"policy of {names.bucket}")
    deployer = subject.settings.account.deploy_role_arn
    anybody = names.role_arn("anybody")

    def open_to(who: str, actions: Sequence[str], resource: str, *, secure: bool = True) -> list[str]:
        context = {"aws:PrincipalArn": who, "aws:SecureTransport": str(secure).lower()}
        requests = (Request(action, resource, context, ("AWS", who)) for action in actions)
        return [request.action for request in requests if decide(policy, request) != "denied"]

    dag, *others = (f"{names.bucket_arn}/{key}" for key in ("dags/example.py", "requirements.txt", _KUBECONFIG))
    for who in (deployer, anybody):
        plain = open_to(who, ("s3:GetObject", "s3:PutObject"), dag, secure=False)
        plain += open_to(who, ("s3:ListBucket",), names.bucket_arn, secure=False)
        if plain:
            yield f"bucket {names.bucket} takes {', '.join(plain)} over plain HTTP from {who}, expected TLS only"
    for resource in others:
        written = open_to(anybody, _WRITES, resource)
        if written:
            takes = f"bucket {names.bucket} takes {', '.join(written)} on {resource}"
            yield f"{takes} from {anybody}, expected {deployer} only"
    for who, resource in (*((deployer, other) for other in others), (anybody, dag)):
        refused = [action for action in _WRITES if action not in open_to(who, _WRITES, resource)]
        if refused:
            yield f"bucket {names.bucket} refuses {', '.join(refused)} on {resource} to {who}, expected it not to"
    if subject.settings.mwaa.dag_publisher is not None:
        yield from _publisher(subject, dag, others)


def kubeconfigs(subject: Subject) -> Iterator[str]:
    """The kubeconfig is there, and no version of any kubeconfig in the bucket holds a credential."""
    bucket = subject.names.bucket
    found = [version for version in _versions(subject) if _LIKE_A_KUBECONFIG.search(version["Key"])]
    if not any(version["Key"] == _KUBECONFIG and version["IsLatest"] for version in found):
        yield f"bucket {bucket} has no {_KUBECONFIG}, expected the cluster's kubeconfig"
    for version in found:
        key, id_ = version["Key"], version["VersionId"]
        text = subject.look.content(bucket, key, id_).decode("utf-8", "replace")
        for credential in credentials(text):
            yield f"bucket {bucket}: {key} (version {id_}) holds {credential}, expected an exec plugin only"


def _publisher(subject: Subject, dag: str, others: list[str]) -> Iterator[str]:
    """What the role of the DAG repository's pipeline may write."""
    role = f"{subject.names.prefix}-dag-publisher"
    if not allowed(subject.look, role, "s3:PutObject", dag):
        yield f"role {role} may not s3:PutObject on {dag}, expected it to"
    for resource in others:
        written = [action for action in _WRITES if allowed(subject.look, role, action, resource)]
        if written:
            yield f"role {role} may {', '.join(written)} on {resource}, expected dags/ only, without the kubeconfig"


def _versions(subject: Subject) -> list[dict[str, Any]]:
    """Every version of every object in the bucket."""
    return subject.look.all("s3", "list_object_versions", "Versions", Bucket=subject.names.bucket)


def credentials(text: str) -> Iterator[str]:
    """The credentials in the text of a kubeconfig, by what they are called there."""
    if looks_like_a_secret("", text):
        yield "a key or password in plain text"
    try:
        config: Any = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        config = None
    if not isinstance(config, dict):
        yield "text that is no kubeconfig"
        return
    for user in _mappings(config.get("users")):
        given = next(_mappings([user.get("user")]), {})
        for key in sorted(given.keys() - _WITHOUT_CREDENTIALS):
            yield f"{key} of user {user.get('name')}"
        plugin = next(_mappings([given.get("exec")]), {})
        for variable in _mappings(plugin.get("env")):
            if looks_like_a_secret(f"env.{variable.get('name', '')}".lower(), str(variable.get("value", ""))):
                yield f"{variable['name']} in the environment of user {user.get('name')}"


def _mappings(values: Any) -> Iterator[dict[str, Any]]:
    """Those of a list that are mappings, with text as keys."""
    for value in values if isinstance(values, list) else []:
        if isinstance(value, dict):
            yield {str(key): item for key, item in value.items()}


INVARIANTS = (
    Invariant(
        "mwaa-28",
        "The bucket blocks all four kinds of public access",
        "critical",
        "MWAA refuses the bucket, or DAGs and requirements are open to the world.",
        ("s3:GetPublicAccessBlock",),
        public_access,
    ),
    Invariant(
        "mwaa-29",
        "The bucket keeps versions",
        "critical",
        "MWAA cannot name the version of what it installs, and nothing can be rolled back.",
        ("s3:GetBucketVersioning",),
        versioning,
    ),
    Invariant(
        "mwaa-30",
        "The environment installs the newest version of its requirements",
        "high",
        "A changed requirements.txt is uploaded and never installed.",
        ("mwaa:GetEnvironment", "s3:ListObjectVersions"),
        newest_requirements,
    ),
    Invariant(
        "mwaa-31",
        "The constraint file is the one of the environment's Airflow and Python",
        "high",
        "pip fails or changes Airflow itself, and the environment still says AVAILABLE.",
        ("mwaa:GetEnvironment", "s3:GetObject"),
        constraints,
    ),
    Invariant(
        "mwaa-42",
        "The bucket refuses plain HTTP, and DAG publishers write DAGs only",
        "high",
        "Who may publish a DAG decides what the environment installs and which cluster it talks to.",
        ("s3:GetBucketPolicy", *POLICY_CALLS),
        access,
    ),
    Invariant(
        "mwaa-43",
        "No kubeconfig in the bucket holds a credential",
        "critical",
        "Whoever reads the bucket, old versions included, controls the cluster.",
        ("s3:ListObjectVersions", "s3:GetObject"),
        kubeconfigs,
    ),
)
