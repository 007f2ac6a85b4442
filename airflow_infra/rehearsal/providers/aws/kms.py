"""KMS keys and aliases."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import as_is, capitalised, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties

_GONE = "NotFoundException"
_DEFAULT_DELETION_WINDOW = 30
"""Days, where the program says nothing."""


class Key(Resource):
    """A KMS key. Its id is the key's id; one that awaits deletion counts as gone."""

    type: ClassVar[str] = "aws:kms/key:Key"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        (
            "bypassPolicyLockoutSafetyCheck",
            "customerMasterKeySpec",
            "deletionWindowInDays",
            "description",
            "enableKeyRotation",
            "isEnabled",
            "keyUsage",
            "multiRegion",
            "policy",
            "rotationPeriodInDays",
            "tags",
            "tagsAll",
        )
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it with its policy, then set rotation."""
        fields = {
            **capitalised("bypassPolicyLockoutSafetyCheck", "description", "keyUsage", "multiRegion", "policy"),
            "customerMasterKeySpec": ("KeySpec", as_is),
        }
        answer = self.client("kms").create_key(
            **parameters(inputs, fields), Tags=tag_list(inputs, "TagKey", "TagValue")
        )
        id_ = answer["KeyMetadata"]["KeyId"]
        if inputs.get("enableKeyRotation"):
            self._set_rotation(id_, inputs)
        if inputs.get("isEnabled") is False:
            self.client("kms").disable_key(KeyId=id_)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, and what AWS fills in."""
        key = self._describe(id_)
        if key is None:
            return None
        return {
            "arn": key["Arn"],
            "description": key["Description"],
            "keyId": key["KeyId"],
            "multiRegion": key.get("MultiRegion", False),
            "policy": self.client("kms").get_key_policy(KeyId=id_, PolicyName="default")["Policy"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Each kind of change is a call of its own; a disabled key is enabled before the others, and disabled last."""
        kms = self.client("kms")
        if "isEnabled" in changed and new.get("isEnabled") is not False:
            kms.enable_key(KeyId=id_)
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            self._set_rotation(id_, new)
        if "description" in changed:
            kms.update_key_description(KeyId=id_, Description=new.get("description") or "")
        if "policy" in changed and new.get("policy"):
            kms.put_key_policy(
                KeyId=id_,
                PolicyName="default",
                Policy=new["policy"],
                BypassPolicyLockoutSafetyCheck=bool(new.get("bypassPolicyLockoutSafetyCheck")),
            )
        removed, added = tag_changes(old, new)
        if removed:
            kms.untag_resource(KeyId=id_, TagKeys=removed)
        if added:
            kms.tag_resource(KeyId=id_, Tags=as_list(added, "TagKey", "TagValue"))
        if "isEnabled" in changed and new.get("isEnabled") is False:
            kms.disable_key(KeyId=id_)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Schedule its deletion: a key is never deleted at once."""
        if self._describe(id_) is None:
            return
        window = integer(inputs.get("deletionWindowInDays") or _DEFAULT_DELETION_WINDOW, "deletionWindowInDays")
        self.client("kms").schedule_key_deletion(KeyId=id_, PendingWindowInDays=window)

    def _describe(self, id_: str) -> Any | None:
        answer = found(lambda: self.client("kms").describe_key(KeyId=id_), _GONE)
        if answer is None or answer["KeyMetadata"]["KeyState"] == "PendingDeletion":
            return None
        return answer["KeyMetadata"]

    def _set_rotation(self, id_: str, inputs: Properties) -> None:
        if inputs.get("enableKeyRotation"):
            fields = {"rotationPeriodInDays": ("RotationPeriodInDays", integer)}
            self.client("kms").enable_key_rotation(KeyId=id_, **parameters(inputs, fields))
        else:
            self.client("kms").disable_key_rotation(KeyId=id_)


class Alias(Resource):
    """A name of a key. Its id is its name."""

    type: ClassVar[str] = "aws:kms/alias:Alias"
    handles: ClassVar[frozenset[str] | None] = frozenset(("name", "targetKeyId"))

    def create(self, name: str, inputs: Properties) -> str:
        """Point it at its key."""
        self.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
        return inputs["name"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN and its key's."""
        for page in self.client("kms").get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                if alias["AliasName"] == id_ and "TargetKeyId" in alias:
                    key_arn = alias["AliasArn"].removesuffix(id_) + f"key/{alias['TargetKeyId']}"
                    return {"arn": alias["AliasArn"], "name": id_, "targetKeyArn": key_arn}
        return None

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Point it at another key."""
        self.client("kms").update_alias(AliasName=id_, TargetKeyId=new["targetKeyId"])

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it; its key stays."""
        with ignoring(_GONE):
            self.client("kms").delete_alias(AliasName=id_)


RESOURCES: list[type[Resource]] = [Key, Alias]
