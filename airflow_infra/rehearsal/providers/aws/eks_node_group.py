"""EKS managed node groups."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import Fields, as_is, block, each, integer, parameters, same_names
from airflow_infra.rehearsal.providers.aws.calls import State, found, ignoring, wait_until
from airflow_infra.rehearsal.providers.aws.eks_updates import DELETED, GONE, health, wait_for_update
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import change_tags, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties


def _integers(*keys: str) -> Fields:
    return {key: (key, integer) for key in keys}


def _version_text(value: Any, path: str) -> str:
    """A launch template version: a number, $Latest or $Default, as text."""
    return value if isinstance(value, str) else str(integer(value, path))


_TAINT = block(same_names("key", "value", "effect"))
_LAUNCH_TEMPLATE = block({**same_names("id", "name"), "version": ("version", _version_text)})
_FIELDS: Fields = {
    **same_names("clusterName", "amiType", "capacityType", "instanceTypes", "labels", "releaseVersion", "version"),
    "diskSize": ("diskSize", integer),
    "launchTemplate": ("launchTemplate", _LAUNCH_TEMPLATE),
    "nodeGroupName": ("nodegroupName", as_is),
    "nodeRepairConfig": ("nodeRepairConfig", block(same_names("enabled"))),
    "nodeRoleArn": ("nodeRole", as_is),
    "scalingConfig": ("scalingConfig", block(_integers("minSize", "maxSize", "desiredSize"))),
    "subnetIds": ("subnets", as_is),
    "taints": ("taints", each(_TAINT)),
    "updateConfig": (
        "updateConfig",
        block({**_integers("maxUnavailable", "maxUnavailablePercentage"), **same_names("updateStrategy")}),
    ),
}
_ROLLS_NODES = ("launchTemplate", "releaseVersion", "version")
_CONFIG = ("nodeRepairConfig", "scalingConfig", "updateConfig")


class NodeGroup(Resource):
    """A managed node group. Its id is `cluster:name`."""

    type: ClassVar[str] = "aws:eks/nodeGroup:NodeGroup"
    handles: ClassVar[frozenset[str] | None] = frozenset(("forceUpdateVersion", "tags", "tagsAll", *_FIELDS))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is ACTIVE."""
        self.client("eks").create_nodegroup(**parameters(inputs, _FIELDS), tags=tags_of(inputs))
        id_ = f"{inputs['clusterName']}:{inputs['nodeGroupName']}"
        wait_until(f"the node group {id_}", lambda: self._state(id_), ("ACTIVE",), ("CREATING",))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its Auto Scaling group, and what AWS filled in."""
        group = self._describe(id_)
        if group is None:
            return None
        resources = group.get("resources", {})
        names = [{"name": one["name"]} for one in resources.get("autoScalingGroups", [])]
        outputs = {
            key: group[name]
            for key, name in (
                ("amiType", "amiType"),
                ("capacityType", "capacityType"),
                ("diskSize", "diskSize"),
                ("instanceTypes", "instanceTypes"),
                ("releaseVersion", "releaseVersion"),
                ("scalingConfig", "scalingConfig"),
                ("updateConfig", "updateConfig"),
                ("version", "version"),
            )
            if name in group
        }
        return {
            **outputs,
            "arn": group["nodegroupArn"],
            "nodeGroupName": group["nodegroupName"],
            "resources": [
                {
                    "autoscalingGroups": names,
                    "remoteAccessSecurityGroupId": resources.get("remoteAccessSecurityGroup"),
                }
            ],
            "status": group["status"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """What rolls the nodes first, then labels, taints and sizes in one call."""
        eks = self.client("eks")
        of = _names(id_)
        if changed & {*_ROLLS_NODES}:
            only = {key: new.get(key) for key in _ROLLS_NODES if key in changed or key == "launchTemplate"}
            force = bool(new.get("forceUpdateVersion"))
            answer = eks.update_nodegroup_version(**of, **parameters(only, _FIELDS), force=force)
            self._wait(id_, answer)
        config = {
            **parameters({key: new.get(key) for key in _CONFIG if key in changed}, _FIELDS),
            **_label_changes(old, new),
            **_taint_changes(old, new),
        }
        if config:
            self._wait(id_, eks.update_nodegroup_config(**of, **config))
        group = self._describe(id_)
        if group is not None:
            change_tags(eks, group["nodegroupArn"], old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone, with its Auto Scaling group."""
        with ignoring(GONE):
            self.client("eks").delete_nodegroup(**_names(id_))
            wait_until(f"the node group {id_}", lambda: self._state(id_), (DELETED,), ("ACTIVE", "DELETING"))

    def _describe(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("eks").describe_nodegroup(**_names(id_)), GONE)
        return answer and answer["nodegroup"]

    def _state(self, id_: str) -> State:
        group = self._describe(id_)
        return State(DELETED) if group is None else State(group["status"], health(group))

    def _wait(self, id_: str, answer: Any) -> None:
        names = _names(id_)
        of = {"name": names["clusterName"], "nodegroupName": names["nodegroupName"]}
        wait_for_update(self.client("eks"), f"the node group {id_}", answer, **of)


def _names(id_: str) -> dict[str, str]:
    cluster, _, name = id_.partition(":")
    return {"clusterName": cluster, "nodegroupName": name}


def _label_changes(old: Properties, new: Properties) -> Properties:
    before, after = old.get("labels") or {}, new.get("labels") or {}
    changes = {
        "addOrUpdateLabels": {key: value for key, value in after.items() if before.get(key) != value},
        "removeLabels": sorted(set(before) - set(after)),
    }
    changes = {key: value for key, value in changes.items() if value}
    return {"labels": changes} if changes else {}


def _taint_changes(old: Properties, new: Properties) -> Properties:
    """Taints are told apart by key and effect: another value updates one, anything else removes and adds."""
    before, after = (
        {(taint["key"], taint["effect"]): taint for taint in each(_TAINT)(side.get("taints") or [], "taints")}
        for side in (old, new)
    )
    changes = {
        "addOrUpdateTaints": [taint for key, taint in after.items() if before.get(key) != taint],
        "removeTaints": [taint for key, taint in before.items() if key not in after],
    }
    changes = {key: value for key, value in changes.items() if value}
    return {"taints": changes} if changes else {}


RESOURCES: list[type[Resource]] = [NodeGroup]
