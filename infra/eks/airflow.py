"""The namespace in which Airflow's tasks run, with what limits, protects and lets them through."""

import json

import pulumi
import pulumi_kubernetes as k8s

from airflow_infra.settings.names import AIRFLOW_NAMESPACE as NAMESPACE
from airflow_infra.settings.names import TASK_SERVICE_ACCOUNT
from infra.base import Context, component_options
from infra.eks.access import MWAA_GROUP
from infra.eks.cluster import Cluster
from infra.iam.roles import Roles

_POD_IDENTITY_AGENT = "169.254.170.23/32"
_INSTANCE_METADATA = "169.254.169.254/32"
_LINK_LOCAL = "169.254.0.0/16"


class AirflowNamespace(pulumi.ComponentResource):
    """The airflow namespace."""

    def __init__(self, context: Context, cluster: Cluster, roles: Roles) -> None:
        super().__init__("airflow:eks:AirflowNamespace", "airflow-namespace", None, component_options(context))
        self._context = context
        self._settings = context.settings.eks.airflow
        self.namespace = self._namespace(cluster, roles)
        self._inside = cluster.object_options(self, [self.namespace])
        self._limits()
        self._network_policy()
        self._running_tasks_stay()
        self.service_account = k8s.core.v1.ServiceAccount(
            TASK_SERVICE_ACCOUNT,
            metadata={"name": TASK_SERVICE_ACCOUNT, "namespace": NAMESPACE},
            automount_service_account_token=False,
            opts=self._inside,
        )
        self._default_service_account()
        self._rights_of_mwaa()
        self.register_outputs({})

    def _namespace(self, cluster: Cluster, roles: Roles) -> k8s.core.v1.Namespace:
        annotations: dict[str, pulumi.Input[str]] = {}
        if roles.kube2iam_default is not None:
            names = self._context.names
            task_roles = f"arn:aws:iam::{names.account_id}:role{names.task_role_path}*"
            annotations["iam.amazonaws.com/allowed-roles"] = json.dumps([task_roles])
        return k8s.core.v1.Namespace(
            NAMESPACE,
            metadata={
                "name": NAMESPACE,
                "annotations": annotations,
                "labels": {
                    "pod-security.kubernetes.io/enforce": "baseline",
                    "pod-security.kubernetes.io/audit": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            },
            opts=cluster.object_options(self),
        )

    def _limits(self) -> None:
        """Quota and defaults. The quota counts requests, so that every container has to have some."""
        settings = self._settings
        k8s.core.v1.ResourceQuota(
            "tasks",
            metadata={"name": "tasks", "namespace": NAMESPACE},
            spec={
                "hard": {
                    "pods": str(settings.max_pods),
                    "requests.cpu": settings.max_cpu,
                    "requests.memory": settings.max_memory,
                }
            },
            opts=self._inside,
        )
        k8s.core.v1.LimitRange(
            "tasks",
            metadata={"name": "tasks", "namespace": NAMESPACE},
            spec={
                "limits": [
                    {
                        "type": "Container",
                        "default_request": {"cpu": settings.default_cpu, "memory": settings.default_memory},
                        "default": {"memory": settings.default_memory},
                    }
                ]
            },
            opts=self._inside,
        )

    def _network_policy(self) -> None:
        """Nobody connects to a task; a task connects to everything but link-local addresses.

        Of those it needs the Pod Identity agent, and the instance metadata address where kube2iam answers on it: the
        redirect to kube2iam's port on the node happens after the policy has seen the packet (unverified here).
        """
        link_local = [_POD_IDENTITY_AGENT]
        if self._context.settings.eks.kube2iam is not None:
            link_local.append(_INSTANCE_METADATA)
        k8s.networking.v1.NetworkPolicy(
            "tasks",
            metadata={"name": "tasks", "namespace": NAMESPACE},
            spec={
                "pod_selector": {},
                "policy_types": ["Ingress", "Egress"],
                "egress": [
                    {
                        "to": [
                            {
                                "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
                                "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
                            }
                        ],
                        "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
                    },
                    {
                        "to": [{"ip_block": {"cidr": cidr}} for cidr in link_local],
                        "ports": [{"protocol": "TCP", "port": 80}],
                    },
                    {"to": [{"ip_block": {"cidr": "0.0.0.0/0", "except_": [_LINK_LOCAL]}}]},
                ],
            },
            opts=self._inside,
        )

    def _running_tasks_stay(self) -> None:
        """No task pod is evicted: not for a node update, not for a smaller cluster.

        For pods without a controller Kubernetes supports only `minAvailable` as a number (Kubernetes documentation,
        disruption budgets for arbitrary workloads). The quota's number of pods can never be exceeded, so it allows
        no eviction at any time. Finished pods are not held.
        """
        k8s.policy.v1.PodDisruptionBudget(
            "running-tasks",
            metadata={"name": "running-tasks", "namespace": NAMESPACE},
            spec={"min_available": self._settings.max_pods, "selector": {}},
            opts=self._inside,
        )

    def _default_service_account(self) -> None:
        """No token of the API server for pods that name no service account, which is what most tasks do.

        Kubernetes makes this account by itself, soon after the namespace. A ServiceAccount of ours would fail wherever
        Kubernetes was quicker (pulumi-kubernetes 4.34: "already exists" unless the provider upserts everything), and
        its deletion would take Kubernetes' own object away. A patch is applied on the server: whoever comes first makes
        the object, and a destroy gives back this one field.
        """
        k8s.core.v1.ServiceAccountPatch(
            "default",
            metadata={"name": "default", "namespace": NAMESPACE},
            automount_service_account_token=False,
            opts=self._inside,
        )

    def _rights_of_mwaa(self) -> None:
        """What KubernetesPodOperator asks of the API server, in this namespace and nowhere else."""
        role = k8s.rbac.v1.Role(
            MWAA_GROUP,
            metadata={"name": MWAA_GROUP, "namespace": NAMESPACE},
            rules=[
                {
                    "api_groups": [""],
                    "resources": ["pods"],
                    "verbs": ["get", "list", "watch", "create", "patch", "delete"],
                },
                {"api_groups": [""], "resources": ["pods/log"], "verbs": ["get"]},
                # Only to read the result from the XCom sidecar.
                {"api_groups": [""], "resources": ["pods/exec"], "verbs": ["get", "create"]},
                {"api_groups": [""], "resources": ["events"], "verbs": ["list", "watch"]},
            ],
            opts=self._inside,
        )
        k8s.rbac.v1.RoleBinding(
            MWAA_GROUP,
            metadata={"name": MWAA_GROUP, "namespace": NAMESPACE},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": MWAA_GROUP},
            subjects=[{"api_group": "rbac.authorization.k8s.io", "kind": "Group", "name": MWAA_GROUP}],
            opts=pulumi.ResourceOptions.merge(self._inside, pulumi.ResourceOptions(depends_on=[role])),
        )
