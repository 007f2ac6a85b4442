"""A task in a pod on a standard node: the least that the cluster's admission policies let in."""

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG

with DAG("hello", schedule=None, tags=["example"]):
    KubernetesPodOperator(
        task_id="hello",
        namespace="airflow",
        # in the account's own registry: replace the account's number and the region
        image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22",
        cmds=["echo"],
        arguments=["hello from {{ run_id }}"],
        service_account_name="airflow-task",
        security_context={"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        container_security_context={"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        container_resources={"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        startup_timeout_seconds=600,
        config_file="/usr/local/airflow/dags/.kube/config",
        in_cluster=False,
    )
