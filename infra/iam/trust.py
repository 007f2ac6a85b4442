"""Trust policies: who may assume each role."""

from airflow_infra.settings.mwaa import DagPublisher
from airflow_infra.settings.names import Names
from infra.iam.documents import Condition, Document, Statement, document

GITHUB_ISSUER = "token.actions.githubusercontent.com"
GITHUB_AUDIENCE = "sts.amazonaws.com"


def _assume_role(principal: dict[str, str | list[str]], condition: Condition | None = None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return statement if condition is None else {**statement, "Condition": condition}


def service_trust(service: str) -> Document:
    """An AWS service that passes no source with its request."""
    return document(_assume_role({"Service": service}))


def environment_trust(names: Names) -> Document:
    """MWAA, on behalf of exactly this environment (MWAA user guide, execution role)."""
    return document(
        _assume_role(
            {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
            {
                "StringEquals": {"aws:SourceAccount": names.account_id},
                "ArnLike": {"aws:SourceArn": names.environment_arn},
            },
        )
    )


def pod_identity_trust(names: Names, namespace: str, service_account: str) -> Document:
    """One service account of this cluster, by the session tags of EKS Pod Identity (EKS user guide, pod-id-role)."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": names.account_id,
                    "aws:RequestTag/eks-cluster-arn": names.cluster_arn,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                }
            },
        }
    )


def role_trust(role_arn: str) -> Document:
    """Another role."""
    return document(_assume_role({"AWS": role_arn}))


def flow_logs_trust(names: Names) -> Document:
    """VPC flow logs of this account and region."""
    return document(
        _assume_role(
            {"Service": "vpc-flow-logs.amazonaws.com"},
            {
                "StringEquals": {"aws:SourceAccount": names.account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{names.region}:{names.account_id}:vpc-flow-log/*"},
            },
        )
    )


def scheduler_trust(names: Names) -> Document:
    """EventBridge Scheduler, for schedules of this account."""
    return document(
        _assume_role({"Service": "scheduler.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": names.account_id}})
    )


def dag_publisher_trust(names: Names, publisher: DagPublisher) -> Document:
    """GitHub Actions of one branch of one repository."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{names.account_id}:oidc-provider/{GITHUB_ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{GITHUB_ISSUER}:aud": GITHUB_AUDIENCE,
                    f"{GITHUB_ISSUER}:sub": f"repo:{publisher.repository}:ref:refs/heads/{publisher.branch}",
                }
            },
        }
    )
