"""Where the parameters of each policy come from in a stack."""

from collections.abc import Sequence

from airflow_infra.policies.library import Manifest, Policy
from airflow_infra.policies.node_groups import blocking_taints, selecting_labels
from airflow_infra.settings.eks import NodeGroup
from airflow_infra.settings.names import TASK_SERVICE_ACCOUNT, Names
from airflow_infra.settings.stack import StackSettings

_THE_SAME_EVERYWHERE: dict[str, Manifest] = {
    "added-capabilities": {"allowed": []},
    "priority-classes": {"reserved": ["system-cluster-critical", "system-node-critical"]},
    "service-accounts": {"allowed": ["default", TASK_SERVICE_ACCOUNT]},
    "volume-types": {
        "allowedTypes": [
            "configMap",
            "csi",
            "downwardAPI",
            "emptyDir",
            "ephemeral",
            "persistentVolumeClaim",
            "projected",
            "secret",
        ]
    },
}


def stack_parameters(policy: Policy, settings: StackSettings, names: Names) -> Manifest | None:
    """Parameters of a policy in a stack; None for a policy that declares none.

    Those in its constraint.yaml are for its samples. Raises `ValueError` when it declares parameters and nothing here
    gives it any, or the other way round.
    """
    given = _THE_SAME_EVERYWHERE.get(policy.name) or _from_settings(policy.name, settings, names)
    if (given is None) != (policy.parameters is None):
        problem = (
            "declares no parameters in its cel.yaml, and airflow_infra/policies/parameters.py gives it some"
            if policy.parameters is None
            else "declares parameters: say in airflow_infra/policies/parameters.py where they come from"
        )
        raise ValueError(f"admission policy {policy.name} {problem}")
    return given


def image_registries(settings: StackSettings, names: Names) -> list[str]:
    """Prefixes of images that pods may run, `host` or `host/path`.

    The account's own ECR, what the XCom sidecar is pulled from, and what the settings add.
    """
    own = f"{names.account_id}.dkr.ecr.{names.region}.amazonaws.com"
    host, _, name = settings.mwaa.xcom_sidecar_image.partition("/")
    sidecar = f"{host}/{name.partition('@')[0].partition(':')[0]}"
    others = [] if host == own else [sidecar]
    return list(dict.fromkeys((own, *others, *settings.eks.gatekeeper.image_registries)))


def _from_settings(name: str, settings: StackSettings, names: Names) -> Manifest | None:
    if name == "image-registries":
        return {"registries": image_registries(settings, names)}
    if name == "kube2iam-roles":
        return {"rolesBelow": f"arn:aws:iam::{names.account_id}:role{names.task_role_path}"}
    if name == "dedicated-node-groups":
        return {"nodeGroups": _dedicated(settings.eks.cluster.node_groups)}
    return None


def _dedicated(groups: Sequence[NodeGroup]) -> list[Manifest]:
    """The groups whose taints keep pods away."""
    return [
        {
            "name": group.name,
            "labels": [{"key": key, "value": value} for key, value in selecting_labels(group, groups).items()],
            "taints": [taint.model_dump() for taint in blocking_taints(group)],
        }
        for group in groups
        if blocking_taints(group)
    ]
