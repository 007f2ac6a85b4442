"""Which class makes which resource type. A service's modules are imported when its first resource is."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType

from airflow_infra.rehearsal.providers.aws.resource import ClientFactory, Resource
from airflow_infra.rehearsal.providers.protocol import Properties

Function = Callable[[ClientFactory, Properties], Properties]
"""An invoke: takes clients of the call's region and checked arguments, and gives results by the schema's names."""

MODULES: dict[str, tuple[str, ...]] = {
    "autoscaling": ("autoscaling",),
    "cloudwatch": ("logs", "cloudwatch"),
    "ec2": ("network", "gateways", "routes", "security_groups", "endpoints", "flow_logs", "launch_templates"),
    "ec2transitgateway": ("transit_gateways",),
    "eks": ("eks_cluster", "eks_node_group", "eks_addon", "eks_access"),
    "iam": ("iam", "iam_oidc"),
    "index": ("invokes",),
    "kms": ("kms",),
    "mwaa": ("mwaa",),
    "s3": ("s3", "s3_objects"),
    "scheduler": ("scheduler",),
    "sesv2": ("ses",),
    "sns": ("sns",),
    "vpc": ("security_groups",),
}
"""Modules of this package by the service in a token, such as `ec2` in `aws:ec2/vpc:Vpc`.

A module lists its classes in `RESOURCES` and its functions by token in `FUNCTIONS`.
"""


def resource_class(token: str) -> type[Resource] | None:
    """The class of a resource type, or None when there is none."""
    return _classes(_service(token)).get(token)


def function_of(token: str) -> Function | None:
    """The function of an invoke's token, or None when there is none."""
    functions: dict[str, Function] = {}
    for module in _modules(_service(token)):
        functions |= getattr(module, "FUNCTIONS", {})
    return functions.get(token)


def _service(token: str) -> str:
    return token.split(":")[1].split("/")[0]


@cache
def _modules(service: str) -> tuple[ModuleType, ...]:
    return tuple(import_module(f"{__package__}.{name}") for name in MODULES.get(service, ()))


@cache
def _classes(service: str) -> dict[str, type[Resource]]:
    classes: list[type[Resource]] = []
    for module in _modules(service):
        classes += getattr(module, "RESOURCES", ())
    return {each.type: each for each in classes}
