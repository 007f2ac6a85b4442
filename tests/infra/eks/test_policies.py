"""Every admission policy: its CEL against its suite, and that a sample notices wherever the CEL is changed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from airflow_infra.policies.library import Policy, load_policies
from airflow_infra.policies.suites import Case, load_suite
from infra.eks.gatekeeper import POLICIES
from tests.infra.eks.policy_evaluation import failing, violations

LIBRARY = {policy.name: policy for policy in load_policies(POLICIES)}
SUITES = {name: load_suite(POLICIES / name) for name in LIBRARY}
SHARED = "privileged-containers"
"""The policy whose samples watch over what all of them share."""

every_policy = pytest.mark.parametrize("policy", LIBRARY.values(), ids=LIBRARY)

SWAPS = {
    "&&": "||", "||": "&&", "==": "!=", "!=": "==", " > ": " <= ", " < ": " >= ", " in ": " == ",
    ".exists(": ".all(", ".all(": ".exists(", "!(": "(", "!variables": "variables", "startsWith": "endsWith",
    '"UPDATE"': '"CREATE"', '"CREATE"': '"UPDATE"', "[0]": "[1]",
}  # fmt: skip
SWAP = re.compile("|".join(map(re.escape, SWAPS)))
WORDING_ONLY = {"image-registries": ["[0] in refused"]}
"""Changes of which only the advice would tell, and only with more registries than the samples have."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case.policy}-{case.name}") for suite in SUITES.values() for case in suite]
)
def test_the_verdict_is_the_suites(case: Case) -> None:
    messages = violations(LIBRARY[case.policy], case.sample)
    assert all(assertion.holds(messages) for assertion in case.assertions), messages


def changes(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """The policy with one operator of its CEL replaced, each in turn, and where that was."""
    shared = {str(variable["name"]) for variable in LIBRARY[SHARED].variables} - {"refused"}
    for field in ("variables", "validations"):
        entries: tuple[Any, ...] = getattr(policy, field)
        for number, entry in enumerate(entries):
            text = str(entry["expression"])
            if policy.name != SHARED and entry.get("name") in shared:
                continue
            for found in SWAP.finditer(text):
                changed = {**entry, "expression": text[: found.start()] + SWAPS[found[0]] + text[found.end() :]}
                where = f"{entry.get('name', field)}: {text[max(0, found.start() - 60) : found.end() + 40]}"
                yield (
                    f"{found[0]} in {where}",
                    replace(policy, **{field: (*entries[:number], changed, *entries[number + 1 :])}),
                )


@every_policy
def test_a_policy_changed_anywhere_is_caught_by_a_sample(policy: Policy) -> None:
    missed = [where for where, changed in changes(policy) if not failing(changed, SUITES[policy.name])]
    assert [where.partition(":")[0] for where in missed] == WORDING_ONLY.get(policy.name, []), "\n\n".join(missed)


@every_policy
def test_a_policy_without_its_exemption_is_caught(policy: Policy) -> None:
    match = {**policy.applied["spec"]["match"], "excludedNamespaces": [], "namespaces": ["airflow", "kube-system"]}
    changed = replace(policy, applied={**policy.applied, "spec": {**policy.applied["spec"], "match": match}})
    assert [name for name in failing(changed, SUITES[policy.name]) if "exempt" in name]


@every_policy
def test_the_samples_parameters_follow_the_schema(policy: Policy) -> None:
    if policy.parameters is not None:
        jsonschema_rs.validate(policy.parameters, policy.applied["spec"]["parameters"])


@every_policy
def test_every_policy_says_what_to_write_instead(policy: Policy) -> None:
    refusals = {message for case in SUITES[policy.name] for message in violations(policy, case.sample)}
    assert refusals
    assert not [message for message in refusals if not re.search(r"; (write|leave|remove) ", message)]


def test_a_message_names_every_container_at_fault() -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "two", "namespace": "airflow"},
        "spec": {"containers": [{"name": "base"}, {"name": "airflow-xcom-sidecar"}]},
    }
    (message,) = violations(LIBRARY["privilege-escalation"], pod)
    assert "container base: " in message
    assert "container airflow-xcom-sidecar: " in message
    assert "write allowPrivilegeEscalation: false" in message
