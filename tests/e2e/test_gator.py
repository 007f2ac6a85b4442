"""The policies by the real gator, in both languages, and by the engine that `check` uses."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from airflow_infra.assurance.admission.cel import CelPolicies
from airflow_infra.policies.library import Manifest, policy_names
from airflow_infra.policies.stack import AppliedPolicy, StackPolicies, stack_policies
from airflow_infra.policies.suites import load_suite, write_suites
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from tests.e2e.gator import LANGUAGES, Language, Messages, passed_cases, refusals
from tests.e2e.pods import CHANGES, pods, sampled, updates

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "infra/eks/policies"
PODS, UPDATES_OF_A_KIND = 500, 12


@pytest.fixture(scope="module")
def gator(binaries: Path) -> Path:
    return binaries / "gator"


@pytest.fixture(scope="module")
def policies() -> StackPolicies:
    settings = load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings
    return stack_policies(FOLDER, settings, Names("dev", settings.account.id, settings.account.region))


class OwnEngine:
    """The engine that `check` uses, without anything around it."""

    def __init__(self, policies: StackPolicies) -> None:
        self._policies = policies.policies
        self._by_namespace: dict[str, CelPolicies] = {}

    def refusals(self, object_: Manifest) -> dict[str, str]:
        """What is said of a pod, or of an update."""
        request = object_.get("request", {"operation": ""})  # gator reviews a pod without an operation
        pod = request.get("object", object_)
        judging = self._judging(pod["metadata"]["namespace"])
        found = judging.refusals(pod, {"operation": request["operation"]}, request.get("oldObject"))
        return {refusal.policy.policy.name: refusal.message for refusal in found}

    def _judging(self, namespace: str) -> CelPolicies:
        if namespace not in self._by_namespace:
            self._by_namespace[namespace] = CelPolicies([one for one in self._policies if _applies(one, namespace)])
        return self._by_namespace[namespace]


def _applies(applied: AppliedPolicy, namespace: str) -> bool:
    match = applied.constraint["spec"]["match"]
    return namespace not in match["excludedNamespaces"] and namespace in match.get("namespaces", [namespace])


@pytest.fixture(scope="module")
def own(policies: StackPolicies) -> OwnEngine:
    return OwnEngine(policies)


def _named(made: list[Manifest]) -> list[Manifest]:
    return [{**pod, "metadata": {**pod["metadata"], "name": f"pod-{at}"}} for at, pod in enumerate(made)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_of_every_suite_passes(gator: Path, tmp_path: Path, language: Language) -> None:
    write_suites(FOLDER, tmp_path)
    cases = [case.name for name in policy_names(FOLDER) for case in load_suite(FOLDER / name)]
    assert sorted(passed_cases(gator, tmp_path, language)) == sorted(cases)


def test_all_engines_give_the_same_messages_for_generated_pods(
    gator: Path, policies: StackPolicies, own: OwnEngine, tmp_path: Path
) -> None:
    made = _named(sampled(pods(policies), PODS, number=1))
    ours = {pod["metadata"]["name"]: own.refusals(pod) for pod in made}
    by_cel, by_rego = (refusals(gator, policies, made, tmp_path / one, one) for one in LANGUAGES)
    assert _differences(ours, by_cel) == []
    assert _differences(by_cel, by_rego) == []


def test_generated_pods_are_about_half_admitted_and_every_policy_refuses_some(
    policies: StackPolicies, own: OwnEngine
) -> None:
    found = [own.refusals(pod) for pod in sampled(pods(policies), PODS, number=1)]
    assert 0.3 < sum(not refused for refused in found) / PODS < 0.7
    assert {name for refused in found for name in refused} == set(policy_names(FOLDER))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_engines_give_the_same_messages_for_generated_updates(
    gator: Path, policies: StackPolicies, own: OwnEngine, tmp_path: Path, language: Language
) -> None:
    reviews = [
        review for change in CHANGES for review in sampled(updates(policies, change), UPDATES_OF_A_KIND, number=1)
    ]
    messages = [own.refusals(review) for review in reviews]
    for applied in policies.policies:
        _write_suite(tmp_path / applied.policy.name, applied, reviews, messages)
    assert len(passed_cases(gator, tmp_path, language)) == len(reviews) * len(policies.policies)
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
    ours = {"many": own.refusals(pod)}
    assert _differences(ours, refusals(gator, policies, [pod], tmp_path / "written", language)) == []
    assert ours["many"]["privilege-escalation"].endswith("allowPrivilegeEscalation: false | and 195 more")


def _differences(one: Messages, other: Messages) -> list[tuple[str, str, str | None, str | None]]:
    """Pod and policy of which two engines don't say the same, and what they say."""
    assert one.keys() == other.keys()
    return [
        (pod, policy, one[pod].get(policy), other[pod].get(policy))
        for pod in one
        for policy in sorted(one[pod].keys() | other[pod].keys())
        if one[pod].get(policy) != other[pod].get(policy)
    ]


def _write_suite(folder: Path, applied: AppliedPolicy, reviews: list[Manifest], messages: list[dict[str, str]]) -> None:
    """A suite that expects of each review just this policy's message, or none."""
    folder.mkdir()
    cases: list[Manifest] = []
    for at, (review, refused) in enumerate(zip(reviews, messages, strict=True)):
        (folder / f"{at}.yaml").write_text(json.dumps(review), encoding="utf-8")
        message = refused.get(applied.policy.name)
        expected = {"violations": 1, "message": f"^{re.escape(message)}$"} if message else {"violations": "no"}
        cases.append({"name": f"update-{at}", "object": f"{at}.yaml", "assertions": [expected]})
    test = {"name": "updates", "template": "template.yaml", "constraint": "constraint.yaml", "cases": cases}
    suite = {"apiVersion": "test.gatekeeper.sh/v1alpha1", "kind": "Suite", "metadata": {"name": "all"}, "tests": [test]}
    for name, manifest in (("template", applied.template), ("constraint", applied.constraint), ("suite", suite)):
        (folder / f"{name}.yaml").write_text(json.dumps(manifest), encoding="utf-8")
