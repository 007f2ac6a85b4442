"""A task that needs a node with much memory: the toleration lets it onto one, the affinity keeps it off all others."""

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG

HIGH_MEMORY = {
    "tolerations": [{"key": "high-memory", "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "high-memory", "operator": "In", "values": ["true"]}]}
                ]
            }
        }
    },
}

with DAG("high_memory", schedule=None, tags=["example"]):
    KubernetesPodOperator(
        task_id="aggregate",
        namespace="airflow",
        # in the account's own registry: replace the account's number and the region
        image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22",
        cmds=["free"],
        arguments=["-g"],
        service_account_name="airflow-task",
        security_context={"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        container_security_context={"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        container_resources={"requests": {"cpu": "4", "memory": "64Gi"}, "limits": {"memory": "64Gi"}},
        **HIGH_MEMORY,
        # the group has no nodes until one is asked for
        startup_timeout_seconds=600,
        config_file="/usr/local/airflow/dags/.kube/config",
        in_cluster=False,
    )
