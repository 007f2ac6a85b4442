"""A table of mistakes in a stack file, one kind a row, each with the whole of what is said about it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import load_stack

AS_OF = date(2026, 11, 22)
EXAMPLE = Path(__file__).with_name("Pulumi.example.yaml")

Edits = dict[str, str]


def problems(project: Path, edits: Edits) -> list[str]:
    """What is said about the example after replacing the first occurrence of each text."""
    text = EXAMPLE.read_text("utf-8")
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new, 1)
    (project / EXAMPLE.name).write_text(text, "utf-8")
    (project / "infra/eks/policies/privileged-containers").mkdir(parents=True)
    (project / "infra/eks/policies/privileged-containers/constraint.yaml").touch()
    try:
        load_stack("example", project, as_of=AS_OF)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def test_the_example_itself_is_sound(tmp_path: Path) -> None:
    assert problems(tmp_path, {}) == []


MISTAKES = YAML(typ="safe", pure=True).load(EXAMPLE.with_name("mistakes.yaml"))


@pytest.mark.parametrize("entry", MISTAKES, ids=[entry["mistake"] for entry in MISTAKES])
def test_a_mistake_is_refused_with_its_place_and_what_is_expected(tmp_path: Path, entry: dict[str, Any]) -> None:
    said = [f"{EXAMPLE.name}:{problem}" for problem in entry["said"]]
    assert problems(tmp_path, entry["replace"]) == said


def test_mistakes_of_every_part_are_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    edits = {
        "cidr_block: 10.9.0.0/16": "cidr_block: 10.9.0.0/33",
        "max_workers: 10": "max_workers: 26",
        "node_groups:": "node_gropus:",
        "image_tag: v1.36.1": "image_tag: v1.35.2",
        "chart_version: 0.15.0": "chart_version: 2.6.0",
    }
    paths = [line.split(": ")[1] for line in problems(tmp_path, edits)]
    assert paths == [
        "vpc.cidr_block",
        "mwaa.max_workers",
        "eks.cluster.node_gropus",
        "eks.cluster_autoscaler.image_tag",
        "eks.kube2iam.chart_version",
    ]
