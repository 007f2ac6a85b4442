"""Settings and recordings for the tests of the program."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pydantic import TypeAdapter

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.outputs import stack_outputs
from infra.platform import Platform
from tests.infra.recording import Answers, Recording, record

SettingsFactory = Callable[..., StackSettings]

# What an account answers before the first `up`.
ACCOUNT_ANSWERS: Answers = {
    "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments": lambda _arguments: {"ids": []},
    "aws:ec2/getRouteTables:getRouteTables": lambda _arguments: {"ids": []},
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": lambda arguments: {"url": arguments["url"]},
    "aws:sesv2/getEmailIdentity:getEmailIdentity": lambda arguments: {
        "emailIdentity": arguments["emailIdentity"],
        "verifiedForSendingStatus": True,
    },
}

_SETTINGS: dict[str, Any] = {
    "account": {
        "id": "111122223333",
        "region": "eu-west-1",
        "deploy_role_arn": "arn:aws:iam::111122223333:role/restricted-admin",
    },
    "tags": {"application": "airflow", "owner": "data"},
    "vpc": {
        "cidr_block": "10.200.0.0/16",
        "availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "private_subnets": ["10.200.0.0/19", "10.200.32.0/19", "10.200.64.0/19"],
        "public_subnets": ["10.200.96.0/24", "10.200.97.0/24", "10.200.98.0/24"],
        "transit_gateways": [
            {"name": "platform", "id": "tgw-00000000000000001", "routes": ["10.40.0.0/16", "10.41.0.0/16"]},
            {"name": "analytics", "id": "tgw-00000000000000002", "inbound_only": True},
        ],
    },
    "mwaa": {
        "airflow_version": "3.3.1",
        "environment_class": "mw1.small",
        "weekly_maintenance_window_start": "SUN:03:00",
        "requirements": "--constraint https://example.org/constraints.txt\napache-airflow-providers-amazon\n",
        "xcom_sidecar_image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/alpine:3.22",
    },
    "eks": {
        "cluster": {
            "kubernetes_version": "1.36",
            "support_type": "STANDARD",
            "vpc_cni_version": "v1.22.4-eksbuild.3",
            "kube_proxy_version": "v1.36.0-eksbuild.25",
            "coredns_version": "v1.14.3-eksbuild.23",
            "pod_identity_agent_version": "v1.3.10-eksbuild.3",
            "endpoint": {"public_access_cidrs": ["203.0.113.0/24"]},
            "node_group": {"ami_release_version": "1.36.4-20261003"},
            "node_groups": [
                {
                    "name": "standard",
                    "instance_types": ["t3a.large"],
                    "scaling_config": {"min_size": 1, "max_size": 25},
                }
            ],
        },
        "cluster_autoscaler": {"chart_version": "9.59.0", "image_tag": "v1.36.1"},
        "gatekeeper": {"chart_version": "3.23.1"},
    },
}


def _merged(base: Any, changes: Any) -> Any:
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{key: _merged(base.get(key), value) for key, value in changes.items()}}
    return changes


@pytest.fixture(scope="session")
def make_settings() -> SettingsFactory:
    """Settings of an example stack, with the blocks given as keywords laid over it."""

    def make(**changes: Any) -> StackSettings:
        return TypeAdapter(StackSettings).validate_python(_merged(_SETTINGS, changes))

    return make


@pytest.fixture(scope="session")
def names() -> Names:
    return Names("dev", "111122223333", "eu-west-1")


@pytest.fixture(scope="session")
def deploy(make_settings: SettingsFactory) -> Callable[..., Recording]:
    """Records the whole platform, with blocks of the settings laid over the example's."""

    def deploy(answers: Answers | None = None, **changes: Any) -> Recording:
        settings = make_settings(**changes)
        return record(lambda: _program(settings), {**ACCOUNT_ANSWERS, **(answers or {})})

    return deploy


def _program(settings: StackSettings) -> None:
    for name, value in stack_outputs(Platform("dev", settings)).items():
        pulumi.export(name, value)


@pytest.fixture(scope="session")
def deployed(deploy: Callable[..., Recording]) -> Recording:
    """The platform as the example's settings describe it, deployed for the first time."""
    return deploy()
