"""What the service roles may do: nodes, the Cluster Autoscaler, flow logs, the scheduler, the DAG publisher."""

from airflow_infra.settings.names import Names
from infra.iam.documents import Condition, Document, allow, deny, document


def _owned_by_cluster(names: Names) -> Condition:
    """Auto Scaling groups of this cluster only, by the tag that EKS sets on a managed node group's group."""
    return {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{names.cluster}": "owned"}}


def _auto_scaling_groups(names: Names) -> str:
    return f"arn:aws:autoscaling:{names.region}:{names.account_id}:autoScalingGroup:*:autoScalingGroupName/*"


def task_role_policy(names: Names) -> Document:
    """kube2iam on the nodes may assume the task roles of this environment: those below its own IAM path.

    A prefix of the name would not do: airflow-dev-* matches roles of an environment airflow-dev-2 as well.
    """
    return document(
        allow(
            "AssumeTaskRoles",
            ["sts:AssumeRole"],
            f"arn:aws:iam::{names.account_id}:role{names.task_role_path}*",
        )
    )


def cluster_autoscaler_policy(names: Names) -> Document:
    """The Cluster Autoscaler sees every group and changes those of its own cluster (its AWS guide, 1.36)."""
    node_groups = f"arn:aws:eks:{names.region}:{names.account_id}:nodegroup/{names.cluster}/*"
    return document(
        allow(
            "See",
            [
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "autoscaling:DescribeTags",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            "*",
        ),
        allow("SeeNodeGroups", ["eks:DescribeNodegroup"], node_groups),
        allow(
            "ScaleOwnGroups",
            ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
            _auto_scaling_groups(names),
            _owned_by_cluster(names),
        ),
    )


def rebalancing_policy(names: Names) -> Document:
    """Scheduled calls may suspend processes of this cluster's groups: zone rebalancing kills running tasks."""
    return document(
        allow(
            "SuspendOwnGroups",
            ["autoscaling:SuspendProcesses"],
            _auto_scaling_groups(names),
            _owned_by_cluster(names),
        )
    )


def flow_logs_policy(names: Names) -> Document:
    """VPC flow logs write to their own log group, which exists before them."""
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{names.flow_log_group}"
    return document(
        allow(
            "WriteFlowLogs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [group, f"{group}:*"],
        ),
        allow("FindLogGroup", ["logs:DescribeLogGroups"], "*"),
    )


def dag_publisher_policy(names: Names, key_arn: str | None) -> Document:
    """The DAG publisher syncs dags/, but for the cluster's kubeconfig: who writes that decides what MWAA executes."""
    statements = [
        allow(
            "ListDags",
            ["s3:ListBucket"],
            names.bucket_arn,
            {"StringLike": {"s3:prefix": ["dags", "dags/*"]}},
        ),
        allow("SyncDags", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{names.bucket_arn}/dags/*"),
        deny("SpareKubeconfig", ["s3:PutObject*", "s3:DeleteObject*"], f"{names.bucket_arn}/dags/.kube/*"),
    ]
    if key_arn is not None:
        statements.append(allow("CustomerKey", ["kms:Decrypt", "kms:GenerateDataKey"], key_arn))
    return document(*statements)
