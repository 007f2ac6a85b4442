"""A data file that is damaged, undated or incomplete is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.catalogue.instance_types import InstanceTypes
from airflow_infra.catalogue.loader import CatalogueError, load

TYPE = {
    "vcpu": 2,
    "memory_gib": 8,
    "architecture": "x86_64",
    "hypervisor": "nitro",
    "max_enis": 3,
    "ipv4_per_eni": 12,
    "max_pods": 35,
}
GOOD: dict[str, Any] = {"as_of": "2026-11-22", "source": ["a page, 2026"], "types": {"t3a.large": TYPE}}


def write(folder: Path, content: object) -> Path:
    file = folder / "types.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_a_good_file_is_loaded(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    assert load(InstanceTypes, "types", tmp_path).types["t3a.large"].max_addresses == 36


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"as_of": ', "the file: Invalid JSON"),
        ({key: value for key, value in GOOD.items() if key != "as_of"}, "as_of: Field required"),
        (GOOD | {"as_of": "November"}, "as_of: Input should be a valid date"),
        (GOOD | {"source": []}, "source: Tuple should have at least 1 item"),
        (
            GOOD | {"types": {"t3a.large": TYPE | {"vcpu": "2"}}},
            "types.t3a.large.vcpu: Input should be a valid integer",
        ),
        (GOOD | {"types": {"t3a.large": {}}}, "types.t3a.large.vcpu: Field required; types.t3a.large.memory_gib"),
        (GOOD | {"typos": {}}, "typos: Extra inputs are not permitted"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, content: object, said: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(CatalogueError) as caught:
        load(InstanceTypes, "types", tmp_path)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"types\.json: cannot be read: No such file"):
        load(InstanceTypes, "types", tmp_path)
