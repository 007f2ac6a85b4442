"""Tags in the shapes that the services want, and what a change of tags has to do."""

from collections.abc import Iterable, Mapping

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
