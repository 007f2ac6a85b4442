"""Programs for the tests, written where a test wants them."""

import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path

from airflow_infra.rehearsal.program.program import Program

_HEAD = "import pulumi\nfrom cloud_sdk import Provider, Thing, count\n"


def program(directory: Path, text: str, config: Mapping[str, str] | None = None) -> Program:
    """A program that begins with two import lines, then what `text` says."""
    shutil.copy(Path(__file__).with_name("cloud_sdk.py"), directory)
    (directory / "__main__.py").write_text(_HEAD + textwrap.dedent(text))
    return Program(directory, "shop", "dev", config or {})
