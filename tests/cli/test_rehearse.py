"""The README's first command, as a newcomer runs it."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
README = PROJECT / "README.md"
START, END = "<!-- rehearse -->", "<!-- /rehearse -->"


@dataclass(frozen=True)
class Run:
    status: int
    printed: str
    document: dict[str, Any]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Run:
    file = tmp_path_factory.mktemp("rehearsal") / "dev.json"
    command = [str(Path(sys.executable).with_name("airflow-infra")), "rehearse", "dev", "--json", str(file)]
    done = subprocess.run([*command, "--as-of", "2026-11-22"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return Run(done.returncode, done.stdout, json.loads(file.read_text()))


def without_what_varies(text: str) -> str:
    """The text without what differs from run to run: durations, moments and made-up ids."""
    text = re.sub(r" UTC: pip", ": pip", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text))
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(vpc|tgw-attach)-[0-9a-f]{17}", "ID", text)
    text = re.sub(r"\d+\.\d s$", "SECONDS", text, flags=re.MULTILINE)
    return re.sub(r" +(s|\d+\.\d)$", " SECONDS", text, flags=re.MULTILINE)  # the column widens with its numbers


def test_it_ends_well(dev: Run) -> None:
    assert (dev.status, dev.document["ok"]) == (0, True)


def test_the_readme_shows_what_it_prints(dev: Run, pytestconfig: pytest.Config) -> None:
    before, _, rest = README.read_text().partition(START)
    shown, _, after = rest.partition(END)
    if pytestconfig.getoption("--update-golden"):
        shown = "\n\n" + "".join(f"    {line}".rstrip() + "\n" for line in dev.printed.splitlines()) + "\n"
        README.write_text(before + START + shown + END + after)
    text = "\n".join(line.removeprefix("    ") for line in shown.strip("\n").splitlines())
    assert without_what_varies(text) == without_what_varies(dev.printed.strip("\n")), "write it again: make golden"


def test_the_document_says_what_each_step_did(dev: Run) -> None:
    assert [step["step"] for step in dev.document["steps"]] == ["up", "accept", "up-2", "again", "destroy"]
    keys = {"step", "created", "updated", "replaced", "deleted", "same", "mutating_calls", "duration_s"}
    assert all(step.keys() == keys for step in dev.document["steps"])


def test_the_document_has_what_pipelines_read(dev: Run) -> None:
    wanted = {"stack", "ok", "duration_s", "resources", "outputs", "errors", "steps", "leftovers"}
    wanted |= {"invariants", "order", "timeline", "cost"}
    assert wanted <= dev.document.keys()
    assert dev.document["resources"]["total"] == sum(dev.document["resources"]["by_type"].values())


def test_everything_left_is_protected_and_named(dev: Run) -> None:
    assert [left for left in dev.document["leftovers"] if not left["protected"]] == []
    assert {"airflow-dev-mwaa-111122223333"} <= {
        match for left in dev.document["leftovers"] for match in re.findall(r"\((.*?)\)", left["what"])
    }
