"""Objects with several field managers: server-side apply, as far as mappings go. A list belongs to whoever wrote it."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.client import Object
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text

_IDENTITY = ("apiVersion", "kind", "metadata.name", "metadata.namespace")


def merged(manifests: Iterable[Object]) -> Object:
    """One object with the fields of several manifests."""
    result: Object = {}
    for manifest in manifests:
        _lay_over(result, manifest)
    return result


def conflicts(others: Mapping[str, Object], manifest: Object) -> list[str]:
    """Fields of a manifest that another field manager, by name, has set to another value."""
    return [
        f"conflict with {manager!r}: {path}"
        for manager, theirs in others.items()
        for path in _differing(theirs, manifest)
        if path not in _IDENTITY
    ]


def _lay_over(below: Object, above: Object) -> None:
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = deepcopy(value)


def _differing(theirs: Any, ours: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() & ours.keys():
            yield from _differing(theirs[key], ours[key], (*path, key))
    elif theirs != ours:
        yield path_text(path)
