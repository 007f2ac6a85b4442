"""kube2iam: AWS roles by annotation, for workloads that have not moved to Pod Identity. Without its block, nothing."""

import pulumi

from infra.base import Context, component_options
from infra.eks.charts import Chart, release
from infra.eks.cluster import Cluster
from infra.iam.roles import Roles


class Kube2iam(pulumi.ComponentResource):
    """The chart, on every node, tainted ones too. Only where the stack file has its block."""

    def __init__(self, context: Context, cluster: Cluster, roles: Roles) -> None:
        super().__init__("airflow:eks:Kube2iam", "kube2iam", None, component_options(context))
        settings, default_role = context.settings.eks.kube2iam, roles.kube2iam_default
        if settings is None or default_role is None:
            raise ValueError("kube2iam is not in the stack file: expected eks.kube2iam with a chart_version")
        names = context.names
        self.release = release(
            Chart("oci://ghcr.io/jtblin/kube2iam-chart", settings.chart_version),
            "kube-system",
            {
                "image": {"tag": settings.chart_version},
                "aws": {"region": names.region},
                "rbac": {"create": True},
                "updateStrategy": "RollingUpdate",
                "priorityClassName": "system-node-critical",
                "tolerations": [{"operator": "Exists"}],
                # The VPC CNI's interfaces; on docker0, the chart's default, the redirect would catch nothing.
                "host": {"interface": "eni+", "iptables": True},
                "extraArgs": {
                    "base-role-arn": f"arn:aws:iam::{names.account_id}:role{names.task_role_path}",
                    "default-role": default_role.role.name,
                    "namespace-restrictions": True,
                    "use-regional-sts-endpoint": True,
                },
            },
            cluster.object_options(self, [*roles.node.policies, *default_role.policies]),
        )
        self.register_outputs({})
