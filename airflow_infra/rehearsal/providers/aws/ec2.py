"""What EC2's resource types have in common: tags, filters, and things that are gone."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from airflow_infra.rehearsal.providers.aws.calls import found
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties


def tag_specifications(kind: str, inputs: Properties) -> list[dict[str, Any]]:
    """`TagSpecifications` of a call that creates something, so that it never stands untagged."""
    tags = tag_list(inputs)
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def only(call: Callable[[], list[Any]], *codes: str) -> Any | None:
    """The one thing that a describe call by id finds, or None when it is gone: absent, or one of these errors."""
    answer = found(call, *codes)
    return answer[0] if answer else None


def filters(arguments: Properties, **more: str | None) -> list[dict[str, Any]]:
    """EC2's filters from a call's own `filters` and `tags`, and by name: `vpc_id="..."` is the filter `vpc-id`."""
    wanted = [{"Name": each["name"], "Values": each["values"]} for each in arguments.get("filters", [])]
    wanted += [{"Name": f"tag:{key}", "Values": [value]} for key, value in arguments.get("tags", {}).items()]
    return wanted + [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in more.items() if value]


class Ec2Resource(Resource):
    """A resource type of EC2's API."""

    @property
    def ec2(self) -> Any:
        """EC2's client."""
        return self.client("ec2")

    @property
    def region(self) -> str:
        """The region it is made in."""
        return self.ec2.meta.region_name

    @cached_property
    def account_id(self) -> str:
        """The account it is made in."""
        return self.client("sts").get_caller_identity()["Account"]

    def arn(self, kind: str, id_: str) -> str:
        """ARN of something of this account, where EC2's answers have none."""
        return f"arn:aws:ec2:{self.region}:{self.account_id}:{kind}/{id_}"

    def update_tags(self, id_: str, old: Properties, new: Properties) -> None:
        """Bring tags from what they were to what they shall be."""
        removed, added = tag_changes(old, new)
        if removed:
            self.ec2.delete_tags(Resources=[id_], Tags=[{"Key": key} for key in removed])
        if added:
            self.ec2.create_tags(Resources=[id_], Tags=as_list(added))
