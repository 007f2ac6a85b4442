"""The verdict of each policy on its samples, and that a weakened policy is caught by one of them."""

import re
from dataclasses import replace
from typing import Any

import pytest

from infra.eks.policy_library import load_policy, policy_folder, policy_names, read_yaml
from tests.infra.eks.policy_evaluation import violations, weakened


def _cases() -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, case)
        for name in policy_names()
        for test in read_yaml(policy_folder(name) / "suite.yaml")["tests"]
        for case in test["cases"]
    ]


CASES = [pytest.param(name, case, id=f"{name}-{case['name']}") for name, case in _cases()]


def _as_expected(messages: list[str], assertion: dict[str, Any]) -> bool:
    if assertion["violations"] == "no":
        return not messages
    pattern = re.compile(assertion["message"])
    return len(messages) == assertion["violations"] and all(pattern.search(message) for message in messages)


def _failing_cases(name: str, policy: Any) -> set[str]:
    folder = policy_folder(name)
    return {
        case["name"]
        for owner, case in _cases()
        if owner == name
        and not all(
            _as_expected(violations(policy, read_yaml(folder / case["object"])), each) for each in case["assertions"]
        )
    }


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_verdict_is_the_suites(name: str, case: dict[str, Any]) -> None:
    messages = violations(load_policy(name), read_yaml(policy_folder(name) / case["object"]))
    assert all(_as_expected(messages, assertion) for assertion in case["assertions"]), messages


@pytest.mark.parametrize("name", policy_names())
def test_every_sample_is_in_the_suite(name: str) -> None:
    in_suite = {case["object"] for owner, case in _cases() if owner == name}
    assert {f"samples/{path.name}" for path in (policy_folder(name) / "samples").iterdir()} == in_suite


@pytest.mark.parametrize(
    ("name", "text", "replacement", "caught_by"),
    [
        ("privileged-containers", "&& c.securityContext.privileged)", "&& false)", "refused"),
        ("privileged-containers", "+ variables.initContainers", "", "init-container"),
        ("privileged-containers", "+ variables.ephemeralContainers", "", "ephemeral-container"),
        (
            "privileged-containers",
            "&& has(c.securityContext.privileged) && c.securityContext.privileged",
            "",
            "allowed",
        ),
        ("privilege-escalation", "!c.securityContext.allowPrivilegeEscalation", "true", "refused"),
        (
            "privilege-escalation",
            "!(has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation)",
            "has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && !(true",
            "unset",
        ),
        ("privilege-escalation", "+ variables.initContainers", "", "init-container"),
        ("privilege-escalation", "+ variables.ephemeralContainers", "", "ephemeral-container"),
        (
            "privilege-escalation",
            ".filter(c, !(c.name in variables.formerEphemeralNames))",
            "",
            "update-of-older-pod",
        ),
        (
            "privilege-escalation",
            ".filter(c, !(c.name in variables.formerEphemeralNames))",
            ".filter(c, !variables.isUpdate)",
            "update-adds-ephemeral-container",
        ),
        (
            "privilege-escalation",
            "variables.isUpdate ? [] : variables",
            "false ? [] : variables",
            "update-of-older-pod",
        ),
        ("host-namespaces", "variables.anyObject.spec.hostNetwork ?", "false ?", "host-network"),
        ("host-namespaces", "variables.anyObject.spec.hostPID ?", "false ?", "host-pid"),
        ("host-namespaces", "variables.anyObject.spec.hostIPC ?", "false ?", "host-ipc"),
        ("host-namespaces", "variables.isUpdate ? [] :", "", "update-of-older-pod"),
        ("host-namespaces", "variables.anyObject.spec.hostPID ?", "true ?", "allowed"),
    ],
)
def test_a_weakened_policy_is_caught(name: str, text: str, replacement: str, caught_by: str) -> None:
    assert caught_by in _failing_cases(name, weakened(load_policy(name), text, replacement))


@pytest.mark.parametrize("name", policy_names())
def test_a_policy_without_its_exemption_is_caught(name: str) -> None:
    policy = load_policy(name)
    spec = {**policy.applied["spec"], "match": {**policy.applied["spec"]["match"], "excludedNamespaces": []}}
    assert "exempt-namespace" in _failing_cases(name, replace(policy, applied={**policy.applied, "spec": spec}))


def test_a_message_names_every_container_at_fault() -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "two", "namespace": "airflow"},
        "spec": {"containers": [{"name": "base"}, {"name": "airflow-xcom-sidecar"}]},
    }
    (message,) = violations(load_policy("privilege-escalation"), pod)
    assert "container base: " in message
    assert "container airflow-xcom-sidecar: " in message
    assert "write allowPrivilegeEscalation: false" in message


def test_a_template_holds_both_languages() -> None:
    (target,) = load_policy("privilege-escalation").template()["spec"]["targets"]
    assert [code["engine"] for code in target["code"]] == ["K8sNativeValidation", "Rego"]
    assert target["code"][1]["source"]["version"] == "v1"


@pytest.mark.parametrize("name", policy_names())
def test_rego_and_template_are_of_one_name(name: str) -> None:
    policy = load_policy(name)
    assert policy.template()["metadata"]["name"] == policy.kind.lower()
    assert policy.rego.startswith(f"package {policy.kind.lower()}\n")


@pytest.mark.parametrize("name", policy_names())
def test_both_languages_give_the_same_advice(name: str) -> None:
    policy = load_policy(name)
    advice = {
        "privileged-containers": "write privileged: false or leave it out",
        "privilege-escalation": "write allowPrivilegeEscalation: false",
        "host-namespaces": "false or leave it out",
    }[name]
    assert advice in policy.rego
    assert all(advice in validation["messageExpression"] for validation in policy.validations)


def test_the_settings_decide_action_and_exemptions() -> None:
    spec = load_policy("host-namespaces").constraint("dryrun", ["kube-system"])["spec"]
    assert spec["enforcementAction"] == "dryrun"
    assert spec["match"]["excludedNamespaces"] == ["kube-system"]


def test_a_misspelt_policy_gets_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean privileged-containers"):
        policy_folder("privileged-container")


def test_the_shared_folder_is_no_policy() -> None:
    with pytest.raises(ValueError, match="no admission policy shared"):
        policy_folder("shared")
