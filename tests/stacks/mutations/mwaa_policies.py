"""What is broken on purpose about the policies around the Airflow environment: its role, its bucket, its UI."""

import json
from collections.abc import Callable
from typing import Any

from mutations.mutation import Broken, Mutation, Undo

Document = dict[str, Any]
Break = Callable[[Broken], Undo]


def trusting(change: Callable[[Document], None]) -> Break:
    """The execution role with another trust policy; `change` is given its only statement."""

    def break_it(broken: Broken) -> Undo:
        iam, role = broken.client("iam"), f"{broken.names.prefix}-execution"
        before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        after = json.loads(json.dumps(before))
        change(after["Statement"][0])
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
        return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))

    return break_it


def without_condition(statement: Document) -> None:
    del statement["Condition"]


def with_lenient_condition(statement: Document) -> None:
    account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
    statement["Condition"] = {"StringEqualsIfExists": {"aws:SourceAccount": account}}


def with_another_service(statement: Document) -> None:
    statement["Principal"]["Service"].append("lambda.amazonaws.com")


def granted(action: str, resource: str) -> Break:
    """One more inline policy of the execution role; {region} and {account} are filled in."""

    def break_it(broken: Broken) -> Undo:
        iam, role, names = broken.client("iam"), f"{broken.names.prefix}-execution", broken.names
        arn = resource.format(region=names.region, account=names.account_id)
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}]}
        iam.put_role_policy(RoleName=role, PolicyName="by-hand", PolicyDocument=json.dumps(document))
        return lambda: iam.delete_role_policy(RoleName=role, PolicyName="by-hand")

    return break_it


def rewritten(role: str, change: Callable[[dict[str, Document]], object]) -> Break:
    """The inline policy of a role rewritten; `change` is given its statements by Sid."""

    def break_it(broken: Broken) -> Undo:
        iam, full = broken.client("iam"), f"{broken.names.prefix}-{role}"
        before = iam.get_role_policy(RoleName=full, PolicyName=role)["PolicyDocument"]
        after = changed(before, change)
        iam.put_role_policy(RoleName=full, PolicyName=role, PolicyDocument=json.dumps(after))
        return lambda: iam.put_role_policy(RoleName=full, PolicyName=role, PolicyDocument=json.dumps(before))

    return break_it


def bucket_policy(change: Callable[[dict[str, Document]], object]) -> Break:
    """The bucket's policy rewritten; `change` is given its statements by Sid."""

    def break_it(broken: Broken) -> Undo:
        s3, bucket = broken.client("s3"), broken.names.bucket
        before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(changed(json.loads(before), change)))
        return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before)

    return break_it


def changed(document: Document, change: Callable[[dict[str, Document]], object]) -> Document:
    """A policy document with its statements changed."""
    statements = {one["Sid"]: one for one in json.loads(json.dumps(document))["Statement"]}
    change(statements)
    return {**document, "Statement": list(statements.values())}


def ui_policy_for_every_environment(broken: Broken) -> Undo:
    iam, names = broken.client("iam"), broken.names
    arn = f"arn:aws:airflow:{names.region}:{names.account_id}:role/*/Admin"
    statement = {"Effect": "Allow", "Action": "airflow:CreateWebLoginToken", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = iam.create_policy(PolicyName="admin-of-everything", PolicyDocument=document)["Policy"]["Arn"]
    return lambda: iam.delete_policy(PolicyArn=policy)


def ui_policy_for_another_environment(broken: Broken) -> Undo:
    iam, names = broken.client("iam"), broken.names
    policy = f"arn:aws:iam::{names.account_id}:policy/{names.prefix}-ui-viewer"
    arn = f"arn:aws:airflow:{names.region}:{names.account_id}:role/another/Viewer"
    statement = {"Effect": "Allow", "Action": "airflow:CreateWebLoginToken", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    before = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    version = iam.create_policy_version(PolicyArn=policy, PolicyDocument=document, SetAsDefault=True)["PolicyVersion"]

    def undo() -> None:
        iam.set_default_policy_version(PolicyArn=policy, VersionId=before)
        iam.delete_policy_version(PolicyArn=policy, VersionId=version["VersionId"])

    return undo


MUTATIONS: tuple[Mutation, ...] = (
    Mutation("mwaa-24", "the trust policy has no condition", trusting(without_condition)),
    Mutation(
        "mwaa-24",
        "the trust policy's condition holds for requests that name no account",
        trusting(with_lenient_condition),
    ),
    Mutation("mwaa-24", "the trust policy names another service as well", trusting(with_another_service)),
    Mutation(
        "mwaa-25",
        "the execution role may not send to the Celery queue",
        rewritten("execution", lambda statements: statements["CeleryQueue"]["Action"].remove("sqs:SendMessage")),
    ),
    Mutation(
        "mwaa-25",
        "the execution role may use the queue's key through S3 instead of SQS",
        rewritten(
            "execution",
            lambda statements: statements["QueueKeyOfAws"].update(
                Condition={"StringLike": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
            ),
        ),
    ),
    Mutation("mwaa-26", "the execution role may read every bucket", granted("s3:GetObject", "arn:aws:s3:::*")),
    Mutation(
        "mwaa-27",
        "the execution role may describe every cluster",
        granted("eks:DescribeCluster", "arn:aws:eks:{region}:{account}:cluster/*"),
    ),
    Mutation(
        "mwaa-36",
        "the execution role may read all secrets of Airflow, without a backend",
        granted("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:{region}:{account}:secret:airflow/*"),
    ),
    Mutation(
        "mwaa-36",
        "the execution role may read the secrets beside its prefixes too",
        granted("secretsmanager:Get*", "arn:aws:secretsmanager:{region}:{account}:secret:airflow/prod/*"),
        stack="prod",
    ),
    Mutation("mwaa-41", "a policy lets into every environment", ui_policy_for_every_environment),
    Mutation("mwaa-41", "the viewers' policy names another environment", ui_policy_for_another_environment),
    Mutation(
        "mwaa-42",
        "the bucket takes plain HTTP",
        bucket_policy(lambda statements: statements.pop("TlsOnly")),
    ),
    Mutation(
        "mwaa-42",
        "everybody may write the kubeconfig who may write DAGs",
        bucket_policy(lambda statements: statements.pop("KubeconfigByDeployerOnly")),
    ),
    Mutation(
        "mwaa-42",
        "the DAG publisher may write the kubeconfig",
        rewritten("dag-publisher", lambda statements: statements.pop("SpareKubeconfig")),
    ),
)
