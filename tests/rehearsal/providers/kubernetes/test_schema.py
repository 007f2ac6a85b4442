"""What the schemas of a Kubernetes minor refuse, and how it is said."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError
from airflow_infra.rehearsal.providers.kubernetes.schema import UnknownMinorError, path_text, schemas


def problems(api: InMemoryApi, manifest: dict[str, Any]) -> dict[str, str]:
    return {problem.property: problem.reason for problem in api.problems(manifest)}


def pod(**container: object) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "task", "namespace": "default"},
        "spec": {"containers": [{"name": "base", "image": "busybox:1", **container}]},
    }


def test_a_sound_manifest_has_no_problems(api):
    assert problems(api, pod(resources={"requests": {"cpu": "500m", "memory": "1Gi"}})) == {}


def test_a_misspelt_nested_key_is_refused_with_its_path_and_a_suggestion(api):
    assert problems(api, pod(imagePullPolcy="Always")) == {
        "spec.containers[0].imagePullPolcy": "unknown field; did you mean imagePullPolicy?"
    }


def test_a_key_in_snake_case_is_recognised_as_its_camel_case(api):
    assert "did you mean imagePullPolicy?" in problems(api, pod(image_pull_policy="Always")).popitem()[1]


def test_a_wrong_type_is_refused_with_its_path_and_value(api):
    assert problems(api, pod(image=4.5)) == {"spec.containers[0].image": "expected a string, got 4.5"}


def test_a_missing_field_is_refused_by_name(api):
    manifest = pod()
    del manifest["spec"]["containers"][0]["name"]
    assert problems(api, manifest) == {"spec.containers[0].name": "missing, but required"}


def test_every_problem_is_told_at_once(api):
    assert set(problems(api, pod(image=4.5, comand=["x"]))) == {"spec.containers[0].image", "spec.containers[0].comand"}


def test_whole_floats_are_integers_as_in_pulumis_protocol(api):
    assert problems(api, pod(ports=[{"containerPort": 80.0}])) == {}


def test_null_fields_are_as_if_they_were_not_there(api):
    assert problems(api, pod(resources=None, imagePullPolicy=None)) == {}


def test_an_api_that_was_removed_is_refused_with_the_minor_and_its_replacement(api):
    with pytest.raises(ApiError) as refused:
        api.kind("policy/v1beta1", "PodDisruptionBudget")
    assert refused.value.message == (
        "Kubernetes 1.36 does not serve policy/v1beta1 PodDisruptionBudget: it was removed in 1.25; use policy/v1"
    )


def test_a_pod_security_policy_is_refused_with_what_replaced_it(api):
    with pytest.raises(ApiError, match=r"removed in 1\.25; use Pod Security labels"):
        api.kind("policy/v1beta1", "PodSecurityPolicy")


def test_a_kind_in_the_wrong_group_is_refused_with_the_right_one(api):
    with pytest.raises(ApiError, match="it serves Deployment in apps/v1"):
        api.kind("batch/v1", "Deployment")


def test_a_beta_api_is_refused_since_eks_does_not_serve_it(api):
    with pytest.raises(ApiError, match="v1beta1 ServiceCIDR: it serves ServiceCIDR in networking"):
        api.kind("networking.k8s.io/v1beta1", "ServiceCIDR")


def test_an_unknown_kind_of_a_builtin_group_is_refused(api):
    with pytest.raises(ApiError, match="does not serve v1 Namespce: the kind is unknown"):
        api.kind("v1", "Namespce")


def test_what_a_minor_serves_comes_from_its_own_schemas():
    assert ("networking.k8s.io/v1", "ServiceCIDR") in schemas("1.36").kinds
    assert ("networking.k8s.io/v1", "ServiceCIDR") not in schemas("1.30").kinds


def test_a_minor_without_schemas_is_refused_with_those_at_hand():
    with pytest.raises(UnknownMinorError, match=r"no schemas of Kubernetes 1\.99 are at hand; there are 1\.25, "):
        schemas("1.99")


def test_kinds_know_their_scope_and_plural():
    kinds = schemas("1.36").kinds
    policy = kinds["networking.k8s.io/v1", "NetworkPolicy"][0]
    assert (policy.plural, policy.namespaced) == ("networkpolicies", True)
    assert not kinds["v1", "Namespace"][0].namespaced
    assert kinds["networking.k8s.io/v1", "Ingress"][0].plural == "ingresses"
    assert kinds["storage.k8s.io/v1", "StorageClass"][0].plural == "storageclasses"


def test_paths_are_written_as_pulumi_writes_them():
    assert path_text(("metadata", "labels", "a.b/c", 0, "x")) == 'metadata.labels["a.b/c"][0].x'
