from pathlib import Path

import pytest
from golden import registered

from airflow_infra.rehearsal.rehearsal import Rehearsal

FOLDER = Path(__file__).with_name("golden")


def test_what_a_stack_registers_is_what_its_golden_file_says(standing: Rehearsal, pytestconfig: pytest.Config) -> None:
    file = FOLDER / f"{standing.result.stack}.json"
    text = registered(standing.result.graph)
    if pytestconfig.getoption("--update-golden"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), "read the difference; if it is meant, write the golden files again: make golden"
