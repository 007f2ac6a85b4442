"""The policies by the real gator, in both languages, and by the engine that `check` uses."""

import json
import re
from pathlib import Path

import pytest

from airflow_infra.assurance.check.checker import Checker
from airflow_infra.assurance.check.types import FoundPod
from airflow_infra.policies.library import Manifest, policy_names
from airflow_infra.policies.stack import AppliedPolicy, StackPolicies
from airflow_infra.policies.suites import load_suite, write_suites
from tests.e2e.engines import POLICIES, OwnEngine, differences, named, policies_of_dev
from tests.e2e.gator import LANGUAGES, Language, passed_cases, refusals
from tests.e2e.judges import checker
from tests.e2e.platform import STACK
from tests.e2e.pods import Change, creations, pods, sampled, updates

PODS, CREATIONS = 500, 60
UPDATES: dict[Change, int] = {"annotations": 8, "ephemeral container": 40, "images": 16, "label": 8, "toleration": 16}


@pytest.fixture(scope="module")
def gator(binaries: Path) -> Path:
    return binaries / "gator"


@pytest.fixture(scope="module")
def policies() -> StackPolicies:
    return policies_of_dev()


@pytest.fixture(scope="module")
def own(policies: StackPolicies) -> OwnEngine:
    return OwnEngine(policies)


@pytest.fixture(scope="module")
def made(policies: StackPolicies) -> list[Manifest]:
    return named(sampled(pods(policies), PODS, number=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_of_every_suite_passes(gator: Path, tmp_path: Path, language: Language) -> None:
    write_suites(POLICIES, tmp_path)
    cases = [case.name for name in policy_names(POLICIES) for case in load_suite(POLICIES / name)]
    assert sorted(passed_cases(gator, tmp_path, language)) == sorted(cases)


def test_all_engines_give_the_same_messages_for_generated_pods(
    gator: Path, policies: StackPolicies, own: OwnEngine, made: list[Manifest], tmp_path: Path
) -> None:
    by_cel, by_rego = (refusals(gator, policies, made, tmp_path / one, one) for one in LANGUAGES)
    assert differences(own.messages(made), by_cel) == []
    assert differences(by_cel, by_rego) == []


def test_check_gives_the_same_verdicts_with_gator_in_one_run(gator: Path, made: list[Manifest]) -> None:
    created = [pod for pod in made if "nodeName" not in pod["spec"]]  # refused on creation: gator knows none
    pods = [FoundPod("file", 1, "pod", "Pod", pod) for pod in created]
    pods += [FoundPod("file", 1, "pod", "task", pod, unknown=("spec.containers[0].image",)) for pod in created[:50]]
    by_gator = checker(Checker, STACK.settings, POLICIES, gator)
    assert by_gator.check_all(pods) == checker(Checker, STACK.settings, POLICIES).check_all(pods)


def test_generated_pods_are_about_half_admitted_and_every_policy_refuses_some(
    own: OwnEngine, made: list[Manifest]
) -> None:
    found = [own.refusals(pod) for pod in made]
    assert 0.3 < sum(not refused for refused in found) / PODS < 0.7
    assert {name for refused in found for name in refused} == set(policy_names(POLICIES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_engines_give_the_same_messages_for_generated_pods_that_are_created(
    gator: Path, policies: StackPolicies, own: OwnEngine, tmp_path: Path, language: Language
) -> None:
    reviews = sampled(creations(policies), CREATIONS, number=5)
    messages = _verified(gator, policies, own, reviews, tmp_path, language)
    assert any("spec.nodeName" in refused.get("dedicated-node-groups", "") for refused in messages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_engines_give_the_same_messages_for_generated_updates(
    gator: Path, policies: StackPolicies, own: OwnEngine, tmp_path: Path, language: Language
) -> None:
    reviews = [
        review for change, count in UPDATES.items() for review in sampled(updates(policies, change), count, number=1)
    ]
    messages = _verified(gator, policies, own, reviews, tmp_path, language)
    assert {name for refused in messages for name in refused} == {
        *("added-capabilities", "dedicated-node-groups", "image-registries", "kube2iam-roles"),
        *("privilege-escalation", "privileged-containers", "run-as-root", "seccomp"),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pod_of_many_containers_stays_within_the_engines_budget(
    gator: Path, policies: StackPolicies, own: OwnEngine, tmp_path: Path, language: Language
) -> None:
    """The API server stops CEL at a cost of 1,000,000 for each policy, and then refuses in other words."""
    many = [{"name": f"main-{at}", "image": "alpine"} for at in range(200)]
    volumes = [{"name": f"volume-{at}", "hostPath": {"path": "/"}} for at in range(200)]
    metadata = {"name": "many", "namespace": "airflow"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": many, "volumes": volumes}}
    ours = own.messages([pod])
    assert differences(ours, refusals(gator, policies, [pod], tmp_path / "written", language)) == []
    assert ours["many"]["privilege-escalation"].endswith("allowPrivilegeEscalation: false | and 195 more")


def _verified(
    gator: Path, policies: StackPolicies, own: OwnEngine, reviews: list[Manifest], folder: Path, language: Language
) -> list[dict[str, str]]:
    """What the own engine says of each review, after gator has said the same."""
    messages = [own.refusals(review) for review in reviews]
    for applied in policies.policies:
        _write_suite(folder / applied.policy.name, applied, reviews, messages)
    assert len(passed_cases(gator, folder, language)) == len(reviews) * len(policies.policies)
    return messages


def _write_suite(folder: Path, applied: AppliedPolicy, reviews: list[Manifest], messages: list[dict[str, str]]) -> None:
    """A suite that expects of each review just this policy's message, or none."""
    folder.mkdir()
    cases: list[Manifest] = []
    for at, (review, refused) in enumerate(zip(reviews, messages, strict=True)):
        (folder / f"{at}.yaml").write_text(json.dumps(review), encoding="utf-8")
        message = refused.get(applied.policy.name)
        expected = {"violations": 1, "message": f"^{re.escape(message)}$"} if message else {"violations": "no"}
        cases.append({"name": f"review-{at}", "object": f"{at}.yaml", "assertions": [expected]})
    test = {"name": "reviews", "template": "template.yaml", "constraint": "constraint.yaml", "cases": cases}
    suite = {"apiVersion": "test.gatekeeper.sh/v1alpha1", "kind": "Suite", "metadata": {"name": "all"}, "tests": [test]}
    for name, manifest in (("template", applied.template), ("constraint", applied.constraint), ("suite", suite)):
        (folder / f"{name}.yaml").write_text(json.dumps(manifest), encoding="utf-8")
