"""Every deliberate mistake of this folder is refused with a message that names its cause, at the line that made it."""

import re
import shutil
from pathlib import Path

import pytest

from airflow_infra.cli.surroundings import known_charts
from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import RehearsalResult

FOLDER = Path(__file__).parent
MISTAKES = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem not in ("parts", "test_mistakes"))
SETUP = AccountSetup("111122223333", "eu-west-1", roles=("arn:aws:iam::111122223333:role/deployer",))


def rehearse(program: Path, folder: Path) -> RehearsalResult:
    shutil.copy(program, folder / "__main__.py")
    shutil.copy(FOLDER / "parts.py", folder)
    with Rehearsal(Program(folder, "mistakes", "test", {}), lambda: EmulatedAws(SETUP, known_charts())) as rehearsal:
        return rehearsal.run()


def test_there_are_ten_mistakes() -> None:
    assert len(MISTAKES) >= 10


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_by_name_and_line(mistake: str, tmp_path: Path) -> None:
    source = (FOLDER / f"{mistake}.py").read_text()
    expected = re.search(r'^expected = "(.*)"$', source, re.MULTILINE)
    line = next(number for number, text in enumerate(source.splitlines(), 1) if text.endswith("# mistake"))
    assert expected is not None

    result = rehearse(FOLDER / f"{mistake}.py", tmp_path)

    assert not result.ok
    shown = [f"{error.file}:{error.line}: {error.message}" for error in result.errors]
    assert any(expected.group(1) in error.message for error in result.errors), shown
    assert any((error.file, error.line) == ("__main__.py", line) for error in result.errors), shown
