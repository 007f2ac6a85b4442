"""Many pods judged with one run of gator, here a program that says what a test has it say."""

import json
import stat
from pathlib import Path
from typing import Any

from check_samples import NAMES, POLICIES, checker, good_pod
from placement_samples import dev

from airflow_infra.assurance.check.checker import Checker
from airflow_infra.assurance.check.types import Finding, FoundPod, Manifest

NO = Finding("seccomp", "pod: spec.hostIPC is no", "spec.hostIPC")


def found(pod: Manifest, *unknown: str) -> FoundPod:
    return FoundPod("file", 1, "pod", "Pod", pod, unknown=unknown)


def by_gator(folder: Path, *refused: int) -> Checker:
    """A checker whose gator refuses some pods by their numbers, and adds a line to `runs` each time it is run."""
    results: list[dict[str, Any]] = [
        {
            "msg": NO.message,
            "constraint": {"metadata": {"name": NO.by}},
            "enforcementAction": "deny",
            "violatingObject": {"metadata": {"uid": str(number)}},
        }
        for number in refused
    ]
    program = folder / "gator"
    said = json.dumps(results)
    program.write_text(
        f"#!/bin/sh\ncat >/dev/null\necho run >>'{folder}/runs'\necho '{said}'\nexit {int(bool(refused))}\n"
    )
    program.chmod(stat.S_IRWXU)
    return Checker(dev(), NAMES, POLICIES, program)


def test_gator_runs_once_and_each_pod_gets_its_own_answer(tmp_path: Path) -> None:
    pods = [
        found(good_pod()),
        found(good_pod(containers=7)),  # of which no policy is asked
        found(good_pod(), "spec.containers[0].image"),
        found(good_pod(), "metadata.namespace"),  # of which none is asked either
        found(good_pod(), "spec.containers[0].args"),
        found(good_pod("high-memory")),
    ]
    verdicts = by_gator(tmp_path, 1, 2).check_all(pods)
    assert (tmp_path / "runs").read_text() == "run\n"
    assert [one.verdict for one in verdicts] == ["admitted", "refused", "refused", "unknown", "refused", "admitted"]
    assert [NO in one.refused_by for one in verdicts] == [False, False, True, False, True, False]


def test_a_single_pod_is_judged_by_gator_too(tmp_path: Path) -> None:
    assert by_gator(tmp_path, 0).check(good_pod()).refused_by == (NO,)


def test_without_gator_all_pods_are_judged_as_one_by_one() -> None:
    pods = [found(good_pod()), found(good_pod(hostNetwork=True)), found(good_pod(), "spec.containers[0].image")]
    one_by_one = [checker().check(one.pod, one.unknown) for one in pods]
    assert checker().check_all(pods) == one_by_one
    assert [one.verdict for one in one_by_one] == ["admitted", "refused", "unknown"]


def test_only_gator_is_faster_at_once(tmp_path: Path) -> None:
    assert (checker().at_once, by_gator(tmp_path).at_once) == (False, True)
