"""IAM roles and policies."""

import hashlib
from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import as_is, capitalised, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring, timestamp
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties

_GONE = "NoSuchEntity"
_POLICY_VERSIONS = 5
"""IAM keeps at most so many versions of a managed policy."""


class Role(Resource):
    """An IAM role. Its id is its name."""

    type: ClassVar[str] = "aws:iam/role:Role"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        (
            "assumeRolePolicy",
            "description",
            "forceDetachPolicies",
            "maxSessionDuration",
            "name",
            "path",
            "permissionsBoundary",
            "tags",
            "tagsAll",
        )
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it with its trust policy."""
        fields = {
            **capitalised("description", "path", "permissionsBoundary"),
            "assumeRolePolicy": ("AssumeRolePolicyDocument", as_is),
            "maxSessionDuration": ("MaxSessionDuration", integer),
            "name": ("RoleName", as_is),
        }
        self.client("iam").create_role(**parameters(inputs, fields), Tags=tag_list(inputs))
        return inputs["name"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, unique id and creation date."""
        answer = found(lambda: self.client("iam").get_role(RoleName=id_), _GONE)
        if answer is None:
            return None
        role = answer["Role"]
        return {
            "arn": role["Arn"],
            "createDate": timestamp(role["CreateDate"]),
            "name": role["RoleName"],
            "uniqueId": role["RoleId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Each kind of change is a call of its own."""
        iam = self.client("iam")
        if "assumeRolePolicy" in changed:
            iam.update_assume_role_policy(RoleName=id_, PolicyDocument=new["assumeRolePolicy"])
        if "description" in changed:
            iam.update_role_description(RoleName=id_, Description=new.get("description") or "")
        if "maxSessionDuration" in changed:
            duration = integer(new["maxSessionDuration"], "maxSessionDuration")
            iam.update_role(RoleName=id_, MaxSessionDuration=duration)
        if "permissionsBoundary" in changed:
            boundary = new.get("permissionsBoundary")
            if boundary:
                iam.put_role_permissions_boundary(RoleName=id_, PermissionsBoundary=boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=id_)
        removed, added = tag_changes(old, new)
        if removed:
            iam.untag_role(RoleName=id_, TagKeys=removed)
        if added:
            iam.tag_role(RoleName=id_, Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take it out of its instance profiles first; with forceDetachPolicies, drop its policies too."""
        iam = self.client("iam")
        with ignoring(_GONE):
            for profile in iam.list_instance_profiles_for_role(RoleName=id_)["InstanceProfiles"]:
                iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=id_)
            if inputs.get("forceDetachPolicies"):
                for policy in _attached_policies(iam, id_):
                    iam.detach_role_policy(RoleName=id_, PolicyArn=policy)
                for page in iam.get_paginator("list_role_policies").paginate(RoleName=id_):
                    for policy in page["PolicyNames"]:
                        iam.delete_role_policy(RoleName=id_, PolicyName=policy)
            iam.delete_role(RoleName=id_)


class Policy(Resource):
    """A customer-managed policy. Its id is its ARN."""

    type: ClassVar[str] = "aws:iam/policy:Policy"
    handles: ClassVar[frozenset[str] | None] = frozenset(("description", "name", "path", "policy", "tags", "tagsAll"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it with its first version."""
        fields = {
            **capitalised("description", "path"),
            "name": ("PolicyName", as_is),
            "policy": ("PolicyDocument", as_is),
        }
        return self.client("iam").create_policy(**parameters(inputs, fields), Tags=tag_list(inputs))["Policy"]["Arn"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, id and number of attachments."""
        answer = found(lambda: self.client("iam").get_policy(PolicyArn=id_), _GONE)
        if answer is None:
            return None
        policy = answer["Policy"]
        return {
            "arn": policy["Arn"],
            "attachmentCount": policy["AttachmentCount"],
            "name": policy["PolicyName"],
            "policyId": policy["PolicyId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """A new document becomes a new default version; the oldest one makes room for it."""
        iam = self.client("iam")
        if "policy" in changed:
            versions = _other_versions(iam, id_)
            if len(versions) + 1 >= _POLICY_VERSIONS:
                oldest = min(versions, key=lambda version: version["CreateDate"])
                iam.delete_policy_version(PolicyArn=id_, VersionId=oldest["VersionId"])
            iam.create_policy_version(PolicyArn=id_, PolicyDocument=new["policy"], SetAsDefault=True)
        removed, added = tag_changes(old, new)
        if removed:
            iam.untag_policy(PolicyArn=id_, TagKeys=removed)
        if added:
            iam.tag_policy(PolicyArn=id_, Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete its older versions, then itself."""
        iam = self.client("iam")
        with ignoring(_GONE):
            for version in _other_versions(iam, id_):
                iam.delete_policy_version(PolicyArn=id_, VersionId=version["VersionId"])
            iam.delete_policy(PolicyArn=id_)


class RolePolicy(Resource):
    """An inline policy of a role. Its id is `role:name`."""

    type: ClassVar[str] = "aws:iam/rolePolicy:RolePolicy"
    handles: ClassVar[frozenset[str] | None] = frozenset(("name", "policy", "role"))

    def create(self, name: str, inputs: Properties) -> str:
        """Write it into the role."""
        self._put(inputs)
        return f"{inputs['role']}:{inputs['name']}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Nothing is computed."""
        role, _, policy = id_.partition(":")
        answer = found(lambda: self.client("iam").get_role_policy(RoleName=role, PolicyName=policy), _GONE)
        return None if answer is None else {"name": policy}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write the new document over the old one."""
        self._put(new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take it out of the role."""
        role, _, policy = id_.partition(":")
        with ignoring(_GONE):
            self.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)

    def _put(self, inputs: Properties) -> None:
        self.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )


class RolePolicyAttachment(Resource):
    """A managed policy attached to a role. Its id is `role-<suffix>`.

    The real provider draws the suffix from the clock; here it follows from the policy, so that runs can be compared.
    """

    type: ClassVar[str] = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    handles: ClassVar[frozenset[str] | None] = frozenset(("policyArn", "role"))

    def create(self, name: str, inputs: Properties) -> str:
        """Attach it."""
        self.client("iam").attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}-{hashlib.sha256(inputs['policyArn'].encode()).hexdigest()[:26]}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Nothing is computed."""
        attached = found(lambda: _attached_policies(self.client("iam"), inputs["role"]), _GONE)
        return {} if inputs["policyArn"] in (attached or ()) else None

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Detach it."""
        with ignoring(_GONE):
            self.client("iam").detach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])


def _attached_policies(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]


def _other_versions(iam: Any, policy: str) -> list[Any]:
    versions = iam.list_policy_versions(PolicyArn=policy)["Versions"]
    return [version for version in versions if not version["IsDefaultVersion"]]


RESOURCES: list[type[Resource]] = [Role, Policy, RolePolicy, RolePolicyAttachment]
