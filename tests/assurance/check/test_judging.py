"""Files judged piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from airflow_infra.assurance.check import judging
from airflow_infra.assurance.check.judging import Judge, MakeJudge, judge_files
from airflow_infra.assurance.check.types import (
    MOST_SHOWN,
    Answer,
    Finding,
    FoundPod,
    GroupAnswer,
    Judged,
    Manifest,
    Minutes,
    Verdict,
)

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec:\n  hostNetwork: true\n  containers: []\n"


@dataclass(frozen=True)
class ByName:
    """Refuses pods by their name."""

    at_once: bool = False
    asked: list[int] = field(default_factory=list[int])
    """How many pods each call of `check_all` was for."""

    def check(self, pod: Manifest, unknown: tuple[str, ...] = (), startup_timeout_s: int | None = None) -> Verdict:
        if pod["metadata"]["name"].startswith("bad"):
            return Verdict("refused", (Finding("host-namespaces", "pod: no", "spec.hostNetwork"),))
        return Verdict("unknown" if unknown else "admitted")

    def check_all(self, pods: Sequence[FoundPod]) -> list[Verdict]:
        self.asked.append(len(pods))
        return [self.check(one.pod, one.unknown, one.startup_timeout_s) for one in pods]


def name(answer: Answer) -> bytes:
    return f"{answer.name} ".encode()


def judged(*paths: Path, processes: int = 1) -> tuple[Judged, bytes]:
    total, text = Judged(""), b""
    for part in judge_files(paths, MakeJudge(ByName, (name,)), processes):
        total.include(part)
        text += b"".join(part.texts)
    return total, text


def answer(timeout: int | None = None, *groups: GroupAnswer) -> Answer:
    return Answer("file", 1, "pod", "Pod", Verdict("admitted", node_groups=groups), timeout)


def test_a_findings_line_is_that_of_its_field(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD % "bad")
    total, _ = judged(tmp_path / "a.yaml")
    assert total.shown[0].verdict.refused_by[0].line == 5


def test_objects_are_counted_and_answers_rendered_in_order_over_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"{POD % 'one'}---\n{POD % 'bad'}---\napiVersion: v1\nkind: Service\n")
    (tmp_path / "b.yaml").write_text(f"{POD % 'two'}---\n[\n")
    total, text = judged(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert text == b"one bad two "
    assert (total.pods, total.failed, total.without_pod, len(total.problems)) == (3, 1, 1, 1)
    assert total.verdicts == {"admitted": 2, "refused": 1}


def test_a_file_without_any_object_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# nothing\n")
    (tmp_path / "b.yaml").write_text("apiVersion: v1\nkind: Service\n")
    total, _ = judged(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert [str(problem) for problem in total.problems] == [f"{tmp_path}/a.yaml: holds no Kubernetes object"]
    assert all(part.texts == (b"",) for part in judge_files([tmp_path / "a.yaml"], MakeJudge(ByName, (name,)), 1))


def test_small_files_are_judged_at_once_where_that_is_faster(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.yaml").write_text(f"{POD % f'a{number}'}---\n3\n---\n{POD % f'bad{number}'}")
    files, checks = sorted(tmp_path.iterdir()), ByName(at_once=True)
    parts = list(judge_files(files, MakeJudge(lambda: checks, (name,)), 1))
    assert checks.asked == [18]
    assert parts == list(judge_files(files, MakeJudge(ByName, (name,)), 1))


def test_a_batch_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_BATCH_BYTES", 2 * len(POD % "a0"))
    for number in range(5):
        (tmp_path / f"{number}.yaml").write_text(POD % f"a{number}")
    checks = ByName(at_once=True)
    assert len(list(judge_files(sorted(tmp_path.iterdir()), MakeJudge(lambda: checks, ()), 1))) == 5
    assert checks.asked == [2, 2, 1]


def test_what_is_much_is_judged_by_other_processes_with_the_same_outcome(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_ENOUGH_FOR_WORKERS_BYTES", 0)
    (tmp_path / "a.yaml").write_text("---\n".join(POD % f"p{number}" for number in range(50)) + "---\n3\n")
    (tmp_path / "b.yaml").write_text(POD % "bad")
    here, there = (judged(tmp_path / "a.yaml", tmp_path / "b.yaml", processes=number) for number in (1, 2))
    assert there == here
    assert here[0].pods == 51


def test_of_many_pods_the_first_of_each_kind_are_kept() -> None:
    total = Judged("")
    for begin in ("good", "bad"):
        pods = [FoundPod("file", 1, "", "Pod", {"metadata": {"name": f"{begin}{number}"}}) for number in range(100)]
        (part,) = Judge(ByName(), ()).judge([("file", pods)])
        total.include(part)
    assert [one.ok for one in total.shown] == [True] * MOST_SHOWN + [False] * MOST_SHOWN
    assert (total.pods, total.failed) == (200, 100)


def test_why_a_pod_is_not_known_in_full_is_among_its_problems() -> None:
    pod = FoundPod("file", 1, "", "task", {"metadata": {"name": "a"}}, unknown=("spec",), reasons=("cannot be built",))
    (judged,) = Judge(ByName(), ()).judge([("file", [pod])])
    assert judged.shown[0].verdict.problems == ("cannot be built",)


@pytest.mark.parametrize(
    ("one", "ok"),
    [
        (answer(60, GroupAnswer("a", fits=True)), True),
        (answer(None, GroupAnswer("a", fits=False)), False),
        (answer(None, GroupAnswer("a", fits=False), GroupAnswer("b", fits=True)), True),
        (answer(120, GroupAnswer("a", fits=True, from_zero=True, start_minutes=Minutes(1, 2, 3))), False),
        (answer(121, GroupAnswer("a", fits=True, from_zero=True, start_minutes=Minutes(1, 2, 3))), True),
        (answer(None, GroupAnswer("a", fits=True, from_zero=True, start_minutes=Minutes(1, 2, 3))), True),
    ],
)
def test_an_admitted_pod_would_run_where_a_node_takes_it_before_its_operator_gives_up(one: Answer, *, ok: bool) -> None:
    assert one.ok is ok
