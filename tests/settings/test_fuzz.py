"""Whatever a stack file holds: settings, or SettingsError. Never another exception."""

import contextlib
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from airflow_infra.settings.problems import SettingsError
from airflow_infra.settings.readers import PROJECT, load_stack, program_config, settings_from_config

REPOSITORY = Path(__file__).parents[2]
TEXTS = [file.read_text("utf-8") for file in sorted(REPOSITORY.glob("Pulumi.?*.yaml"))]
DOCUMENTS = [YAML(typ="safe", pure=True).load(text) for text in TEXTS]
EXAMPLES = settings(max_examples=50, deadline=None)

WORDS = st.sampled_from(["config", "vpc", "eks", "mwaa", "tags", "secure", PROJECT, f"{PROJECT}:vpc", "", "10.0.0.0/8"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | WORDS | st.dates().map(str)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | WORDS, inner, max_size=4)
)


def read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Pulumi.dev.yaml").write_bytes(content)
        try:
            stack = load_stack("dev", Path(folder), as_of=date(2026, 11, 22))
        except SettingsError as refused:
            said = str(refused).splitlines()
        else:
            said = [f"Pulumi.dev.yaml has {len(program_config(stack))} keys"]
    # Problems stand on one line each, whatever their values hold.
    assert said
    assert all(line.startswith("Pulumi.dev.yaml") for line in said)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(*path, key), *places(item, (*path, key))]]


def changed(document: Any, place: tuple[Any, ...], value: object) -> Any:
    copy = json.loads(json.dumps(document))
    block = copy
    for key in place[:-1]:
        block = block[key]
    block[place[-1]] = value
    return copy


@given(st.binary(max_size=200))
@EXAMPLES
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    read(content)


@given(st.text(alphabet=" \n\t-:?&*!|>{}[],#'\"%@`~<\\abc019.é\ud7ff", max_size=80))
@EXAMPLES
def test_any_text_that_resembles_yaml_is_read_or_refused(text: str) -> None:
    read(text.encode())


@given(VALUES)
@EXAMPLES
def test_any_structure_is_read_or_refused(value: object) -> None:
    read(json.dumps(value).encode())


@given(st.dictionaries(st.sampled_from(["account", "tags", "vpc", "mwaa", "eks", "quotas", "other"]), VALUES))
@EXAMPLES
def test_any_config_is_read_or_refused(config: dict[str, Any]) -> None:
    read(json.dumps({"config": {f"{PROJECT}:{key}": value for key, value in config.items()}}).encode())


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_changed_value_of_a_real_stack_file_is_read_or_refused(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(document)))
        document = changed(document, place, data.draw(VALUES))
    read(json.dumps(document).encode())


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_changed_characters_of_a_real_stack_file_are_read_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    read((text[:start] + data.draw(st.text(max_size=20)) + text[start + length :]).encode("utf-8", "surrogatepass"))


@given(st.dictionaries(st.sampled_from(["account", "tags", "vpc", "mwaa", "eks", "quotas"]), VALUES))
@EXAMPLES
def test_any_config_of_the_program_is_read_or_refused(config: dict[str, Any]) -> None:
    with contextlib.suppress(SettingsError):
        settings_from_config("dev", config.get)
