"""Running programs: what ends one is told with the line of the program, and libraries are imported once."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.rehearsal.engine.monitor import Monitor
from airflow_infra.rehearsal.events import Message
from airflow_infra.rehearsal.hermetic import clean_environment
from airflow_infra.rehearsal.program.host import ProgramHost, ProgramHostError
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import ErrorReport
from tests.rehearsal.engine.fake_cloud import FakeCloud
from tests.rehearsal.engine.programs import program


def run(directory: Path, text: str, events: list[Any] | None = None) -> list[ErrorReport]:
    """One up of a program."""
    report = events.append if events is not None else None
    with Rehearsal(program(directory, text), FakeCloud().entered, report) as rehearsal:
        rehearsal.up()
    return rehearsal.result.errors


def test_a_syntax_error_is_told_with_its_line(tmp_path):
    (error,) = run(tmp_path, "x = 1\ny = = 2\n")
    assert (error.file, error.line) == ("__main__.py", 4)


def test_an_error_in_a_module_of_the_program_is_told_with_that_modules_line(tmp_path):
    (tmp_path / "shelf.py").write_text("\n\nraise LookupError('empty')\n")
    assert run(tmp_path, "import shelf\n") == [ErrorReport("LookupError: empty", None, "shelf.py", 3)]


def test_an_error_inside_apply_is_told_with_its_line(tmp_path):
    text = "def fall(value):\n    raise LookupError(value)\npulumi.export('x', Thing('a').arn.apply(fall))\n"
    assert run(tmp_path, text) == [ErrorReport("LookupError: arn:thing-1", None, "__main__.py", 4)]


def test_an_error_in_a_library_is_told_with_the_line_that_called_it(tmp_path):
    assert run(tmp_path, "import json\njson.loads('{')\n")[0].line == 4


def test_a_missing_configuration_is_told_in_pulumis_words(tmp_path):
    (error,) = run(tmp_path, "pulumi.Config().require('size')\n")
    assert ("shop:size" in error.message, error.line) == (True, 3)


def test_a_program_that_gives_up_is_told_with_its_status(tmp_path):
    assert [error.message for error in run(tmp_path, "raise SystemExit(3)\n")] == ["the program exited with 3"]


def test_a_program_may_end_early_without_an_error(tmp_path):
    assert run(tmp_path, "raise SystemExit(0)\n") == []


def test_what_a_program_writes_to_its_standard_error_is_told(tmp_path):
    events: list[Any] = []
    run(tmp_path, "import os\nos.write(2, b'straight out')\n", events)
    assert Message("output", "straight out") in events


def test_only_what_is_worth_showing_is_logged(tmp_path):
    events: list[Any] = []
    run(tmp_path, "pulumi.log.debug('quiet')\npulumi.log.warn('loud')\n", events)
    assert [event.text for event in events if isinstance(event, Message)] == ["loud"]


def test_a_program_knows_its_stack(tmp_path):
    text = "print(pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization(), pulumi.get_root_directory())\n"
    events: list[Any] = []
    run(tmp_path, text, events)
    assert Message("output", f"shop dev organization {tmp_path}") in events


def test_libraries_of_the_run_before_are_there_already(tmp_path):
    # a module of the standard library that nothing of Pulumi's imports
    text = "import sys\nprint('colorsys' in sys.modules)\nimport colorsys\n"
    events: list[Any] = []
    with Rehearsal(program(tmp_path, text), FakeCloud().entered, events.append) as rehearsal:
        rehearsal.up()
        rehearsal.up("up-2")
    assert [event.text for event in events if isinstance(event, Message)] == ["False", "True"]


def test_a_program_does_not_find_the_rehearsals_own_modules_loaded(tmp_path):
    events: list[Any] = []
    run(tmp_path, "import sys\nprint([name for name in sys.modules if name.startswith('airflow_infra')])\n", events)
    assert Message("output", "[]") in events


@pytest.fixture
def monitor() -> Generator[Monitor]:
    monitor = Monitor()
    yield monitor
    monitor.close()


def test_a_host_that_breaks_down_says_what_it_printed(tmp_path, monitor):
    environment = clean_environment({"PYTHONHOME": str(tmp_path)}, tmp_path)
    host = ProgramHost(environment, tmp_path / "errors")
    host.start()
    try:
        with pytest.raises(ProgramHostError, match="encodings"):
            host.launch(Program(tmp_path, "shop", "dev"), monitor.address).wait(lambda _: None)
    finally:
        host.close()
