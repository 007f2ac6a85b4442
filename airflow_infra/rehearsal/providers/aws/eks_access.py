"""Who may use an EKS cluster's API: access entries and access policies."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import Fields, as_is, block, parameters, same_names
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring, timestamp
from airflow_infra.rehearsal.providers.aws.eks_updates import GONE
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import change_tags, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties


class AccessEntry(Resource):
    """A principal that the cluster knows. Its id is `cluster:principal`."""

    type: ClassVar[str] = "aws:eks/accessEntry:AccessEntry"
    fields: ClassVar[Fields] = {
        **same_names("clusterName", "principalArn", "kubernetesGroups", "type"),
        "userName": ("username", as_is),
    }
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", *fields))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it."""
        self.client("eks").create_access_entry(**parameters(inputs, self.fields), tags=tags_of(inputs))
        return f"{inputs['clusterName']}:{inputs['principalArn']}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN and dates, and the user name and groups that hold."""
        entry = self._describe(id_)
        if entry is None:
            return None
        return {
            "accessEntryArn": entry["accessEntryArn"],
            "createdAt": timestamp(entry["createdAt"]),
            "kubernetesGroups": entry.get("kubernetesGroups", []),
            "modifiedAt": timestamp(entry["modifiedAt"]),
            "userName": entry["username"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Change the user name or the groups."""
        eks = self.client("eks")
        if changed & {"kubernetesGroups", "userName"}:
            only = {"kubernetesGroups": new.get("kubernetesGroups") or [], "userName": new.get("userName")}
            eks.update_access_entry(**_names(id_), **parameters(only, self.fields))
        entry = self._describe(id_)
        if entry is not None:
            change_tags(eks, entry["accessEntryArn"], old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it; its policies go with it."""
        with ignoring(GONE):
            self.client("eks").delete_access_entry(**_names(id_))

    def _describe(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("eks").describe_access_entry(**_names(id_)), GONE)
        return answer and answer["accessEntry"]


def _names(id_: str) -> dict[str, str]:
    cluster, _, principal = id_.partition(":")
    return {"clusterName": cluster, "principalArn": principal}


class AccessPolicyAssociation(Resource):
    """A principal's rights in a cluster. Its id is `cluster#principal#policy`; it has no update."""

    type: ClassVar[str] = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    fields: ClassVar[Fields] = {
        **same_names("clusterName", "principalArn", "policyArn"),
        "accessScope": ("accessScope", block(same_names("type", "namespaces"))),
    }
    handles: ClassVar[frozenset[str] | None] = frozenset(fields)

    def create(self, name: str, inputs: Properties) -> str:
        """Grant them."""
        self.client("eks").associate_access_policy(**parameters(inputs, self.fields))
        return "#".join((inputs["clusterName"], inputs["principalArn"], inputs["policyArn"]))

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """When they were granted."""
        cluster, principal, policy = id_.split("#")
        pages = self.client("eks").get_paginator("list_associated_access_policies")
        for page in found(lambda: list(pages.paginate(clusterName=cluster, principalArn=principal)), GONE) or ():
            for association in page["associatedAccessPolicies"]:
                if association["policyArn"] == policy:
                    return {
                        "associatedAt": timestamp(association["associatedAt"]),
                        "modifiedAt": timestamp(association["modifiedAt"]),
                    }
        return None

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take them back."""
        cluster, principal, policy = id_.split("#")
        with ignoring(GONE):
            self.client("eks").disassociate_access_policy(clusterName=cluster, principalArn=principal, policyArn=policy)


RESOURCES: list[type[Resource]] = [AccessEntry, AccessPolicyAssociation]
