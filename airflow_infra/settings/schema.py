"""The JSON schema of stack files, for editors: generated from the model, committed, tested to be fresh.

`python -m airflow_infra.settings.schema --write` writes the schema and the settings reference again; without --write it
says whether they are fresh.
"""

import json
import sys
from pathlib import Path
from typing import Any, cast

from airflow_infra.settings import reference
from airflow_infra.settings.readers import PROJECT
from airflow_infra.settings.stack import StackSettings

_PROJECT_FOLDER = Path(__file__).parents[2]
_ANY_TEXT = {"type": "string"}


def settings_schema() -> dict[str, Any]:
    """The model's own schema, draft 2020-12, without pydantic's titles."""
    return cast(dict[str, Any], _without_titles(StackSettings.model_json_schema()))


def stack_file_schema() -> dict[str, Any]:
    """The schema of a whole Pulumi.<stack>.yaml, draft 2020-12.

    Keys of the project's namespace are checked; those of other namespaces are not.
    """
    settings = settings_schema()
    blocks: dict[str, Any] = settings["properties"]
    required = [{"anyOf": [{"required": [f"{PROJECT}:{name}"]}, {"required": [name]}]} for name in settings["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A stack of {PROJECT}",
        "description": f"Settings of one stack, Pulumi.<stack>.yaml. Keys: {reference.FILE}.",
        "type": "object",
        "properties": {
            "config": {
                "description": "Settings by key, each in its namespace.",
                "type": "object",
                "properties": {f"{PROJECT}:{name}": block for name, block in blocks.items()} | blocks,
                "patternProperties": {f"^(?!{PROJECT}:)[^:]+:.": {}},
                "additionalProperties": False,
                "allOf": required,
            },
            "encryptedkey": {"description": "Pulumi's own: data key of the secrets provider.", **_ANY_TEXT},
            "encryptionsalt": {"description": "Pulumi's own: salt of the passphrase.", **_ANY_TEXT},
            "environment": {"description": "Pulumi's own: environments to import."},
            "secretsprovider": {"description": "Pulumi's own: who encrypts secrets.", **_ANY_TEXT},
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": settings["$defs"],
    }


def generated_files() -> dict[str, str]:
    """Content of every file that is generated from the model, by path relative to the project."""
    schema = json.dumps(stack_file_schema(), indent=2, ensure_ascii=False)
    return {"schemas/stack.schema.json": f"{schema}\n", reference.FILE: reference.page(settings_schema())}


def stale_files(project: Path = _PROJECT_FOLDER) -> list[str]:
    """Generated files that are missing or no longer what the model says."""
    return [
        name
        for name, content in generated_files().items()
        if not (project / name).is_file() or (project / name).read_text("utf-8") != content
    ]


def write_files(project: Path = _PROJECT_FOLDER) -> list[str]:
    """Write the generated files again, and name those that changed."""
    stale = stale_files(project)
    files = generated_files()
    for name in stale:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(files[name], "utf-8")
    return stale


def _without_titles(schema: Any) -> Any:
    if isinstance(schema, dict):
        block = cast(dict[str, Any], schema)
        return {
            key: _without_titles(value)
            for key, value in block.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_without_titles(item) for item in cast(list[Any], schema)] if isinstance(schema, list) else schema


def main(arguments: list[str]) -> int:
    """Write the generated files, or say which are stale. Returns the exit status: 1 when some are."""
    if "--write" in arguments:
        for name in write_files():
            print(f"wrote {name}")
        return 0
    stale = stale_files()
    for name in stale:
        print(f"{name} is stale: run python -m airflow_infra.settings.schema --write")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
