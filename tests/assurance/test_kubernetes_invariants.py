"""Invariants of the Kubernetes API on a cluster where charts have made what they make."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.assurance.invariants import kubernetes, kubernetes_policies
from airflow_infra.assurance.invariants.invariant import NotCheckedError, Subject
from airflow_infra.assurance.look import Look
from airflow_infra.policies.stack import POLICIES, StackPolicies, stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack, load_stack

AS_OF = date(2026, 11, 22)
PROJECT = Path(__file__).parents[2]
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "kube-system", "name": "any"}}


class Cluster:
    """A Kubernetes API that serves these objects. Implements KubernetesReader."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self._objects = objects

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        return [
            one
            for one in self._objects
            if (one["apiVersion"], one["kind"]) == (api_version, kind)
            and namespace in (None, one["metadata"].get("namespace"))
        ]


@pytest.fixture(scope="module")
def stack() -> Stack:
    return load_stack("dev", PROJECT, as_of=AS_OF)


@pytest.fixture
def found(stack: Stack) -> Callable[..., list[str]]:
    """What a check finds in a cluster of these objects."""
    account = stack.settings.account
    names = Names(stack.name, account.id, account.region)

    def look(check: Callable[[Subject], Iterable[str]], *objects: dict[str, Any]) -> list[str]:
        policies = stack_policies(PROJECT / POLICIES, stack.settings, names)
        return list(check(Subject(Look(nobody), stack.settings, names, AS_OF, Cluster(*objects), policies)))

    return look


def nobody(service: str) -> Any:
    raise AssertionError(f"{service} was asked")


def webhook(failure_policy: str = "Fail") -> dict[str, Any]:
    service = {"name": "gatekeeper-webhook-service", "namespace": "gatekeeper-system"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "gatekeeper"},
        "webhooks": [
            {"name": "check.gatekeeper.sh", "failurePolicy": failure_policy, "clientConfig": {"service": service}}
        ],
    }


def endpoints(*, ready: bool) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": "gatekeeper-webhook-service"}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "any", "namespace": "gatekeeper-system", "labels": labels},
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
    }


def role(*verbs: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "gatekeeper", "annotations": {"meta.helm.sh/release-name": "gatekeeper"}},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": list(verbs)}],
    }


def policy(generation: int, *pods: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    template = {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "hostnamespaces"},
        "spec": {"crd": {"spec": {"names": {"kind": "HostNamespaces"}}}},
        "status": {"created": True},
    }
    constraint = {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": "HostNamespaces",
        "metadata": {"name": "host-namespaces", "generation": generation},
        "spec": {"enforcementAction": "deny"},
        "status": {"byPod": list(pods)},
    }
    return template, constraint


def test_a_webhook_that_fails_closed_and_has_nothing_behind_it_is_found(found: Callable[..., list[str]]) -> None:
    assert len(found(kubernetes.webhooks, DEPLOYMENT, webhook(), endpoints(ready=False))) == 1


def test_a_webhook_that_answers_is_fine(found: Callable[..., list[str]]) -> None:
    assert found(kubernetes.webhooks, DEPLOYMENT, webhook(), endpoints(ready=True)) == []


def test_a_webhook_that_fails_open_may_be_down(found: Callable[..., list[str]]) -> None:
    assert found(kubernetes.webhooks, DEPLOYMENT, webhook("Ignore")) == []


def test_a_webhook_outside_of_the_cluster_is_not_checked(found: Callable[..., list[str]]) -> None:
    outside = webhook()
    outside["webhooks"][0]["clientConfig"] = {"url": "https://example.gov.uk"}
    with pytest.raises(NotCheckedError, match=r"check\.gatekeeper\.sh"):
        found(kubernetes.webhooks, DEPLOYMENT, outside)


def test_a_charts_role_that_may_do_everything_is_found(found: Callable[..., list[str]]) -> None:
    assert len(found(kubernetes.chart_rights, DEPLOYMENT, role("*"))) == 1


def test_a_charts_role_may_look_at_everything(found: Callable[..., list[str]]) -> None:
    assert found(kubernetes.chart_rights, DEPLOYMENT, role("get", "list", "watch")) == []


def test_no_role_of_a_chart_at_all_is_found(found: Callable[..., list[str]]) -> None:
    assert len(found(kubernetes.chart_rights, DEPLOYMENT)) == 1


def test_a_constraint_that_every_pod_enforces_is_fine(found: Callable[..., list[str]]) -> None:
    pod = {"id": "audit", "enforced": True, "observedGeneration": 2}
    assert found(kubernetes_policies.enforced, DEPLOYMENT, *policy(2, pod)) == []


@pytest.mark.parametrize(
    "pods",
    [
        pytest.param([], id="no pod"),
        pytest.param([{"id": "audit", "enforced": False, "observedGeneration": 2}], id="a pod that does not"),
        pytest.param([{"id": "audit", "enforced": True, "observedGeneration": 1}], id="a pod that is behind"),
    ],
)
def test_a_constraint_that_is_not_enforced_is_found(
    found: Callable[..., list[str]], pods: list[dict[str, Any]]
) -> None:
    assert len(found(kubernetes_policies.enforced, DEPLOYMENT, *policy(2, *pods))) == 1


@pytest.fixture
def policies(stack: Stack) -> StackPolicies:
    account = stack.settings.account
    return stack_policies(PROJECT / POLICIES, stack.settings, Names(stack.name, account.id, account.region))


def deployed(policies: StackPolicies) -> list[dict[str, Any]]:
    """The templates, constraints and mutators of a stack, as they stand once Gatekeeper has taken them up."""
    templates = [{**template, "status": {"created": True}} for template in policies.templates]
    return [*templates, *policies.constraints, *policies.mutators]


def test_policies_as_they_are_deployed_are_fine(found: Callable[..., list[str]], policies: StackPolicies) -> None:
    assert found(kubernetes_policies.constraints, *deployed(policies)) == []


def test_a_template_without_a_constraint_is_found(found: Callable[..., list[str]], policies: StackPolicies) -> None:
    objects = [one for one in deployed(policies) if one["kind"] != "HostNamespaces"]
    assert found(kubernetes_policies.constraints, *objects) == [
        "ConstraintTemplate hostnamespaces has no constraint: nothing of it is enforced",
        "there is no HostNamespaces host-namespaces: nothing of it is enforced",
    ]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("host-namespaces", {"enforcementAction": "warn"}, "has the action warn, expected deny"),
        ("kube2iam-roles", {"parameters": {"rolesBelow": "arn:"}}, "has the parameters {'rolesBelow': 'arn:'}"),
        ("host-namespaces", {"match": {}}, "does not match what its policy's constraint.yaml says"),
        ("seccomp", {"location": "spec.hostname"}, "Assign seccomp is not as its policy's assign.yaml says"),
    ],
)
def test_what_was_changed_by_hand_is_found(
    found: Callable[..., list[str]], policies: StackPolicies, name: str, change: dict[str, Any], message: str
) -> None:
    objects = deployed(policies)
    changed = next(one for one in objects if one["metadata"]["name"] == name and change.keys() <= one["spec"].keys())
    changed["spec"].update(change)
    (violation,) = found(kubernetes_policies.constraints, *objects)
    assert message in violation


def test_a_mutator_that_is_missing_is_found(found: Callable[..., list[str]], policies: StackPolicies) -> None:
    objects = [one for one in deployed(policies) if one["metadata"]["name"] != "privilege-escalation-containers"]
    (violation,) = found(kubernetes_policies.constraints, *objects)
    assert violation.startswith("there is no Assign privilege-escalation-containers")


def test_an_empty_cluster_passes_nothing(found: Callable[..., list[str]]) -> None:
    checks = (kubernetes.namespace, kubernetes.no_wildcards, kubernetes.mwaa_rights, kubernetes_policies.constraints)
    assert [check.__name__ for check in checks if not found(check)] == []


def test_without_an_api_nothing_is_checked(stack: Stack) -> None:
    names = Names(stack.name, stack.settings.account.id, stack.settings.account.region)
    subject = Subject(Look(nobody), stack.settings, names, AS_OF)
    for invariant in (*kubernetes.INVARIANTS, *kubernetes_policies.INVARIANTS):
        if "eks:DescribeCluster" not in invariant.calls:
            with pytest.raises(NotCheckedError, match="no Kubernetes API"):
                list(invariant.check(subject))
