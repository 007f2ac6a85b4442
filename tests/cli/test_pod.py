"""`airflow-infra pod`, and the README's snippets of it."""

import ast
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from airflow_infra.cli.app import run
from airflow_infra.cli.pod import operator_call

PROJECT = Path(__file__).parents[2]
README = PROJECT / "README.md"


def invoke(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["airflow-infra", "pod", *arguments, "--cwd", str(PROJECT)])
    with pytest.raises(SystemExit) as stop:
        run()
    return int(stop.value.code or 0)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def print_pod(*arguments: str) -> str:
        assert invoke(monkeypatch, *arguments) == 0
        return capsys.readouterr().out

    return print_pod


def test_the_pod_is_yaml_and_nothing_else(printed: Any) -> None:
    pod = YAML(typ="safe").load(printed("dev", "--node-group", "high-memory"))
    assert (pod["kind"], pod["metadata"]["namespace"]) == ("Pod", "airflow")
    assert pod["spec"]["tolerations"] == [
        {"key": "high-memory", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
    ]


def test_a_pod_for_no_group_in_particular_runs_on_standard_nodes(printed: Any) -> None:
    assert printed("dev") == printed("dev", "--node-group", "standard")


def test_an_unknown_node_group_is_bad_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(monkeypatch, "dev", "--node-group", "high_memory") == 2
    assert capsys.readouterr().err == "Pulumi.dev.yaml: there is no node group high_memory: did you mean high-memory?\n"


def test_the_operators_call_is_python(printed: Any) -> None:
    (statement,) = ast.parse(printed("dev", "--node-group", "high-memory", "--format", "python")).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    arguments = {keyword.arg: ast.literal_eval(keyword.value) for keyword in statement.value.keywords}
    assert arguments["tolerations"][0]["key"] == "high-memory"


def test_long_arguments_are_broken_into_lines() -> None:
    call = operator_call({"labels": {"a": [{"key": "x" * 60}, {"key": "y" * 60}]}, "in_cluster": False})
    assert call.splitlines()[2:9] == [
        "    labels={",
        '        "a": [',
        f'            {{"key": "{"x" * 60}"}},',
        f'            {{"key": "{"y" * 60}"}},',
        "        ],",
        "    },",
        "    in_cluster=False,",
    ]


@pytest.mark.parametrize(
    ("marker", "language", "arguments", "part"),
    [
        ("pod", "yaml", ("dev", "--node-group", "high-memory"), "placement"),
        ("operator", "python", ("dev", "--node-group", "high-memory", "--format", "python"), "all"),
    ],
)
def test_the_readme_shows_it(
    marker: str, language: str, arguments: tuple[str, ...], part: str, printed: Any, pytestconfig: pytest.Config
) -> None:
    text = printed(*arguments)
    if part == "placement":
        lines = text.splitlines()
        first, end = lines.index("  tolerations:"), lines.index("  containers:")
        text = textwrap.dedent("\n".join(lines[first:end])) + "\n"
    start, stop = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    before, _, rest = README.read_text().partition(start)
    shown, _, after = rest.partition(stop)
    wanted = f"\n\n```{language}\n{text}```\n\n"
    if pytestconfig.getoption("--update-golden"):
        README.write_text(f"{before}{start}{wanted}{stop}{after}")
        shown = wanted
    assert shown == wanted, "write it again: make golden"
