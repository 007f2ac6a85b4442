"""The dev stack, groups beside its own, and pods to place on them."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from airflow_infra.settings.eks import NodeGroup, ScalingConfig
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]
HIGH_MEMORY = {"key": "high-memory", "operator": "Exists"}


@cache
def dev() -> StackSettings:
    """The dev stack: standard (1 to 25 nodes) and high-memory (0 to 1, tainted)."""
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


def node_group(name: str, *instance_types: str, min_size: int = 1, **more: Any) -> NodeGroup:
    """A node group of at most nine nodes."""
    scaling = ScalingConfig(min_size=min_size, max_size=9)
    return NodeGroup(name=name, instance_types=instance_types, scaling_config=scaling, **more)


def with_groups(*groups: NodeGroup) -> StackSettings:
    """The dev stack with other node groups."""
    settings = dev()
    cluster = settings.eks.cluster.model_copy(update={"node_groups": groups})
    return settings.model_copy(update={"eks": settings.eks.model_copy(update={"cluster": cluster})})


def without_kube2iam() -> StackSettings:
    """The dev stack without kube2iam."""
    settings = dev()
    return settings.model_copy(update={"eks": settings.eks.model_copy(update={"kube2iam": None})})


def container(name: str = "base", **more: Any) -> dict[str, Any]:
    """A container that requests little."""
    requests = {"cpu": "500m", "memory": "1Gi"}
    return {"name": name, "image": "none", "resources": {"requests": requests}, **more}


def requesting(**requests: str) -> dict[str, Any]:
    """A container with these requests."""
    return container(resources={"requests": requests})


def pod(**spec: Any) -> dict[str, Any]:
    """A pod of the airflow namespace."""
    metadata = {"name": "task", "namespace": "airflow"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container()], **spec}}
