"""EKS managed add-ons and Pod Identity associations."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import Fields, as_is, block, each, parameters, same_names
from airflow_infra.rehearsal.providers.aws.calls import State, found, ignoring, timestamp, wait_until
from airflow_infra.rehearsal.providers.aws.eks_updates import DELETED, GONE, health, wait_for_update
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import change_tags, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties

_ADDON: Fields = {
    **same_names("addonVersion", "configurationValues", "serviceAccountRoleArn"),
    "podIdentityAssociations": ("podIdentityAssociations", each(block(same_names("roleArn", "serviceAccount")))),
}
_ON_CREATE: Fields = {**_ADDON, "resolveConflictsOnCreate": ("resolveConflicts", as_is)}
_ON_UPDATE: Fields = {**_ADDON, "resolveConflictsOnUpdate": ("resolveConflicts", as_is)}
_NAMES: Fields = same_names("clusterName", "addonName")


class Addon(Resource):
    """A managed add-on. Its id is `cluster:addon`."""

    type: ClassVar[str] = "aws:eks/addon:Addon"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("preserve", "tags", "tagsAll", *_NAMES, *_ON_CREATE, *_ON_UPDATE)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is ACTIVE: one whose pods find no node stays DEGRADED."""
        names = parameters(inputs, _NAMES)
        self.client("eks").create_addon(**names, **parameters(inputs, _ON_CREATE), tags=tags_of(inputs))
        id_ = f"{names['clusterName']}:{names['addonName']}"
        wait_until(f"the add-on {id_}", lambda: self._state(id_), ("ACTIVE",), ("CREATING", "DEGRADED"))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN and dates, and what AWS filled in."""
        addon = self._describe(id_)
        if addon is None:
            return None
        return {
            "addonVersion": addon["addonVersion"],
            "arn": addon["addonArn"],
            "configurationValues": addon.get("configurationValues"),
            "createdAt": timestamp(addon["createdAt"]),
            "modifiedAt": timestamp(addon["modifiedAt"]),
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Send what changed, with the way of resolving conflicts."""
        eks = self.client("eks")
        if changed & {*_ADDON}:
            only = {key: new.get(key) for key in _ON_UPDATE if key in changed or key == "resolveConflictsOnUpdate"}
            answer = eks.update_addon(**_names(id_), **parameters(only, _ON_UPDATE))
            cluster, _, addon = id_.partition(":")
            wait_for_update(eks, f"the add-on {id_}", answer, name=cluster, addonName=addon)
        described = self._describe(id_)
        if described is not None:
            change_tags(eks, described["addonArn"], old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone; with `preserve` its pods stay."""
        with ignoring(GONE):
            self.client("eks").delete_addon(**_names(id_), preserve=bool(inputs.get("preserve")))
            wait_until(f"the add-on {id_}", lambda: self._state(id_), (DELETED,), ("ACTIVE", "DELETING"))

    def _describe(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("eks").describe_addon(**_names(id_)), GONE)
        return answer and answer["addon"]

    def _state(self, id_: str) -> State:
        addon = self._describe(id_)
        return State(DELETED) if addon is None else State(addon["status"], health(addon))


def _names(id_: str) -> dict[str, str]:
    cluster, _, addon = id_.partition(":")
    return {"clusterName": cluster, "addonName": addon}


class PodIdentityAssociation(Resource):
    """A role for a Kubernetes service account. Its id is the association's id."""

    type: ClassVar[str] = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    fields: ClassVar[Fields] = same_names(
        "clusterName", "disableSessionTags", "namespace", "roleArn", "serviceAccount", "targetRoleArn"
    )
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", *fields))

    def create(self, name: str, inputs: Properties) -> str:
        """Associate the role."""
        answer = self.client("eks").create_pod_identity_association(
            **parameters(inputs, self.fields), tags=tags_of(inputs)
        )
        return answer["association"]["associationId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN and id."""
        association = self._describe(id_, inputs)
        if association is None:
            return None
        return {
            "associationArn": association["associationArn"],
            "associationId": association["associationId"],
            "disableSessionTags": association.get("disableSessionTags", False),
            "externalId": association.get("externalId"),
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Change the roles or the session tags."""
        eks = self.client("eks")
        in_place = ("roleArn", "targetRoleArn", "disableSessionTags")
        if changed & {*in_place}:
            only = {key: new.get(key) for key in in_place if key in changed}
            eks.update_pod_identity_association(
                clusterName=new["clusterName"], associationId=id_, **parameters(only, self.fields)
            )
        association = self._describe(id_, new)
        if association is not None:
            change_tags(eks, association["associationArn"], old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take the role away."""
        with ignoring(GONE):
            self.client("eks").delete_pod_identity_association(clusterName=inputs["clusterName"], associationId=id_)

    def _describe(self, id_: str, inputs: Properties) -> Any | None:
        of = {"clusterName": inputs["clusterName"], "associationId": id_}
        answer = found(lambda: self.client("eks").describe_pod_identity_association(**of), GONE)
        return answer and answer["association"]


RESOURCES: list[type[Resource]] = [Addon, PodIdentityAssociation]
