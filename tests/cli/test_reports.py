"""What the commands write, and what they refuse before a rehearsal has begun."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from small_stacks import graph_of, node, small_stack

from airflow_infra.cli.app import run
from airflow_infra.rehearsal.result import Graph, RehearsalResult

PROJECT = Path(__file__).parents[2]
DAY = ("--cwd", str(PROJECT), "--as-of", "2026-11-22")


class FakeRehearsal:
    """A rehearsal in which everything has been done already, with nothing to judge."""

    graph = small_stack()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.result = RehearsalResult("dev", self.graph)
        self.graphs = {"again": self.graph}
        self.environment = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def run(self, inspect: Callable[[str], None]) -> RehearsalResult:
        return self.result

    def up(self, step: str = "up") -> bool:
        return True

    def accept(self) -> None:
        pass


def invoke(monkeypatch: pytest.MonkeyPatch, *arguments: str, graph: Graph | None = None) -> int:
    fake = type("Fake", (FakeRehearsal,), {"graph": graph or small_stack()})
    monkeypatch.setattr("airflow_infra.cli.rehearse.rehearsal", fake)
    monkeypatch.setattr(sys, "argv", ["airflow-infra", *arguments])
    with pytest.raises(SystemExit) as stop:
        run()
    return int(stop.value.code or 0)


def test_the_document_and_the_page_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = tmp_path / "x.json", tmp_path / "x.html"
    invoke(monkeypatch, "rehearse", "dev", *DAY, "--json", str(written[0]), "--html", str(written[1]))
    assert json.loads(written[0].read_text()).keys() >= {"invariants", "order", "timeline", "cost"}
    assert written[1].read_text().startswith("<!doctype html>")


def test_a_violation_of_the_required_order_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke(monkeypatch, "rehearse", "dev", *DAY) == 1, "the small stack declares none of the edges"


@pytest.mark.parametrize(
    "arguments",
    [("rehearse", "dev", "--html"), ("rehearse", "dev", "--json"), ("diagram", "dev", "--output")],
    ids=["html", "json", "diagram"],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_rehearsal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = str(tmp_path / "missing" / "file")
    status = invoke(monkeypatch, *arguments, file, *DAY)
    output = capsys.readouterr()
    assert status == 2
    assert output.err == f"{arguments[2]} {file}: cannot be written: No such file or directory\n"
    assert output.out == ""


def test_the_bill_needs_no_rehearsal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(monkeypatch, "cost", "prod", *DAY) == 0
    output = capsys.readouterr().out
    assert "Node group standard" in output
    assert "vpc.nat_gateways: single" in output


@pytest.mark.parametrize("package", ["pulumi", "boto3", "moto", "grpc", "jinja2"])
def test_the_bill_loads_nothing_that_is_slow(package: str) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "import airflow_infra.cli.app; from airflow_infra.cli.parts import show_cost\n"
        f"show_cost('dev', Path({str(PROJECT)!r}), date(2026, 11, 22))\n"
        f"sys.exit({package!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def test_the_picture_is_printed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(monkeypatch, "diagram", "dev", *DAY) == 0
    output = capsys.readouterr().out
    assert output.startswith("<svg ")
    assert output.endswith("</svg>\n")


def test_the_picture_is_written_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "dev.svg"
    assert invoke(monkeypatch, "diagram", "dev", *DAY, "--output", str(file)) == 0
    assert file.read_text().startswith("<svg ")


def test_a_program_without_a_network_cannot_be_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(monkeypatch, "diagram", "dev", *DAY, graph=graph_of(node("Stack", "dev"))) == 2
    assert "registers no VPC" in capsys.readouterr().err


def test_the_timelines_of_creation_and_destruction_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(monkeypatch, "timeline", "dev", *DAY) == 0
    output = capsys.readouterr().out
    assert "A new environment of dev: " in output
    assert "Destroying it: " in output
