"""Pods that KubernetesPodOperator made of the contract's calls, kept beside the policies."""

from pathlib import Path

from airflow_infra.policies.library import Manifest, read_documents
from airflow_infra.policies.pod import operator_arguments
from airflow_infra.settings.stack import StackSettings
from tests.policies.conftest import PROJECT

FOLDER = PROJECT / "infra/eks/policies/shared/samples"
OLDER = ("3.0.6", "10.7.0")
"""Airflow, and its provider: the newest that MWAA offers and that gives the XCom sidecar no security context."""


def calls(settings: StackSettings) -> dict[str, Manifest]:
    """Arguments of the operator for every node group, with and without XCom, by the name of the task's pod."""
    return {
        name: {**operator_arguments(settings, group.name), "name": name, **more}
        for group in settings.eks.cluster.node_groups
        for name, more in ((group.name, {}), (f"{group.name}-xcom", {"do_xcom_push": True}))
    }


def sample_file(provider: str) -> Path:
    """Where the pods are that a version of the provider cncf-kubernetes made."""
    return FOLDER / f"kubernetes-pod-operator-{provider}.yaml"


def samples() -> dict[str, Manifest]:
    """Every pod, by the provider's version and the pod's name."""
    return {
        f"{file.stem.rpartition('-')[2]}-{pod['metadata']['name']}": pod
        for file in sorted(FOLDER.glob("kubernetes-pod-operator-*.yaml"))
        for pod in read_documents(file)
    }
