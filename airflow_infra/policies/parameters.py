"""Where the parameters of each policy come from in a stack."""

from airflow_infra.policies.library import Manifest, Policy
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings

_AS_ON_DISK = frozenset({"volume-types", "added-capabilities", "priority-classes", "service-accounts"})
"""Policies whose parameters are the same in every stack: those of their constraint.yaml."""


def stack_parameters(policy: Policy, settings: StackSettings, names: Names) -> Manifest | None:
    """Parameters of a policy in a stack; None for a policy that declares none.

    Raises `ValueError` when it declares parameters and nothing here gives it any, or the other way round.
    """
    given = _from_settings(policy.name, settings, names)
    if policy.name in _AS_ON_DISK:
        given = policy.applied["spec"].get("parameters")
    if (given is None) != (policy.parameters is None):
        problem = (
            "declares no parameters in its cel.yaml, and airflow_infra/policies/parameters.py gives it some"
            if policy.parameters is None
            else "declares parameters: say in airflow_infra/policies/parameters.py where they come from"
        )
        raise ValueError(f"admission policy {policy.name} {problem}")
    return given


def image_registries(settings: StackSettings, names: Names) -> list[str]:
    """Prefixes of images that pods may run: `host` or `host/path`, the account's own ECR first."""
    own = f"{names.account_id}.dkr.ecr.{names.region}.amazonaws.com"
    return list(dict.fromkeys((own, *settings.eks.gatekeeper.image_registries)))


def _from_settings(name: str, settings: StackSettings, names: Names) -> Manifest | None:
    if name == "image-registries":
        return {"registries": image_registries(settings, names)}
    if name == "kube2iam-roles":
        # kube2iam puts its base ARN before a role that is no ARN: a name alone, without a path.
        return {"roles": [f"arn:aws:iam::{names.account_id}:role{names.task_role_path}"]}
    if name == "dedicated-node-groups":
        return {
            "nodeGroups": [
                {
                    "name": group.name,
                    "labels": dict(group.labels),
                    "taints": [taint.model_dump() for taint in group.taints],
                }
                for group in settings.eks.cluster.node_groups
                if group.taints
            ]
        }
    return None
