"""The engines that must say the same of a pod, side by side."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from airflow_infra.assurance.admission.cel import CelPolicies
from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import AppliedPolicy, StackPolicies, stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from tests.e2e.gator import Messages

PROJECT = Path(__file__).parents[2]
POLICIES = PROJECT / "infra/eks/policies"


def policies_of_dev() -> StackPolicies:
    settings = load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings
    return stack_policies(POLICIES, settings, Names("dev", settings.account.id, settings.account.region))


class OwnEngine:
    """The engine that `check` uses, without anything around it."""

    def __init__(self, policies: StackPolicies) -> None:
        self._policies = policies.policies
        self._by_namespace: dict[str, CelPolicies] = {}

    def refusals(self, object_: Manifest) -> dict[str, str]:
        """What is said of a pod, or of an update, by policy."""
        request = object_.get("request", {"operation": ""})  # gator reviews a pod without an operation
        pod = request.get("object", object_)
        judging = self._judging(pod["metadata"]["namespace"])
        found = judging.refusals(pod, {"operation": request["operation"]}, request.get("oldObject"))
        return {refusal.policy.policy.name: refusal.message for refusal in found}

    def messages(self, pods: Iterable[Manifest]) -> Messages:
        """What is said of pods of different names."""
        return {pod["metadata"]["name"]: self.refusals(pod) for pod in pods}

    def _judging(self, namespace: str) -> CelPolicies:
        if namespace not in self._by_namespace:
            self._by_namespace[namespace] = CelPolicies([one for one in self._policies if _applies(one, namespace)])
        return self._by_namespace[namespace]


def _applies(applied: AppliedPolicy, namespace: str) -> bool:
    match = applied.constraint["spec"]["match"]
    return namespace not in match["excludedNamespaces"] and namespace in match.get("namespaces", [namespace])


def named(pods: Iterable[Manifest]) -> list[Manifest]:
    """Pods with a name of its own for each."""
    return [{**pod, "metadata": {**pod["metadata"], "name": f"pod-{at}"}} for at, pod in enumerate(pods)]


def differences(one: Messages, other: Messages) -> list[tuple[str, str, str | None, str | None]]:
    """Pod and policy of which two engines don't say the same, and what they say."""
    assert one.keys() == other.keys()
    return [
        (pod, policy, one[pod].get(policy), other[pod].get(policy))
        for pod in one
        for policy in sorted(one[pod].keys() | other[pod].keys())
        if one[pod].get(policy) != other[pod].get(policy)
    ]
