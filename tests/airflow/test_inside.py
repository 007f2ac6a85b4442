import ast
import sys
from pathlib import Path

import pytest

import airflow_infra.airflow.inside

FOLDER = Path(airflow_infra.airflow.inside.__file__).parent
FILES = sorted(FOLDER.glob("*.py"))


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_but_the_standard_library_is_needed_inside_airflows_environment(file: Path) -> None:
    foreign = {
        name
        for name in imports(file)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("airflow_infra.airflow.inside")
    }
    assert not foreign


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_is_written_for_the_oldest_python_of_an_airflow(file: Path) -> None:
    ast.parse(file.read_text("utf-8"), feature_version=(3, 10))
