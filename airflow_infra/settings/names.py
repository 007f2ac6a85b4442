"""Names of the AWS resources of a stack, computed, so that one service need not wait for another."""

from dataclasses import dataclass

AIRFLOW_NAMESPACE = "airflow"
"""Namespace in which Airflow's tasks run."""
TASK_SERVICE_ACCOUNT = "airflow-task"
"""Service account, in that namespace, of task pods that have an AWS role through Pod Identity."""


@dataclass(frozen=True)
class Names:
    """The explicit names and ARNs of one stack's resources."""

    stack: str
    account_id: str
    region: str

    @property
    def prefix(self) -> str:
        """Prefix of every explicit name, and the name of the environment and of the cluster."""
        return f"airflow-{self.stack}"

    @property
    def environment(self) -> str:
        """Name of the MWAA environment."""
        return self.prefix

    @property
    def environment_arn(self) -> str:
        """ARN of the MWAA environment."""
        return f"arn:aws:airflow:{self.region}:{self.account_id}:environment/{self.environment}"

    @property
    def cluster(self) -> str:
        """Name of the EKS cluster."""
        return self.prefix

    @property
    def cluster_arn(self) -> str:
        """ARN of the EKS cluster."""
        return f"arn:aws:eks:{self.region}:{self.account_id}:cluster/{self.cluster}"

    @property
    def bucket(self) -> str:
        """Name of the bucket that MWAA reads; bucket names are global, so it carries the account."""
        return f"{self.prefix}-mwaa-{self.account_id}"

    @property
    def bucket_arn(self) -> str:
        """ARN of the bucket that MWAA reads."""
        return f"arn:aws:s3:::{self.bucket}"

    @property
    def airflow_log_groups(self) -> tuple[str, ...]:
        """The five log groups of the environment, named as MWAA names them."""
        modules = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")
        return tuple(f"airflow-{self.environment}-{module}" for module in modules)

    def role_arn(self, name: str) -> str:
        """ARN of a role of this stack, by its full name."""
        return f"arn:aws:iam::{self.account_id}:role/{name}"

    @property
    def task_role_path(self) -> str:
        """IAM path of the roles that tasks assume through kube2iam; nodes may assume roles below it only."""
        return f"/{self.prefix}/"

    @property
    def flow_log_group(self) -> str:
        """Log group of the VPC's flow logs, outside of what the execution role may write."""
        return f"/aws/vpc/flow-logs/{self.prefix}"

    @property
    def control_plane_log_group(self) -> str:
        """Log group of the cluster's control plane, named as EKS names it."""
        return f"/aws/eks/{self.cluster}/cluster"
