"""A policy that is weakened in one of its languages makes the comparison of the engines fail."""

from dataclasses import replace
from pathlib import Path

import pytest

from airflow_infra.policies.library import Manifest, Policy
from airflow_infra.policies.stack import StackPolicies
from tests.e2e.engines import OwnEngine, differences, named, policies_of_dev
from tests.e2e.gator import LANGUAGES, Language, refusals
from tests.e2e.pods import pods, sampled

PODS = 1000
WEAKENED: dict[str, dict[Language, tuple[str, str]]] = {
    "added-capabilities": {
        "cel": ("!(name in variables.params.allowed)", 'name == "SYS_ADMIN"'),
        "rego": ("not name in input.parameters.allowed", 'name == "SYS_ADMIN"'),
    },
    "dedicated-node-groups": {
        "cel": ('o.?value.orValue("") == t.value', "true"),
        "rego": ('object.get(toleration, "value", "") == taint.value', "true"),
    },
    "host-namespaces": {"cel": ('["hostIPC"]', "[]"), "rego": (', "hostIPC"]', "]")},
    "image-registries": {
        "cel": ("(i.image + end).startsWith(r + end)", "i.image.startsWith(r)"),
        "rego": (
            'startswith(concat("", [image, end]), concat("", [registry, end]))',
            "startswith(image, registry)",
        ),
    },
    "kube2iam-roles": {"cel": ("@/-]*$", "@/-]*"), "rego": ("@/-]*$", "@/-]*")},
    "priority-classes": {
        "cel": ("name.startsWith(r)", "name.startsWith(r) && name.endsWith('node-critical')"),
        "rego": ("startswith(name, beginning)", 'startswith(name, beginning)\n\tendswith(name, "node-critical")'),
    },
    "privilege-escalation": {
        "cel": ("orValue(true)", "orValue(false)"),
        "rego": (
            "not refuses_escalation(entry.container)",
            "entry.container.securityContext.allowPrivilegeEscalation == true",
        ),
    },
    "privileged-containers": {
        "cel": ("filter(j, ", 'filter(j, j.title.startsWith("container ") && '),
        "rego": ("privileged == true", 'privileged == true\n\tstartswith(entry.title, "container ")'),
    },
    "resource-requests": {
        "cel": ('"requests.memory", "limits.memory"]', '"requests.memory"]'),
        "rego": (', ["limits", "memory"]]', "]"),
    },
    "run-as-root": {
        "cel": ("r.user == 0 || (", "("),
        "rego": ('effective(container, "runAsUser") == 0', 'effective(container, "runAsUser") == -2'),
    },
    "seccomp": {
        "cel": ('["RuntimeDefault", "Localhost"]', '["RuntimeDefault", "Localhost", "Unconfined"]'),
        "rego": ('["RuntimeDefault", "Localhost"]', '["RuntimeDefault", "Localhost", "Unconfined"]'),
    },
    "service-account-tokens": {
        "cel": ('"sts.amazonaws.com"]', '"sts.amazonaws.com", "vault"]'),
        "rego": ('"sts.amazonaws.com"]', '"sts.amazonaws.com", "vault"]'),
    },
    "service-accounts": {
        "cel": ("variables.isUpdate ||", 'variables.isUpdate || variables.used == "other" ||'),
        "rego": ("not used in input.parameters.allowed", 'not used in input.parameters.allowed\n\tused != "other"'),
    },
    "volume-types": {
        "cel": ('key != "name"', 'key != "name" && key != "nfs"'),
        "rego": ('type != "name"', 'not type in ["name", "nfs"]'),
    },
}


def weakened(policy: Policy, language: Language) -> Policy:
    text, replacement = WEAKENED[policy.name][language]
    if language == "rego":
        assert policy.rego.count(text) > 0, f"{policy.name}: {text!r} is not in src.rego"
        return replace(policy, rego=policy.rego.replace(text, replacement))
    changed = [{**one, "expression": one["expression"].replace(text, replacement)} for one in policy.variables]
    assert changed != [*policy.variables], f"{policy.name}: {text!r} is not in cel.yaml"
    return replace(policy, variables=changed)


@pytest.fixture(scope="module")
def policies() -> StackPolicies:
    return policies_of_dev()


@pytest.fixture(scope="module")
def made(policies: StackPolicies) -> list[Manifest]:
    return named(sampled(pods(policies), PODS, number=2))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_weakened_policy_makes_the_engines_disagree(
    binaries: Path, policies: StackPolicies, made: list[Manifest], tmp_path: Path, language: Language
) -> None:
    ours = OwnEngine(policies).messages(made)
    weaker = tuple(replace(one, policy=weakened(one.policy, language)) for one in policies.policies)
    theirs = refusals(binaries / "gator", StackPolicies(weaker), made, tmp_path / "written", language)
    noticed = {policy for _, policy, _, _ in differences(ours, theirs)}
    assert noticed == {one.policy.name for one in policies.policies}
