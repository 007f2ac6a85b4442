"""The contract of a task's pod: every admission policy lets it in, and it runs on the node group that it asks for.

The one source of what `airflow-infra pod` prints, of the README's snippet, and of samples.
"""

import difflib
from typing import Any

from airflow_infra.catalogue.instance_types import instance_types
from airflow_infra.policies.library import Manifest
from airflow_infra.policies.node_groups import blocking_taints, unique_label
from airflow_infra.settings.eks import NodeGroup
from airflow_infra.settings.names import AIRFLOW_NAMESPACE, TASK_SERVICE_ACCOUNT
from airflow_infra.settings.stack import StackSettings

_KUBECONFIG = "/usr/local/airflow/dags/.kube/config"
"""Where MWAA's workers find what the program puts into the bucket's dags/ folder."""
_STARTUP_TIMEOUT_S = 600
"""Seconds. The operator's own 120 are less than a new node takes."""


def default_node_group(settings: StackSettings) -> str:
    """The group where a pod runs that asks for none: the first without taints. Every valid stack has one."""
    return next(group.name for group in settings.eks.cluster.node_groups if not blocking_taints(group))


def operator_arguments(settings: StackSettings, node_group: str) -> dict[str, Any]:
    """Keyword arguments with which KubernetesPodOperator sends such a pod, as plain data.

    Raises `ValueError`, with a suggestion, when the stack has no node group of that name.
    """
    group = _node_group(settings, node_group)
    account = settings.account
    return {
        "name": "my-task",
        "namespace": AIRFLOW_NAMESPACE,
        "image": f"{account.id}.dkr.ecr.{account.region}.amazonaws.com/my-task:1.0.0",
        "labels": {"app.kubernetes.io/name": "my-task"},
        "service_account_name": TASK_SERVICE_ACCOUNT,
        "security_context": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "container_security_context": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "container_resources": _resources(settings, group),
        **_placement(settings, group),
        "startup_timeout_seconds": _STARTUP_TIMEOUT_S,
        "config_file": _KUBECONFIG,
        "in_cluster": False,
    }


def task_pod(settings: StackSettings, node_group: str) -> Manifest:
    """The pod itself, in the words of Kubernetes.

    Raises `ValueError`, with a suggestion, when the stack has no node group of that name.
    """
    arguments = operator_arguments(settings, node_group)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {key: arguments[key] for key in ("name", "namespace", "labels")},
        "spec": {
            "serviceAccountName": arguments["service_account_name"],
            "restartPolicy": "Never",
            "securityContext": arguments["security_context"],
            **{key: arguments[key] for key in ("tolerations", "affinity") if key in arguments},
            "containers": [
                {
                    "name": "base",
                    "image": arguments["image"],
                    "securityContext": arguments["container_security_context"],
                    "resources": arguments["container_resources"],
                }
            ],
        },
    }


def _node_group(settings: StackSettings, name: str) -> NodeGroup:
    groups = {group.name: group for group in settings.eks.cluster.node_groups}
    if name not in groups:
        near = difflib.get_close_matches(name, groups, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(groups)}"
        raise ValueError(f"there is no node group {name}: {hint}")
    return groups[name]


def _placement(settings: StackSettings, group: NodeGroup) -> dict[str, Any]:
    """Toleration and node affinity for a group with taints; neither for the only one without any."""
    groups = settings.eks.cluster.node_groups
    taints = blocking_taints(group)
    if not taints and all(other is group or blocking_taints(other) for other in groups):
        return {}
    key, value = unique_label(group, groups)
    expression = {"key": key, "operator": "In", "values": [value]}
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [expression]}]
            }
        }
    }
    tolerations = [
        {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect} for taint in taints
    ]
    return {**({"tolerations": tolerations} if tolerations else {}), "affinity": affinity}


def _resources(settings: StackSettings, group: NodeGroup) -> dict[str, Any]:
    """What the namespace gives by default; in a group with taints, half of a node's memory and a quarter of its CPU."""
    known = instance_types().types
    sizes = [known[name] for name in group.instance_types if name in known]
    cpu, memory = settings.eks.airflow.default_cpu, settings.eks.airflow.default_memory
    if blocking_taints(group) and sizes:
        millicores, mib = min(size.vcpu for size in sizes) * 250, min(size.memory_gib for size in sizes) * 512
        cpu = f"{millicores}m" if millicores % 1000 else str(millicores // 1000)
        memory = f"{mib}Mi" if mib % 1024 else f"{mib // 1024}Gi"
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
