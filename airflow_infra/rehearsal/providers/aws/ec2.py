"""What EC2's resource types have in common: tags, filters, and things that are gone."""

from collections.abc import Callable
from typing import Any

from airflow_infra.rehearsal.providers.aws.calls import found
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties


def tag_specifications(kind: str, inputs: Properties) -> list[dict[str, Any]]:
    """`TagSpecifications` of a call that creates something, so that it never stands untagged."""
    tags = tag_list(inputs)
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def update_tags(client: ClientFactory, id_: str, old: Properties, new: Properties) -> None:
    """Bring the tags of something from what they were to what they shall be."""
    removed, added = tag_changes(old, new)
    if removed:
        client("ec2").delete_tags(Resources=[id_], Tags=[{"Key": key} for key in removed])
    if added:
        client("ec2").create_tags(Resources=[id_], Tags=as_list(added))


def only(call: Callable[[], list[Any]], *codes: str) -> Any | None:
    """The one thing that a describe call by id finds, or None when it is gone: absent, or one of these errors."""
    answer = found(call, *codes)
    return answer[0] if answer else None


def filters(arguments: Properties, **more: str | None) -> list[dict[str, Any]]:
    """EC2's filters from a call's own `filters` and `tags`, and by name: `vpc_id="..."` is the filter `vpc-id`."""
    wanted = [{"Name": each["name"], "Values": each["values"]} for each in arguments.get("filters", [])]
    wanted += [{"Name": f"tag:{key}", "Values": [value]} for key, value in arguments.get("tags", {}).items()]
    return wanted + [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in more.items() if value]


def arn(client: ClientFactory, kind: str, id_: str) -> str:
    """ARN of something of the caller's own account, where EC2 gives none."""
    account = client("sts").get_caller_identity()["Account"]
    return f"arn:aws:ec2:{client('ec2').meta.region_name}:{account}:{kind}/{id_}"
