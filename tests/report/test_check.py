"""What is said about pods, on a terminal, as JSON and as annotations."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from airflow_infra.assurance.check.types import (
    MOST_SHOWN,
    Answer,
    Finding,
    GroupAnswer,
    InputProblem,
    Judged,
    Minutes,
    Verdict,
)
from airflow_infra.report.check import (
    JsonWriter,
    annotations,
    counts_line,
    json_entry,
    print_answers,
    problem_annotation,
)

STANDARD = GroupAnswer("standard", fits=True)
NOT_STANDARD = GroupAnswer("standard", False, ("too small",))
FROM_ZERO = GroupAnswer("high-memory", True, (), True, Minutes(3, 4, 5))
REFUSED = Verdict(
    "refused",
    (Finding("run-as-root", "container base: no", "spec.containers[0]", line=7),),
    (Finding("seccomp", "container base: none", action="warn"),),
    (STANDARD,),
)


def answer(name: str, verdict: Verdict, timeout: int | None = None) -> Answer:
    return Answer("a.yaml", 2, name, "Pod", verdict, timeout)


def total(*answers: Answer, **more: Any) -> Judged:
    judged = Judged("", **more)
    for one in answers:
        judged.add(one)
    return judged


def printed(judged: Judged) -> str:
    console = Console(file=io.StringIO(), width=160)
    print_answers(console, judged)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def document(judged: Judged) -> dict[str, Any]:
    file = io.BytesIO()
    writer = JsonWriter(file, "dev", "cel")
    for one in judged.shown:
        writer.write(json_entry(one))
        writer.write(b"")
    writer.finish(judged)
    return json.loads(file.getvalue())


def test_a_finding_is_shown_with_the_line_of_its_field_and_else_of_its_pod() -> None:
    lines = printed(total(answer("bad", REFUSED))).splitlines()
    assert lines[:2] == [
        "x a.yaml:7: bad: run-as-root: container base: no",
        "! a.yaml:2: bad: seccomp (warn): container base: none",
    ]


@pytest.mark.parametrize(
    ("verdict", "timeout", "starts"),
    [
        (Verdict("admitted", node_groups=(STANDARD, FROM_ZERO)), 60, "on a running node"),
        (Verdict("admitted", node_groups=(NOT_STANDARD, FROM_ZERO)), None, "from zero: 3 to 5 min"),
        (Verdict("admitted", node_groups=(FROM_ZERO,)), 600, "from zero: 3 to 5 min, it waits 10 min"),
        (Verdict("admitted", node_groups=(NOT_STANDARD,)), None, "none         -"),
        (Verdict("refused"), None, "refused  -            -"),
    ],
)
def test_the_table_says_when_a_pod_starts(verdict: Verdict, timeout: int | None, starts: str) -> None:
    (row,) = [line for line in printed(total(answer("a", verdict, timeout))).splitlines() if line.startswith("a ")]
    assert row.strip().endswith(starts)


def test_roles_and_why_not_are_said_once_for_all_pods_alike() -> None:
    alike = [answer(name, Verdict("admitted", node_groups=(NOT_STANDARD,), role="arn:r")) for name in "abcde"]
    assert printed(total(*alike)).strip().splitlines()[-2:] == [
        "Role arn:r: a, b, c and 2 more",
        "Not on standard: a, b, c and 2 more (too small)",
    ]


def test_of_many_pods_those_that_fail_are_shown() -> None:
    good = [answer("good", Verdict("admitted")) for _ in range(MOST_SHOWN)]
    bad = [answer("bad", REFUSED) for _ in range(MOST_SHOWN + 3)]
    text = printed(total(*good, *bad))
    assert "good" not in text
    assert "and 3 more that fail: --json FILE holds them all" in text


def test_a_name_that_holds_markup_or_moves_the_cursor_is_shown_as_it_is() -> None:
    text = printed(total(answer("[red]\x1b[2J", Verdict("admitted", problems=("[bold]\n",)))))
    assert "! a.yaml:2: [red]\\x1b[2J: [bold]\\n" in text


def test_the_document_has_every_key_of_a_pod() -> None:
    pods = document(total(answer("good", Verdict("admitted", role="arn:r")), answer("bad", REFUSED)))["pods"]
    assert pods[0] == {
        "file": "a.yaml",
        "line": 2,
        "name": "good",
        "kind": "Pod",
        "verdict": "admitted",
        "refused_by": [],
        "warnings": [],
        "node_groups": [],
        "problems": [],
        "role": "arn:r",
    }
    finding = {"by": "run-as-root", "message": "container base: no", "path": "spec.containers[0]", "line": 7}
    assert pods[1]["refused_by"] == [finding]
    assert pods[1]["warnings"][0]["action"] == "warn"
    assert pods[1]["node_groups"][0]["fits"]


def test_the_document_without_pods_is_json_and_holds_the_problems() -> None:
    found = document(total(problems=[InputProblem("b.yaml", 3, "broken")]))
    assert (found["stack"], found["engine"], found["pods"]) == ("dev", "cel", [])
    assert found["problems"] == [{"file": "b.yaml", "line": 3, "message": "broken"}]
    assert found["counts"]["pods"] == 0


def test_annotations_are_escaped() -> None:
    verdict = Verdict("refused", (Finding("p", "50%\nof\rit"),), problems=("slow",))
    assert annotations(Answer("a,b:c%.yaml", 1, "n", "Pod", verdict)).decode().splitlines() == [
        "::error file=a%2Cb%3Ac%25.yaml,line=1::n: p: 50%25%0Aof%0Dit",
        "::warning file=a%2Cb%3Ac%25.yaml,line=1::n: slow",
    ]


STUCK = Verdict("admitted", node_groups=(NOT_STANDARD,), problems=("no node", "not checked"), fatal=("no node",))


def test_only_the_problem_for_which_a_pod_would_not_run_is_an_error() -> None:
    lines = annotations(answer("a", STUCK)).decode().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]


def test_only_the_problem_for_which_a_pod_would_not_run_is_marked_as_such() -> None:
    lines = printed(total(answer("a", STUCK))).splitlines()
    assert lines[:2] == ["x a.yaml:2: a: no node", "! a.yaml:2: a: not checked"]


def test_a_pod_without_a_role_is_said_to_have_none() -> None:
    judged = total(answer("a", Verdict("admitted")), answer("b", Verdict("unknown")))
    assert "Role: none (a)" in printed(judged).splitlines()


def test_of_many_pods_roles_are_told_of_those_that_are_listed() -> None:
    stuck = [answer("stuck", Verdict("admitted", node_groups=(NOT_STANDARD,), role="arn:r"))]
    good = [answer("good", Verdict("admitted", role="arn:r")) for _ in range(MOST_SHOWN)]
    assert "Of those listed:\nRole arn:r: stuck\n" in printed(total(*good, *stuck))


def test_a_problem_with_the_input_is_annotated_with_its_line_if_it_has_one() -> None:
    assert problem_annotation(InputProblem("a.yaml", 3, "broken")) == "::error file=a.yaml,line=3::broken"
    assert problem_annotation(InputProblem("a.yaml", None, "broken")) == "::error file=a.yaml::broken"


def test_the_last_line_counts() -> None:
    stuck = answer("stuck", Verdict("admitted", node_groups=(NOT_STANDARD,)))
    judged = total(answer("bad", REFUSED), stuck, problems=[InputProblem("a", 1, "b")], without_pod=1)
    assert counts_line(judged) == (
        "2 pods: 1 admitted, 1 refused, 0 unknown; 1 without a node in time; 1 warning; 1 object or file without pods; "
        "1 problem with the input"
    )
