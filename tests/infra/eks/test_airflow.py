import json

import pytest

from tests.infra.eks.conftest import Deploy
from tests.infra.recording import Recording, Registration

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
AGENT, METADATA = {"ipBlock": {"cidr": "169.254.170.23/32"}}, {"ipBlock": {"cidr": "169.254.169.254/32"}}


@pytest.fixture
def namespace(eks: Recording) -> Registration:
    return eks.one(NAMESPACE, "airflow")


def _egress(recording: Recording) -> list[dict[str, object]]:
    return recording.one(POLICY, "tasks").inputs["spec"]["egress"]


def test_pods_keep_to_the_baseline_and_are_warned_about_restricted(namespace: Registration) -> None:
    assert namespace.inputs["metadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    }


def test_pods_may_have_roles_of_this_environment_only(namespace: Registration) -> None:
    allowed = json.loads(namespace.inputs["metadata"]["annotations"]["iam.amazonaws.com/allowed-roles"])
    assert allowed == ["arn:aws:iam::111122223333:role/airflow-dev/*"]


def test_without_kube2iam_nothing_reminds_of_it(deploy_eks: Deploy) -> None:
    recording = deploy_eks(kube2iam=None)
    assert not recording.one(NAMESPACE, "airflow").inputs["metadata"].get("annotations")
    assert not [rule for rule in _egress(recording) if METADATA in rule["to"]]  # pyright: ignore[reportOperatorIssue]


def test_everything_in_the_namespace_waits_for_it(eks: Recording, namespace: Registration) -> None:
    inside = [
        each
        for each in eks.registrations.values()
        if each.type.startswith("kubernetes:") and each.inputs.get("metadata", {}).get("namespace") == "airflow"
    ]
    assert len(inside) == 8
    assert not [each.urn for each in inside if namespace.urn not in each.dependencies]


def test_the_quota_is_the_settings(eks: Recording) -> None:
    hard = eks.one("kubernetes:core/v1:ResourceQuota", "tasks").inputs["spec"]["hard"]
    assert hard == {"pods": "200", "requests.cpu": "400", "requests.memory": "1600Gi"}


def test_a_container_without_requests_gets_some(eks: Recording) -> None:
    (limit,) = eks.one("kubernetes:core/v1:LimitRange", "tasks").inputs["spec"]["limits"]
    assert limit == {
        "type": "Container",
        "defaultRequest": {"cpu": "500m", "memory": "1Gi"},
        "default": {"memory": "1Gi"},
    }


def test_nobody_connects_to_a_task(eks: Recording) -> None:
    spec = eks.one(POLICY, "tasks").inputs["spec"]
    assert spec["podSelector"] == {}
    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in spec


def test_a_task_resolves_names(eks: Recording) -> None:
    (rule,) = [rule for rule in _egress(eks) if any(port["port"] == 53 for port in rule.get("ports", []))]  # pyright: ignore
    assert rule["to"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ]
    assert {port["protocol"] for port in rule["ports"]} == {"UDP", "TCP"}  # pyright: ignore


def test_a_task_reaches_the_pod_identity_agent_and_kube2iam(eks: Recording) -> None:
    assert {"to": [AGENT, METADATA], "ports": [{"protocol": "TCP", "port": 80}]} in _egress(eks)


def test_a_task_reaches_everything_but_other_link_local_addresses(eks: Recording) -> None:
    assert {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}}]} in _egress(eks)


def test_no_running_task_can_be_evicted(eks: Recording) -> None:
    spec = eks.one("kubernetes:policy/v1:PodDisruptionBudget", "running-tasks").inputs["spec"]
    quota = eks.one("kubernetes:core/v1:ResourceQuota", "tasks").inputs["spec"]["hard"]["pods"]
    assert spec == {"minAvailable": int(quota), "selector": {}}


def test_mwaa_may_do_what_the_operator_needs_and_nothing_else(eks: Recording) -> None:
    rules = eks.one("kubernetes:rbac.authorization.k8s.io/v1:Role", "airflow-tasks").inputs["rules"]
    assert {resource: set(rule["verbs"]) for rule in rules for resource in rule["resources"]} == {
        "pods": {"get", "list", "watch", "create", "patch", "delete"},
        "pods/log": {"get"},
        "pods/exec": {"get", "create"},
        "events": {"list", "watch"},
    }


def test_the_rights_are_bound_to_the_group_of_mwaas_access_entry(eks: Recording) -> None:
    entry = eks.one("aws:eks/accessEntry:AccessEntry", "mwaa-service").inputs
    binding = eks.one("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "airflow-tasks").inputs
    assert [(each["kind"], each["name"]) for each in binding["subjects"]] == [("Group", entry["kubernetesGroups"][0])]
    assert binding["roleRef"]["kind"] == "Role"
    assert binding["metadata"]["namespace"] == "airflow"


def test_tasks_get_no_token_of_the_api_server(eks: Recording) -> None:
    accounts = {
        each.inputs["metadata"]["name"]: each.inputs["automountServiceAccountToken"]
        for each in eks.registrations.values()
        if each.type.startswith("kubernetes:core/v1:ServiceAccount")
        and each.inputs["metadata"]["namespace"] == "airflow"
    }
    assert accounts == {"default": False, "airflow-task": False}


def test_kubernetes_own_service_account_is_patched_not_made(eks: Recording) -> None:
    assert eks.one("kubernetes:core/v1:ServiceAccountPatch", "default")
