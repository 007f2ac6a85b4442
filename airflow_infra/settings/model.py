"""Walks the settings model: which block stands where, and what its fields are."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from airflow_infra.settings.problems import KeyPath
from airflow_infra.settings.stack import StackSettings
from airflow_infra.settings.types import Block


def block_in(annotation: Any) -> type[Block] | None:
    """The block that a field holds: itself, optional, or as the items of a list."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Block) else None
    return next((block for argument in get_args(annotation) if (block := block_in(argument))), None)


def fields_at(path: KeyPath) -> dict[str, FieldInfo] | None:
    """Fields of the block at a key path, or None where there is no block."""
    block: type[Block] | None = StackSettings
    for part in path:
        if isinstance(part, int):
            continue
        field = block.model_fields.get(part) if block else None
        block = block_in(field.annotation) if field else None
    return block.model_fields if block else None


def all_fields(
    block: type[Block] = StackSettings, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every field of the model with its key path, outer ones first; the items of lists have no index."""
    for name, field in block.model_fields.items():
        yield (*path, name), field
        inner = block_in(field.annotation)
        if inner:
            yield from all_fields(inner, (*path, name))
