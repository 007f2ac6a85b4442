"""Recordings of the cluster and everything on it."""

from collections.abc import Callable

import pytest

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.base import Context, aws_provider
from infra.eks.airflow import AirflowNamespace
from infra.eks.cluster import Cluster
from infra.eks.cluster_autoscaler import ClusterAutoscaler
from infra.eks.gatekeeper import Gatekeeper
from infra.eks.kube2iam import Kube2iam
from infra.iam.roles import Roles
from infra.vpc import Network
from tests.infra.conftest import ACCOUNT_ANSWERS, SettingsFactory
from tests.infra.recording import Recording, record

STANDARD = {
    "name": "standard",
    "instance_types": ["t3a.large"],
    "scaling_config": {"min_size": 1, "max_size": 25},
}
HIGH_MEMORY = {
    "name": "high-memory",
    "instance_types": ["r6i.4xlarge"],
    "scaling_config": {"min_size": 0, "max_size": 1},
    "disk_size": 100,
    "labels": {"high-memory": "true"},
    "taints": [{"key": "high-memory", "value": "true", "effect": "NoSchedule"}],
    "ami_release_version": "1.36.4-20261010",
}

Deploy = Callable[..., Recording]


def _program(settings: StackSettings) -> None:
    names = Names("dev", settings.account.id, settings.account.region)
    context = Context(settings, names, aws_provider(settings, names))
    network, roles = Network(context), Roles(context)
    cluster = Cluster(context, network, roles)
    ClusterAutoscaler(context, cluster, roles)
    Gatekeeper(context, cluster)
    AirflowNamespace(context, cluster, roles)
    if settings.eks.kube2iam is not None:
        Kube2iam(context, cluster, roles)


@pytest.fixture(scope="session")
def deploy_eks(make_settings: SettingsFactory) -> Deploy:
    """Records the cluster and what runs on it, with blocks laid over the example's eks settings."""

    def deploy(**changes: object) -> Recording:
        cluster = {"node_groups": [STANDARD, HIGH_MEMORY]}
        base = {"cluster": cluster, "kube2iam": {"chart_version": "0.15.0"}}
        eks = {**base, **changes, "cluster": {**cluster, **dict(changes.get("cluster") or {})}}  # pyright: ignore
        settings = make_settings(eks=eks)
        return record(lambda: _program(settings), ACCOUNT_ANSWERS)

    return deploy


@pytest.fixture(scope="session")
def eks(deploy_eks: Deploy) -> Recording:
    """The cluster with both node groups, kube2iam included."""
    return deploy_eks()
