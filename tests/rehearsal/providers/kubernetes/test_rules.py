"""What manifests may not mean, though their schemas allow it."""

import pytest


def problems(api, kind: str, api_version: str = "v1", namespace: str | None = "default", **fields) -> dict[str, str]:
    metadata = {"name": "thing", **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    return {problem.property: problem.reason for problem in api.problems(manifest)}


def role(api, **rule) -> dict[str, str]:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **rule}]
    return problems(api, "Role", "rbac.authorization.k8s.io/v1", rules=rules)


def binding(api, kind="RoleBinding", role_ref=(), subject=()) -> dict[str, str]:
    group = "rbac.authorization.k8s.io"
    return problems(
        api,
        kind,
        f"{group}/v1",
        namespace="default" if kind == "RoleBinding" else None,
        roleRef={"apiGroup": group, "kind": "Role", "name": "r", **dict(role_ref)},
        subjects=[{"apiGroup": group, "kind": "Group", "name": "airflow-tasks", **dict(subject)}],
    )


def test_the_verb_describe_is_refused_with_what_it_needs(api):
    reason = role(api, verbs=["get", "describe"])["rules[0].verbs[1]"]
    assert reason == (
        "there is no verb 'describe': Kubernetes would accept it and grant nothing; describe needs get, "
        "and list of events"
    )


def test_a_misspelt_verb_is_refused_with_a_suggestion(api):
    assert "did you mean watch?" in role(api, verbs=["wach"])["rules[0].verbs[0]"]


def test_a_resource_that_its_group_does_not_have_is_refused(api):
    assert "did you mean pods?" in role(api, resources=["pod"])["rules[0].resources[0]"]


def test_a_subresource_is_known_by_its_resource(api):
    assert role(api, resources=["pods/log", "pods/exec", "events"]) == {}


def test_resources_of_groups_that_are_not_built_in_are_not_judged(api):
    assert role(api, apiGroups=["metrics.k8s.io"], resources=["anything"]) == {}


def test_a_binding_to_something_else_than_a_role_is_refused(api):
    assert "roleRef.kind" in binding(api, role_ref={"kind": "Rolle"})


def test_a_cluster_role_binding_to_a_role_is_refused(api):
    assert "a ClusterRoleBinding binds a ClusterRole" in binding(api, "ClusterRoleBinding")["roleRef.kind"]


def test_a_sound_binding_passes(api):
    assert binding(api) == {}


def test_a_subject_of_an_unknown_kind_is_refused(api):
    assert "expected User, Group or ServiceAccount" in binding(api, subject={"kind": "Team"})["subjects[0].kind"]


def test_a_service_account_without_its_namespace_is_refused(api):
    assert "subjects[0].namespace" in binding(api, subject={"kind": "ServiceAccount", "apiGroup": ""})


def test_a_group_of_another_api_group_is_refused(api):
    assert "subjects[0].apiGroup" in binding(api, subject={"apiGroup": "v1"})


def test_an_unknown_pod_security_level_is_refused(api):
    labels = {"pod-security.kubernetes.io/enforce": "strict"}
    found = problems(api, "Namespace", namespace=None, metadata={"labels": labels})
    assert found == {
        'metadata.labels["pod-security.kubernetes.io/enforce"]': (
            "expected one of privileged, baseline, restricted, got 'strict'"
        )
    }


def test_a_misspelt_pod_security_label_is_refused_with_a_suggestion(api):
    labels = {"pod-security.kubernetes.io/enforced": "baseline"}
    found = problems(api, "Namespace", namespace=None, metadata={"labels": labels})
    assert "did you mean enforce?" in found['metadata.labels["pod-security.kubernetes.io/enforced"]']


def test_a_quantity_that_is_none_is_refused_with_its_path(api):
    found = problems(api, "ResourceQuota", spec={"hard": {"requests.cpu": "abc"}})
    assert found == {'spec.hard["requests.cpu"]': "'abc' is no quantity, such as 500m, 2 or 1.5Gi"}


def test_a_quota_for_a_resource_that_does_not_exist_is_refused(api):
    assert "did you mean pods?" in problems(api, "ResourceQuota", spec={"hard": {"pod": "1"}})["spec.hard.pod"]


def test_a_quota_of_counted_objects_passes(api):
    assert problems(api, "ResourceQuota", spec={"hard": {"count/jobs.batch": "1"}}) == {}


def test_a_default_above_the_maximum_is_refused(api):
    limits = [{"type": "Container", "default": {"memory": "2Gi"}, "max": {"memory": "1Gi"}}]
    found = problems(api, "LimitRange", spec={"limits": limits})
    assert found == {"spec.limits[0].default.memory": "2Gi is above max.memory 1Gi"}


def test_a_request_above_its_limit_is_refused(api):
    resources = {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}}
    spec = {"containers": [{"name": "base", "resources": resources}]}
    assert "spec.containers[0].resources.requests.cpu" in problems(api, "Pod", spec=spec)


def network_policy(api, **spec) -> dict[str, str]:
    return problems(api, "NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}, **spec})


def test_a_malformed_cidr_in_a_network_policy_is_refused(api):
    found = network_policy(api, egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/33"}}]}])
    assert list(found) == ["spec.egress[0].to[0].ipBlock.cidr"]


def test_an_exception_outside_its_block_is_refused(api):
    found = network_policy(api, egress=[{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}])
    assert list(found) == ["spec.egress[0].to[0].ipBlock.except[0]"]


def test_a_selector_with_an_unknown_operator_is_refused(api):
    found = network_policy(api, podSelector={"matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]})
    assert list(found) == ["spec.podSelector.matchExpressions[0].operator"]


@pytest.mark.parametrize(("operator", "values"), [("In", []), ("Exists", ["a"])])
def test_a_selector_whose_values_do_not_fit_its_operator_is_refused(api, operator, values):
    expression = {"key": "a", "operator": operator, "values": values}
    found = network_policy(api, podSelector={"matchExpressions": [expression]})
    assert list(found) == ["spec.podSelector.matchExpressions[0].values"]


def test_labels_of_a_pod_template_are_checked_too(api):
    template = {"metadata": {"labels": {"app": "a b"}}, "spec": {"containers": [{"name": "base"}]}}
    spec = {"selector": {"matchLabels": {"app": "a"}}, "template": template}
    assert list(problems(api, "Deployment", "apps/v1", spec=spec)) == ["spec.template.metadata.labels.app"]


def test_a_container_name_that_is_no_dns_label_is_refused(api):
    assert list(problems(api, "Pod", spec={"containers": [{"name": "Base"}]})) == ["spec.containers[0].name"]


def test_plain_text_in_the_data_of_a_secret_is_refused(api):
    assert "belongs in stringData" in problems(api, "Secret", data={"password": "p@ss"})["data.password"]
