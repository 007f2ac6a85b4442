"""The one place of wiring: builds every component and hands each what it needs."""

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.base import Context, aws_provider
from infra.eks.airflow import AirflowNamespace
from infra.eks.cluster import Cluster
from infra.eks.cluster_autoscaler import ClusterAutoscaler
from infra.eks.gatekeeper import Gatekeeper
from infra.eks.kube2iam import Kube2iam
from infra.iam.policies import UiAccess
from infra.iam.roles import Roles
from infra.kms import CustomerKey
from infra.monitoring import Monitoring
from infra.mwaa import Environment
from infra.network.flow_logs import FlowLogs
from infra.s3 import MwaaBucket
from infra.vpc import Network


class Platform:
    """The whole platform of one stack. The environment and the cluster, which take longest, wait for neither other."""

    def __init__(self, stack: str, settings: StackSettings) -> None:
        names = Names(stack, settings.account.id, settings.account.region)
        self.context = context = Context(settings, names, aws_provider(settings, names))

        key_arn = CustomerKey(context).key.arn if settings.encryption.customer_managed_key else None
        self.network = Network(context)
        self.roles = Roles(context, key_arn)
        self.ui_access = UiAccess(context)
        self.flow_logs = FlowLogs(context, self.network.vpc, self.roles.flow_logs, key_arn)
        self.bucket = MwaaBucket(context, key_arn)
        self.environment = Environment(context, self.network, self.roles, self.bucket, key_arn)

        self.cluster = Cluster(context, self.network, self.roles, key_arn)
        self.kubeconfig = self.bucket.publish_kubeconfig(context, self.cluster.cluster)
        self.cluster_autoscaler = ClusterAutoscaler(context, self.cluster, self.roles)
        self.gatekeeper = Gatekeeper(context, self.cluster)
        self.kube2iam = Kube2iam(context, self.cluster, self.roles) if settings.eks.kube2iam else None
        self.airflow_namespace = AirflowNamespace(context, self.cluster, self.roles)
        self.monitoring = Monitoring(context, self.network, self.environment, self.cluster)
