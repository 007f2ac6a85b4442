"""CloudWatch log groups."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import as_is, integer, parameters, same_names
from airflow_infra.rehearsal.providers.aws.calls import ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import change_tags, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties

_GONE = "ResourceNotFoundException"


class LogGroup(Resource):
    """A log group. Its id is its name."""

    type: ClassVar[str] = "aws:cloudwatch/logGroup:LogGroup"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("kmsKeyId", "logGroupClass", "name", "retentionInDays", "skipDestroy", "tags", "tagsAll")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it, then set its retention. One of that name that already stands is an error."""
        fields = {**same_names("kmsKeyId", "logGroupClass"), "name": ("logGroupName", as_is)}
        self.client("logs").create_log_group(**parameters(inputs, fields), tags=tags_of(inputs))
        if inputs.get("retentionInDays"):
            self._set_retention(inputs["name"], inputs)
        return inputs["name"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, without the wildcard for its streams."""
        group = self._describe(id_)
        if group is None:
            return None
        return {
            "arn": group["arn"].removesuffix(":*"),
            "deletionProtectionEnabled": group.get("deletionProtectionEnabled", False),
            "logGroupClass": group.get("logGroupClass", "STANDARD"),
            "name": group["logGroupName"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Each kind of change is a call of its own. A key encrypts what comes from now on."""
        logs = self.client("logs")
        if "retentionInDays" in changed:
            self._set_retention(id_, new)
        if "kmsKeyId" in changed:
            if new.get("kmsKeyId"):
                logs.associate_kms_key(logGroupName=id_, kmsKeyId=new["kmsKeyId"])
            else:
                logs.disassociate_kms_key(logGroupName=id_)
        group = self._describe(id_)
        if group is not None:
            change_tags(logs, group["arn"].removesuffix(":*"), old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it with its streams; `skipDestroy` leaves it behind."""
        if inputs.get("skipDestroy"):
            return
        with ignoring(_GONE):
            self.client("logs").delete_log_group(logGroupName=id_)

    def _describe(self, name: str) -> Any | None:
        pages = self.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        groups = (group for page in pages for group in page["logGroups"])
        return next((group for group in groups if group["logGroupName"] == name), None)

    def _set_retention(self, name: str, inputs: Properties) -> None:
        """Days that events are kept. 0, Pulumi's default, means for ever, which AWS spells by having no policy."""
        days = integer(inputs.get("retentionInDays") or 0, "retentionInDays")
        if days:
            self.client("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
        else:
            self.client("logs").delete_retention_policy(logGroupName=name)


RESOURCES: list[type[Resource]] = [LogGroup]
