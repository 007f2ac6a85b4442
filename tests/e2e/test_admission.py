"""`check` and the real API server: the same pods refused, by the same policies, in the same words.

The server has all that the dev stack's program puts on it. Every pod and every update is tried in four of its states:
the policies only record (so that mutation is seen on its own), Gatekeeper's webhook alone refuses (all policies at
once), webhook and generated policies as the program leaves them (the first of all), and Gatekeeper is down (generated
policies alone, and nothing mutated).
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from airflow_infra.assurance.check.checker import Checker
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.policies.library import policy_names
from tests.e2e.answers import Answer, by_policy, disagreement
from tests.e2e.engines import POLICIES, named, policies_of_dev
from tests.e2e.judges import UpdateJudge, WithoutMutation, checker, what_is_filled_in
from tests.e2e.odd_pods import odd_pods
from tests.e2e.platform import STACK, Platform, creation, platform, update
from tests.e2e.pods import Change, pods, sampled, updates

PODS, UPDATES_OF_A_KIND, EVERY_ODD = 600, 40, 25
EXEMPT = "kube-system"
HIDDEN = {"privileged-containers"}
"""Never refused alone: the API server takes no privileged container that may not escalate, which mutation makes of it;
and one that may is refused by privilege-escalation too, of which the API server names one by an order of its own.
"""

Record = Callable[[str, object], None]
Findings = Sequence[Finding]


@dataclass(frozen=True)
class Asked:
    """What the server was asked, and what it said in each state."""

    pods: list[Manifest]
    odd: list[tuple[str, Manifest]]
    updates: list[tuple[Manifest, Manifest]]
    """New and old."""
    answers: dict[str, list[Answer]]
    """By state: for the pods, then for the updates."""
    odd_answers: list[Answer]
    policies: list[Manifest]
    webhook: Manifest


def generated() -> list[Manifest]:
    """Pods without ephemeral containers. Some of those in `airflow` go elsewhere, where Pod Security says nothing."""
    made = named(sampled(pods(policies_of_dev(), ephemeral=False, nulls=True), PODS, number=3))
    for number, pod in enumerate(made):
        if pod["metadata"]["namespace"] == "airflow" and number % 2:
            pod["metadata"]["namespace"] = "default"
        if pod["spec"].get("priorityClassName") == "tasks" and number % 10:
            del pod["spec"]["priorityClassName"]  # there is none on the platform: refused, by both
    return made


def updated(server: Platform) -> list[tuple[Manifest, Manifest]]:
    """Updates of pods that the server holds, some of which the policies would not let in."""
    reviews = [
        (change, review["request"]["oldObject"], review["request"]["object"])
        for change in get_args(Change)
        for review in sampled(updates(policies_of_dev(), change), UPDATES_OF_A_KIND, number=4)
    ]
    old = named(copy.deepcopy([old for _, old, _ in reviews]))
    for number, pod in enumerate(old):
        pod["metadata"]["name"] = f"old-{pod['metadata']['name']}"
        spec = pod["spec"]
        spec.pop("ephemeralContainers", None)
        spec.pop("nodeName", None)  # there is no such node, and a pod without its node is removed
        if pod["metadata"]["namespace"] == "airflow" and number % 4:
            pod["metadata"]["namespace"] = "default"
        if spec.get("priorityClassName") == "tasks":
            del spec["priorityClassName"]
        for container in (*spec["containers"], *spec.get("initContainers", [])):
            if container.get("securityContext", {}).get("privileged"):
                container["securityContext"]["allowPrivilegeEscalation"] = True  # or mutation makes it invalid
    stored = server.keep(old)
    return [
        (changed(pod, change, new), pod)
        for (change, _, new), pod in zip(reviews, stored, strict=True)
        if pod is not None
    ]


def changed(pod: Manifest, change: str, like: Manifest) -> Manifest:
    """A pod with the change that another one has seen."""
    pod = copy.deepcopy(pod)
    spec, wanted = pod["spec"], like["spec"]
    del pod["metadata"]["resourceVersion"]
    pod["metadata"]["labels"] = {"seen": "true"}
    match change:
        case "ephemeral container":
            spec["ephemeralContainers"] = [wanted["ephemeralContainers"][-1]]
        case "images":
            for field in ("containers", "initContainers"):
                for container, theirs in zip(spec.get(field, []), wanted.get(field) or [], strict=True):
                    container["image"] = theirs["image"]
        case "toleration":
            spec["tolerations"].append(wanted["tolerations"][-1])
        case "annotations":
            pod["metadata"]["annotations"] = like["metadata"]["annotations"]
        case _:
            pass
    return pod


def ask(server: Platform, judge: Checker) -> Asked:
    """Ask everything in every state."""
    made, odd = generated(), [one for number, one in enumerate(odd_pods()) if number % EVERY_ODD == 0]
    probes = list(probes_of(made, judge).values())
    answers: dict[str, list[Answer]] = {}
    server.enforce("dryrun")
    server.settle(probes, lambda answer: answer.pod.get("spec", {}).get("securityContext", {}).get("seccompProfile"))
    changes = updated(server)
    tries = [*map(creation, made), *(update(new) for new, _ in changes)]
    answers["recorded"] = server.answers(tries)
    server.enforce("webhook")
    server.settle(probes, lambda answer: answer.webhook)
    answers["webhook"] = server.answers(tries)
    server.enforce("deny")
    server.settle(probes, lambda answer: answer.policy)
    answers["both"] = server.answers(tries)
    odd_answers = server.answers([creation(pod) for _, pod in odd])
    policies, webhook = server.policies(), server.webhook()
    server.gatekeeper.kill()
    answers["down"] = server.answers(tries)
    return Asked(made, odd, changes, answers, odd_answers, policies, webhook)


def probes_of(made: list[Manifest], judge: Checker) -> dict[str, Manifest]:
    """Of each policy a pod that it refuses, and nobody else."""
    found: dict[str, Manifest] = {}
    for pod in made:
        by = {finding.by for finding in judge.check(pod).refused_by}
        if len(by) == 1 and by <= {*policy_names(POLICIES)}:
            found.setdefault(by.pop(), pod)
    assert set(found) >= {*policy_names(POLICIES)} - HIDDEN, "too few pods to see every policy at work"
    return found


@pytest.fixture(scope="module")
def judge() -> Checker:
    return checker(Checker, STACK.settings, POLICIES)


@pytest.fixture(scope="module")
def asked(binaries: Path, tmp_path_factory: pytest.TempPathFactory, judge: Checker) -> Iterator[Asked]:
    with platform(binaries, tmp_path_factory.mktemp("admission") / "cluster") as server:
        yield ask(server, judge)


def said_of_updates(asked: Asked) -> list[Findings]:
    judging = UpdateJudge(policies_of_dev(), STACK.settings.eks.cluster.kubernetes_version)
    return [judging.findings(new, old) for new, old in asked.updates]


def disagreements(asked: Asked, state: str, said: Sequence[Findings]) -> list[str]:
    objects = [*asked.pods, *(new for new, _ in asked.updates)]
    return [
        f"{pod['metadata']['name']}: {found}"
        for pod, findings, answer in zip(objects, said, asked.answers[state], strict=True)
        if (found := disagreement(findings, answer))
    ]


def tell(record: Record, asked: Asked, what: str, answers: Sequence[Answer]) -> None:
    counts = Counter(answer.by for answer in answers)
    admitted = counts.pop("nobody")
    refused = ", ".join(f"{count} by {name}" for name, count in counts.most_common())
    asked_for = f"{len(asked.pods)} creates and {len(asked.updates)} updates"
    record("compared", f"check and the API server, {what}: {asked_for}: {admitted} admitted, refused {refused}")


def test_what_is_filled_in_is_the_same(asked: Asked, judge: Checker, record_property: Record) -> None:
    compared = 0
    for pod, answer in zip(asked.pods, asked.answers["recorded"], strict=False):
        if answer.pod:
            compared += 1
            ours = what_is_filled_in(judge.admitted(pod))
            assert ours == what_is_filled_in(answer.pod), pod
    record_property("compared", f"check and the API server, mutation: {compared} pods as they would be stored")
    assert compared > PODS / 2


def test_policies_that_only_record_leave_the_rest_of_the_verdict(asked: Asked, judge: Checker) -> None:
    said = [*(judge.check(pod).refused_by for pod in asked.pods), *said_of_updates(asked)]
    others = [[one for one in findings if not by_policy([one])] for findings in said]
    assert disagreements(asked, "recorded", others) == []


def test_the_webhook_gives_the_messages_of_check(asked: Asked, judge: Checker, record_property: Record) -> None:
    said = [*(judge.check(pod).refused_by for pod in asked.pods), *said_of_updates(asked)]
    assert disagreements(asked, "webhook", said) == []
    tell(record_property, asked, "Gatekeeper's webhook alone", asked.answers["webhook"])
    assert {name for answer in asked.answers["webhook"] for name in answer.webhook} == {*policy_names(POLICIES)}


def test_webhook_and_generated_policies_together_give_the_verdict_of_check(
    asked: Asked, judge: Checker, record_property: Record
) -> None:
    said = [*(judge.check(pod).refused_by for pod in asked.pods), *said_of_updates(asked)]
    assert disagreements(asked, "both", said) == []
    tell(record_property, asked, "webhook and generated policies", asked.answers["both"])


def test_without_gatekeeper_the_api_server_refuses_the_same_and_what_is_unset(
    asked: Asked, record_property: Record
) -> None:
    bare = checker(WithoutMutation, STACK.settings, POLICIES)
    said = [*(bare.check(pod).refused_by for pod in asked.pods), *said_of_updates(asked)]
    assert disagreements(asked, "down", said) == []
    tell(record_property, asked, "generated policies alone, nothing mutated", asked.answers["down"])
    assert {name for answer in asked.answers["down"] for name in answer.policy} >= {*policy_names(POLICIES)} - HIDDEN


def test_an_unset_field_is_filled_in_and_without_gatekeeper_refused(asked: Asked) -> None:
    both = zip(asked.pods, asked.answers["both"], asked.answers["down"], strict=False)
    changed = [down for _, up, down in both if up.by == "nobody" and down.policy]
    names = {name for answer in changed for name in answer.policy}
    assert names == {"privilege-escalation", "seccomp"}
    assert len(changed) > 10


def test_odd_types_are_a_schema_error_where_the_server_says_bad_request(
    asked: Asked, judge: Checker, record_property: Record
) -> None:
    wrong: list[str] = []
    odd = 0
    for (what, pod), answer in zip(asked.odd, asked.odd_answers, strict=True):
        findings = judge.check(pod).refused_by
        is_odd = bool(findings) and findings[0].by == "schema"
        odd += is_odd
        if (answer.status not in (400, 422)) if is_odd else answer.status == 400:
            wrong.append(f"{what}: {[one.message for one in findings]}, but {answer.status} {answer.message}")
    record_property(
        "compared", f"check and the API server, odd types: {len(asked.odd)} pods, {odd} of them a schema error"
    )
    assert wrong == []
    assert odd > 50


def test_ephemeral_containers_are_judged_where_they_are_added(asked: Asked) -> None:
    added = [
        answer
        for (new, _), answer in zip(asked.updates, asked.answers["webhook"][len(asked.pods) :], strict=True)
        if new["spec"].get("ephemeralContainers")
    ]
    refused = {name for answer in added for name in answer.webhook}
    assert refused >= {"added-capabilities", "image-registries", "privilege-escalation", "privileged-containers"}
    assert len(added) > UPDATES_OF_A_KIND / 3


def test_webhook_and_generated_policies_are_asked_about_ephemeral_containers(asked: Asked) -> None:
    rules = [one["spec"]["matchConstraints"]["resourceRules"] for one in asked.policies]
    assert len(rules) == len(policy_names(POLICIES))
    for (rule,) in [*rules, asked.webhook["rules"]]:
        assert {"*", "pods/ephemeralcontainers"} <= {*rule["resources"]}
        assert rule["operations"] == ["CREATE", "UPDATE"]
