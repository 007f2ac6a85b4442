import json
import stat
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.assurance.admission.gator import GatorEngine, GatorError, find_gator
from airflow_infra.assurance.check.types import Finding
from tests.assurance.admission.pods import pod, policies, policy

POLICIES = policies(policy("true"))


def result(number: int, message: str, action: str = "deny") -> dict[str, Any]:
    return {
        "msg": message,
        "constraint": {"metadata": {"name": "a-policy"}},
        "enforcementAction": action,
        "violatingObject": {"metadata": {"uid": str(number)}},
    }


def gator(folder: Path, *results: dict[str, Any], code: int = 1, output: str | None = None) -> GatorEngine:
    """An engine whose gator says this, whatever it is asked, and notes what it is asked in `asked`."""
    said, program = folder / "said.json", folder / "gator"
    said.write_text(json.dumps([*results]) if output is None else output)
    program.write_text(f"#!/bin/sh\ncat >'{folder}/asked'\ncat '{said}'\necho something is wrong >&2\nexit {code}\n")
    program.chmod(stat.S_IRWXU)
    return GatorEngine(POLICIES, program)


def test_results_find_their_pods(tmp_path: Path) -> None:
    engine = gator(tmp_path, result(1, "container base: image a is bad | pod: spec.x too"), result(2, "w", "warn"))
    assert list(engine.review([pod(), pod(), pod()])) == [
        (),
        (
            Finding("a-policy", "container base: image a is bad", "spec.containers[0].image"),
            Finding("a-policy", "pod: spec.x too", "spec.x"),
        ),
        (Finding("a-policy", "w", None, "warn"),),
    ]


def test_gator_gets_the_policies_and_the_pods_by_its_standard_input(tmp_path: Path) -> None:
    gator(tmp_path, code=0).review([pod(), pod()])
    asked = [json.loads(text) for text in (tmp_path / "asked").read_text().split("\n---\n")]
    assert [one["kind"] for one in asked] == ["ConstraintTemplate", asked[1]["kind"], "Pod", "Pod"]
    assert asked[1]["metadata"]["name"] == "a-policy"


def test_a_single_pod_has_its_findings(tmp_path: Path) -> None:
    assert gator(tmp_path, result(0, "no")).findings(pod()) == (Finding("a-policy", "no"),)


def test_no_result_is_no_finding(tmp_path: Path) -> None:
    assert list(gator(tmp_path, code=0, output="null").review([pod()])) == [()]


@pytest.mark.parametrize("output", ["", "Error: no such thing", "[{"])
def test_gators_own_failure_is_an_error(tmp_path: Path, output: str) -> None:
    with pytest.raises(GatorError, match="gator failed with exit code 1: something is wrong"):
        gator(tmp_path, output=output).review([pod()])


def test_a_failure_without_a_refusal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatorError, match="exit code 1, although it refused nothing"):
        gator(tmp_path, result(0, "w", "warn")).review([pod()])


def test_a_refusal_without_a_failure_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatorError, match="exit code 0, although it refused something"):
        gator(tmp_path, result(0, "no"), code=0).review([pod()])


def test_a_gator_that_does_not_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GatorError, match="does not run"):
        GatorEngine(POLICIES, tmp_path / "gator").review([pod()])


def test_gator_is_not_asked_about_nothing(tmp_path: Path) -> None:
    assert list(gator(tmp_path, output="broken").review([])) == []


def test_no_policies_are_no_reason_to_admit(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gator would admit everything"):
        GatorEngine(policies(), tmp_path / "gator")


def test_the_project_has_a_gator_of_its_own(tmp_path: Path) -> None:
    built = tmp_path / "tools" / "bin" / "gator"
    built.parent.mkdir(parents=True)
    built.touch()
    assert find_gator(tmp_path) == built


def test_where_there_is_no_gator_it_says_what_builds_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GatorError, match="`make cluster` builds it"):
        find_gator(tmp_path)
