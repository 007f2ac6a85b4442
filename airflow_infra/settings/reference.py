"""The settings reference, docs/settings.md: every key of a stack file, from the model's schema."""

from collections.abc import Iterator
from typing import Any

from airflow_infra.settings.model import block_in
from airflow_infra.settings.stack import StackSettings
from airflow_infra.settings.types import Block

FILE = "docs/settings.md"
_MOST_CHOICES = 8

_INTRODUCTION = """# Settings

Every key of a stack file, `Pulumi.<stack>.yaml`. This page is generated from the model in `airflow_infra/settings`:
change the descriptions there and run `make generated`.

Each block below stands under `config:` with the project's namespace before it, as `data-engineering-airflow:vpc:`.
Editors that understand YAML schemas complete and check the keys by the first line of the stack files. A key that is not
listed is refused, and so is `secure:`: settings hold no secrets. Keys of other namespaces are left alone.

Texts that YAML would read as something else are put in quotes: versions like "1.36", account numbers, and the numbers
and booleans among labels, tags and Airflow's configuration options.
"""


def page(schema: dict[str, Any]) -> str:
    """The page, from the schema of the settings."""
    return "\n".join([_INTRODUCTION, *_sections("", StackSettings, schema, schema["$defs"])])


def _sections(path: str, block: type[Block], definition: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """A section for the block, then one for each block below it; `[]` after the key of a list of blocks."""
    required = definition.get("required", [])
    properties: dict[str, dict[str, Any]] = definition["properties"]
    lines = [f"## {f'`{path}`' if path else 'Blocks'}", "", definition["description"], ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, value in properties.items():
        default = "required" if name in required else _default(value.get("default"))
        lines.append(f"| `{name}` | {_kind(value)} | {default} | {value.get('description', '')} |")
    yield "\n".join(lines) + "\n"
    for name, field in block.model_fields.items():
        inner = block_in(field.annotation)
        if inner:
            key = f"{path}.{name}" if path else name
            mark = "[]" if properties[name].get("type") == "array" else ""
            yield from _sections(key + mark, inner, definitions[inner.__name__], definitions)


def _kind(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return ", ".join(_kind(option) for option in value["anyOf"] if option.get("type") != "null")
    if "$ref" in value:
        return "block"
    if "enum" in value:
        choices = [f"`{choice}`" for choice in value["enum"]]
        few = choices if len(choices) <= _MOST_CHOICES else [*choices[:3], "...", choices[-1]]
        return ", ".join(few)
    match value.get("type"):
        case "array":
            return f"list of {_kind(value['items'])}{_bounds(value, 'minItems', 'maxItems')}"
        case "object":
            return (
                f"{_kind(value.get('additionalProperties') or next(iter(value['patternProperties'].values())))} by key"
            )
        case "integer":
            return f"whole number{_bounds(value, 'minimum', 'maximum')}"
        case "boolean":
            return "true or false"
        case _:
            return "text"


def _bounds(value: dict[str, Any], low: str, high: str) -> str:
    if low in value and high in value:
        return f", {value[low]} to {value[high]}"
    return f", {value[low]} or more" if low in value else ""


def _default(value: Any) -> str:
    if value is None:
        return "none"
    if value == "":
        return "empty"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, list | tuple):
        return ", ".join(f"`{item}`" for item in value) or "empty"
    if isinstance(value, dict):
        return "see its keys" if value else "empty"
    return f"`{value}`"
