"""The JSON schema of stack files and the settings reference."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from airflow_infra.settings import schema
from airflow_infra.settings.model import all_fields

PROJECT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).with_name("Pulumi.example.yaml")


def content(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file)


def refused(document: Any) -> list[str]:
    validator = jsonschema_rs.Draft202012Validator(schema.stack_file_schema())
    return ["/".join(map(str, error.instance_path)) for error in validator.iter_errors(document)]


def test_the_committed_files_are_fresh() -> None:
    assert schema.stale_files() == [], "run `make generated`"


def test_the_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(schema.stack_file_schema())


@pytest.mark.parametrize("file", [*PROJECT.glob("Pulumi.?*.yaml"), EXAMPLE], ids=lambda file: file.name)
def test_a_sound_stack_file_fits_the_schema(file: Path) -> None:
    assert refused(content(file)) == []


def test_the_short_spelling_and_other_namespaces_fit_the_schema() -> None:
    document = json.loads(json.dumps(content(EXAMPLE)).replace("data-engineering-airflow:", ""))
    document["config"]["aws:region"] = "eu-west-1"
    document["encryptionsalt"] = "v1:abc"
    assert refused(document) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("data-engineering-airflow:vpcs",), {}),
        (("data-engineering-airflow:vpc", "cidr"), "10.0.0.0/16"),
        (("data-engineering-airflow:vpc", "cidr_block"), "10.0.0.0"),
        (("data-engineering-airflow:account", "id"), 111122223333),
        (("data-engineering-airflow:mwaa", "max_workers"), "10"),
        (("data-engineering-airflow:mwaa", "log_retention_days"), 100),
        (("data-engineering-airflow:eks", "cluster", "kubernetes_version"), 1.36),
        (("data-engineering-airflow:eks", "cluster", "support_type"), "SOME"),
    ],
)
def test_an_editor_sees_a_mistake(path: tuple[str, ...], value: object) -> None:
    document = content(EXAMPLE)
    block = document["config"]
    for key in path[:-1]:
        block = block[key]
    block[path[-1]] = value
    assert refused(document) != []


def test_every_field_is_described() -> None:
    assert [path for path, field in all_fields() if not field.description] == []


def test_the_reference_names_every_key() -> None:
    page = (PROJECT / "docs/settings.md").read_text("utf-8")
    assert [path for path, _field in all_fields() if f"| `{path[-1]}` |" not in page] == []


def test_what_changed_is_written_and_then_fresh(tmp_path: Path) -> None:
    assert schema.write_files(tmp_path) == ["schemas/stack.schema.json", "docs/settings.md"]
    assert schema.stale_files(tmp_path) == []
    assert schema.write_files(tmp_path) == []
