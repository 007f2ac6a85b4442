"""Tags in the shapes that the services want, and what a change of tags has to do."""

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_infra.rehearsal.providers.protocol import Properties


def tags_of(inputs: Properties) -> dict[str, str]:
    """All tags of a resource, default tags included."""
    return dict(inputs.get("tagsAll") or {})


def tag_list(inputs: Properties, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """All tags of a resource as a list of pairs."""
    return as_list(tags_of(inputs), key, value)


def as_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as a list of pairs, ordered by key."""
    return [{key: name, value: tags[name]} for name in sorted(tags)]


def as_dict(tags: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    """A list of pairs as a mapping."""
    return {tag[key]: tag[value] for tag in tags}


def tag_changes(old: Properties, new: Properties) -> tuple[list[str], dict[str, str]]:
    """Keys to remove and tags to set, to come from one state to the other."""
    before, after = tags_of(old), tags_of(new)
    removed = sorted(set(before) - set(after))
    return removed, {key: value for key, value in sorted(after.items()) if before.get(key) != value}


def change_tags(client: Any, arn: str, old: Properties, new: Properties) -> None:
    """Remove and set tags where they changed, in a service that takes them as a mapping by ARN."""
    removed, added = tag_changes(old, new)
    if removed:
        client.untag_resource(resourceArn=arn, tagKeys=removed)
    if added:
        client.tag_resource(resourceArn=arn, tags=added)
