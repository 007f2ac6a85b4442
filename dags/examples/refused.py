"""A task whose pod the cluster refuses: it asks for a privileged container."""

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG

with DAG("refused", schedule=None, tags=["example"]):
    KubernetesPodOperator(
        task_id="privileged",
        namespace="airflow",
        # in the account's own registry: replace the account's number and the region
        image="111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22",
        cmds=["id"],
        service_account_name="airflow-task",
        security_context={"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        container_security_context={"privileged": True},
        container_resources={"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        startup_timeout_seconds=600,
        config_file="/usr/local/airflow/dags/.kube/config",
        in_cluster=False,
    )
