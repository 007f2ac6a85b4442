"""The AWS role that a pod may assume, as far as the stack gives it one."""

from dataclasses import dataclass
from typing import Any

from airflow_infra.settings.names import AIRFLOW_NAMESPACE, Names
from airflow_infra.settings.stack import StackSettings

ANNOTATION = "iam.amazonaws.com/role"
"""kube2iam's annotation: a role's name below the task roles' path, or its ARN."""

_ASSOCIATED = {
    ("kube-system", "aws-node"): "vpc-cni",
    ("kube-system", "cluster-autoscaler"): "cluster-autoscaler",
}
"""Roles by Pod Identity, by namespace and service account, as the platform associates them."""


@dataclass(frozen=True)
class Assumed:
    """A pod's role."""

    role: str | None
    """Its ARN; None without one."""
    problem: str | None = None
    """What does not give it the role that it asks for."""


def assumed_role(pod: dict[str, Any], settings: StackSettings, names: Names) -> Assumed:
    """The role of a pod: by Pod Identity, else through kube2iam, or the node's own for a pod on its network.

    An association that somebody made outside of the stack is not known here.
    """
    metadata, spec = pod["metadata"], pod["spec"]
    namespace = metadata.get("namespace") or AIRFLOW_NAMESPACE
    associated = _ASSOCIATED.get((namespace, spec.get("serviceAccountName") or "default"))
    if associated:
        return Assumed(names.role_arn(f"{names.prefix}-{associated}"))
    asked = (metadata.get("annotations") or {}).get(ANNOTATION)
    if spec.get("hostNetwork"):
        return Assumed(names.role_arn(f"{names.prefix}-node"))
    if settings.eks.kube2iam is None:
        problem = f"metadata.annotations {ANNOTATION} does nothing: this stack has no kube2iam" if asked else None
        return Assumed(None, problem)
    base = names.role_arn(names.task_role_path.strip("/") + "/")
    if not asked:
        return Assumed(f"{base}{names.prefix}-kube2iam-default")
    role = asked if asked.startswith("arn:") else base + asked
    if namespace != AIRFLOW_NAMESPACE:
        return Assumed(None, f"kube2iam gives {role} to pods of the namespace {AIRFLOW_NAMESPACE} only")
    if not role.startswith(base):
        return Assumed(None, f"kube2iam gives roles below {base} only, not {role}")
    return Assumed(role)
