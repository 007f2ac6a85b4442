"""Compares the checked inputs of a resource: what changed, and what of it replaces.

Source of the rules: `types/aws-behaviour.json`.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from airflow_infra.rehearsal.providers.aws import documents
from airflow_infra.rehearsal.providers.aws.replacements import CONDITIONS
from airflow_infra.rehearsal.providers.aws.types import ResourceType
from airflow_infra.rehearsal.providers.protocol import Diff, Properties

AUTO_NAMED = "__defaults"
"""Names of the inputs that the provider named by itself, kept among the checked inputs as the real provider does."""

EMPTY: tuple[Any, ...] = (None, [], {})
"""Unset and empty are the same."""

INDEX = re.compile(r"\[\d+\]")


def difference(type_: ResourceType, old: Properties, new: Properties, region: str) -> Diff:
    """Compare old and new checked inputs of a resource. `region` is the provider's, for a resource that names none.

    An input that AWS fills in when it is unset (its output is always there) keeps its value when it is taken away.
    """
    if "region" in type_.inputs:
        old, new = ({"region": region} | each for each in (old, new))
    kept = {name for name in old.keys() - new.keys() if name in type_.outputs and type_.outputs[name].required}
    names = (old.keys() | new.keys()) - kept - {AUTO_NAMED}
    changed = sorted(path for name in names for path in _changes(type_, old.get(name), new.get(name), name))
    replaces = {path for path in changed if _replaces(type_, path)}
    if type_.token in CONDITIONS:
        conditions = CONDITIONS[type_.token](old, new)
        replaces |= {path for path in changed if any(_within(path, name) for name in conditions)}
    return Diff(tuple(changed), tuple(sorted(replaces)), bool(replaces) and _goes_first(type_, new))


def _goes_first(type_: ResourceType, new: Properties) -> bool:
    """Whether the old one is deleted before its successor is made: flagged so, or under a name given explicitly."""
    explicit = type_.auto_name is not None and type_.auto_name not in new.get(AUTO_NAMED, ())
    return type_.delete_before_replace or explicit


def _replaces(type_: ResourceType, path: str) -> bool:
    return any(_within(path, name) for name in type_.replace_on)


def _within(path: str, name: str) -> bool:
    plain = INDEX.sub("", path)
    return plain == name or plain.startswith(f"{name}.")


def _changes(type_: ResourceType, old: Any, new: Any, path: str) -> Iterator[str]:
    """Paths of what differs. A block that comes or goes counts by its members."""
    if old in EMPTY and new in EMPTY:
        return
    if isinstance(old or {}, dict) and isinstance(new or {}, dict):
        for name in sorted((old or {}).keys() | (new or {}).keys()):
            yield from _changes(type_, (old or {}).get(name), (new or {}).get(name), f"{path}.{name}")
    elif _holds_objects(old) or _holds_objects(new):
        yield from _changes_of_items(type_, old or [], new or [], path)
    elif not _same(type_, old, new, path):
        yield path


def _changes_of_items(type_: ResourceType, old: list[Any], new: list[Any], path: str) -> Iterator[str]:
    if INDEX.sub("", path) in type_.unordered:
        old, new = (sorted(each, key=_sort_key) for each in (old, new))
    for index in range(max(len(old), len(new))):
        before, after = (each[index] if index < len(each) else None for each in (old, new))
        yield from _changes(type_, before, after, f"{path}[{index}]")


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def _same(type_: ResourceType, old: Any, new: Any, path: str) -> bool:
    if old == new:
        return True
    kind = type_.documents.get(path)
    if kind is not None and isinstance(old, str) and isinstance(new, str):
        return documents.same(old, new, kind)
    if INDEX.sub("", path) in type_.unordered:
        return sorted(old or [], key=_sort_key) == sorted(new or [], key=_sort_key)
    return False


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
