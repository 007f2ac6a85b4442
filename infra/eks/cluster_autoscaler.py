"""The Cluster Autoscaler: adds nodes for pods that fit nowhere, takes away nodes that nothing needs."""

import pulumi

from infra.base import Context, component_options
from infra.eks.addons import pod_identity
from infra.eks.charts import Chart, release
from infra.eks.cluster import Cluster
from infra.iam.roles import Roles

SERVICE_ACCOUNT = "cluster-autoscaler"
"""Its service account in kube-system: the name that the role's trust policy knows."""


class ClusterAutoscaler(pulumi.ComponentResource):
    """The chart, limited to this cluster's Auto Scaling groups."""

    def __init__(self, context: Context, cluster: Cluster, roles: Roles) -> None:
        super().__init__("airflow:eks:ClusterAutoscaler", "cluster-autoscaler", None, component_options(context))
        settings = context.settings.eks.cluster_autoscaler
        association = pod_identity(SERVICE_ACCOUNT, cluster.cluster, roles.cluster_autoscaler, SERVICE_ACCOUNT, self)
        self.release = release(
            Chart("cluster-autoscaler", settings.chart_version, "https://kubernetes.github.io/autoscaler"),
            "kube-system",
            {
                "fullnameOverride": "cluster-autoscaler",
                "cloudProvider": "aws",
                "awsRegion": context.names.region,
                # Finds groups by the tags that EKS sets: enabled, and owned by this cluster.
                "autoDiscovery": {"clusterName": context.names.cluster},
                # Always ours: the chart's own tag belongs to another minor than the cluster's.
                "image": {"tag": settings.image_tag},
                "rbac": {"create": True, "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT}},
                "priorityClassName": "system-cluster-critical",
                "extraArgs": {
                    "expander": "least-waste",
                    # Else CoreDNS or a webhook keeps a node for ever. Each of them has a PodDisruptionBudget.
                    "skip-nodes-with-system-pods": False,
                    "ignore-daemonsets-utilization": True,
                },
            },
            cluster.object_options(self, [association]),
        )
        self.register_outputs({})
