"""The API server in memory: what it keeps, refuses, adds and removes."""

import base64
from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.client import Reference
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, InvalidError

MANAGER = "pulumi-kubernetes"


def namespace(name: str = "airflow", **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def config_map(name: str = "settings", home: str = "airflow", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": home, **fields.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}, **fields}


def at(kind: str, name: str, home: str | None = None, api_version: str = "v1") -> Reference:
    return Reference(api_version, kind, home, name)


def test_a_new_cluster_holds_what_kubernetes_makes_and_nothing_else(api):
    names = [obj["metadata"]["name"] for obj in api.objects("v1", "Namespace")]
    assert sorted(names) == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert api.inventory() == {}


def test_every_namespace_has_a_default_service_account(api):
    api.create(namespace(), MANAGER)
    assert api.get(at("ServiceAccount", "default", "airflow"))
    assert api.get(at("ServiceAccount", "default", "kube-system"))


def test_a_namespace_carries_its_name_as_a_label(api):
    assert api.create(namespace(), MANAGER)["metadata"]["labels"] == {"kubernetes.io/metadata.name": "airflow"}


def test_an_object_in_a_missing_namespace_is_refused(api):
    with pytest.raises(ApiError) as refused:
        api.create(config_map(home="airflw"), MANAGER)
    assert (refused.value.status, refused.value.message) == (
        404,
        "namespace 'airflw' does not exist in cluster airflow-dev",
    )


def test_a_duplicate_name_is_refused_with_who_made_the_first(api):
    api.create(namespace(), "helm")
    with pytest.raises(ApiError, match=r"Namespace airflow already exists .*managed by helm") as refused:
        api.create(namespace(), MANAGER)
    assert refused.value.status == 409


def test_the_same_name_in_another_namespace_or_of_another_kind_is_no_duplicate(api):
    api.create(config_map(home="default"), MANAGER)
    api.create(config_map(home="kube-system"), MANAGER)
    api.create({**config_map(home="default"), "kind": "Secret", "data": {}}, MANAGER)


def test_what_is_refused_is_not_stored(api):
    with pytest.raises(InvalidError):
        api.create(config_map(home="default", dta={}), MANAGER)
    assert api.get(at("ConfigMap", "settings", "default")) is None


def test_applying_the_same_again_changes_nothing(api):
    first = api.create(config_map(home="default"), MANAGER)
    assert api.apply(config_map(home="default"), MANAGER) == first


def test_a_change_raises_the_resource_version_and_keeps_the_uid(api):
    first = api.create(config_map(home="default"), MANAGER)
    second = api.apply(config_map(home="default", data={"a": "c"}), MANAGER)
    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["data"] == {"a": "c"}


def test_a_field_that_is_no_longer_applied_is_gone(api):
    api.create(config_map(home="default", metadata={"labels": {"x": "y"}}), MANAGER)
    assert "labels" not in api.apply(config_map(home="default"), MANAGER)["metadata"]


def test_a_changed_copy_does_not_change_the_cluster(api):
    api.create(config_map(home="default"), MANAGER)["data"]["a"] = "changed"
    assert api.get(at("ConfigMap", "settings", "default"))["data"] == {"a": "b"}


def test_an_object_made_again_has_another_uid(api):
    first = api.create(config_map(home="default"), MANAGER)
    api.delete(at("ConfigMap", "settings", "default"))
    assert api.create(config_map(home="default"), MANAGER)["metadata"]["uid"] != first["metadata"]["uid"]


def test_deleting_a_namespace_deletes_what_is_in_it(api):
    api.create(namespace(), MANAGER)
    api.create(config_map(), MANAGER)
    api.delete(at("Namespace", "airflow"))
    assert api.inventory() == {}
    assert api.get(at("ServiceAccount", "default", "airflow")) is None


def test_kubernetes_own_namespaces_may_not_be_deleted(api):
    with pytest.raises(ApiError, match="kube-system is Kubernetes' own"):
        api.delete(at("Namespace", "kube-system"))


def test_deleting_what_is_not_there_is_refused(api):
    with pytest.raises(ApiError, match="ConfigMap default/nothing does not exist") as refused:
        api.delete(at("ConfigMap", "nothing", "default"))
    assert refused.value.status == 404


def test_an_object_with_finalizers_stays_until_they_are_gone(api):
    api.create(config_map(home="default", metadata={"finalizers": ["example.com/keep"]}), MANAGER)
    api.delete(at("ConfigMap", "settings", "default"))
    assert api.get(at("ConfigMap", "settings", "default"))["metadata"]["deletionTimestamp"]
    api.apply(config_map(home="default"), MANAGER)
    assert api.get(at("ConfigMap", "settings", "default")) is None


def test_a_namespace_that_cannot_go_takes_nothing_new(api):
    api.create(namespace(), MANAGER)
    api.create(config_map(metadata={"finalizers": ["example.com/keep"]}), MANAGER)
    api.delete(at("Namespace", "airflow"))
    with pytest.raises(ApiError, match="namespace airflow is being terminated"):
        api.create(config_map("other"), MANAGER)


def test_a_namespace_goes_with_the_last_object_that_kept_it(api):
    api.create(namespace(), MANAGER)
    kept = config_map(metadata={"finalizers": ["example.com/keep"]})
    api.create(kept, MANAGER)
    api.delete(at("Namespace", "airflow"))
    del kept["metadata"]["finalizers"]
    api.apply(kept, MANAGER)
    assert api.get(at("Namespace", "airflow")) is None


@pytest.mark.parametrize(
    ("kind", "api_version", "before", "after", "path"),
    [
        (
            "RoleBinding",
            "rbac.authorization.k8s.io/v1",
            {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "a"}},
            {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "b"}},
            "roleRef",
        ),
        ("Secret", "v1", {"type": "Opaque"}, {"type": "example.com/other"}, "type"),
        ("ConfigMap", "v1", {"immutable": True, "data": {}}, {"immutable": True, "data": {"a": "b"}}, "data"),
    ],
)
def test_an_immutable_field_is_refused(api, kind, api_version, before, after, path):
    metadata = {"name": "thing", "namespace": "default"}
    api.create({"apiVersion": api_version, "kind": kind, "metadata": metadata, **before}, MANAGER)
    with pytest.raises(InvalidError, match=f"{path}: the field is immutable"):
        api.apply({"apiVersion": api_version, "kind": kind, "metadata": metadata, **after}, MANAGER)


def test_a_secret_keeps_plain_text_as_data(api):
    metadata = {"name": "password", "namespace": "default"}
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a": "b"}}
    stored = api.create(manifest, MANAGER)
    assert base64.b64decode(stored["data"]["a"]) == b"b"
    assert "stringData" not in stored


def test_a_quota_reports_what_is_used(api):
    metadata = {"name": "tasks", "namespace": "default"}
    manifest = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "5"}}}
    assert api.create(manifest, MANAGER)["status"] == {"hard": {"pods": "5"}, "used": {"pods": "0"}}


def test_readiness_of_pods_is_named_as_not_checked(api):
    metadata = {"name": "task", "namespace": "default"}
    api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "b"}]}}, "x")
    assert api.not_checked == {"readiness of Pod default/task: no pods run in the rehearsal"}


def test_requests_that_could_change_the_cluster_are_counted_and_reads_are_not(api):
    api.create(config_map(home="default"), MANAGER)
    api.get(at("ConfigMap", "settings", "default"))
    api.objects("v1", "ConfigMap")
    api.problems(config_map(home="default"))
    assert api.mutating_calls == ["kubernetes:create ConfigMap"]
    api.apply(config_map(home="default"), MANAGER)
    api.delete(at("ConfigMap", "settings", "default"))
    assert api.mutating_calls[1:] == ["kubernetes:apply ConfigMap", "kubernetes:delete ConfigMap"]


def test_the_inventory_names_what_was_made_and_by_whom(api):
    api.create(namespace(), MANAGER)
    api.create(config_map(), "helm")
    assert api.inventory() == {
        "airflow-dev: v1 ConfigMap airflow/settings": "managed by helm",
        "airflow-dev: v1 Namespace airflow": "managed by pulumi-kubernetes",
    }


def widgets(**schema: Any) -> dict[str, Any]:
    fields = {"type": "object", "properties": {"spec": {"type": "object", **schema}}} if schema else None
    return CustomKind("example.com", ("v1",), "Widget", "widgets", "Namespaced", fields).definition()


def widget(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "w", "namespace": "default"}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": spec}


def test_a_custom_resource_without_its_definition_is_refused_by_name(api):
    with pytest.raises(ApiError, match=r"no kind Widget in example\.com/v1: no CustomResourceDefinition of it stands"):
        api.create(widget(), MANAGER)


def test_a_misspelt_kind_of_a_custom_resource_gets_a_suggestion(api):
    api.create(widgets(), MANAGER)
    with pytest.raises(ApiError, match="did you mean Widget"):
        api.create({**widget(), "kind": "Wigdet"}, MANAGER)


def test_a_custom_resource_is_checked_against_its_definition(api):
    api.create(widgets(properties={"size": {"type": "integer"}}, required=["size"]), MANAGER)
    problems = {problem.property: problem.reason for problem in api.problems(widget(siz=1))}
    assert problems == {"spec.siz": "unknown field; did you mean size?", "spec.size": "missing, but required"}


def test_unknown_fields_pass_where_the_definition_keeps_them(api):
    api.create(widgets(properties={}, **{"x-kubernetes-preserve-unknown-fields": True}), MANAGER)
    assert api.problems(widget(anything=1)) == []


def test_a_misspelt_field_of_a_custom_resources_metadata_is_refused(api):
    api.create(widgets(), MANAGER)
    manifest = widget()
    manifest["metadata"]["lables"] = {}
    assert [problem.property for problem in api.problems(manifest)] == ["metadata.lables"]


def test_a_definition_without_a_schema_is_named_as_not_checked(api):
    api.create(widgets(), MANAGER)
    api.create(widget(anything=1), MANAGER)
    assert api.not_checked == {
        "fields of example.com/v1 Widget: the schema of its CustomResourceDefinition is not at hand"
    }


def test_a_definition_named_otherwise_than_its_kind_is_refused(api):
    definition = widgets()
    definition["metadata"]["name"] = "widget.example.com"
    assert [problem.reason for problem in api.problems(definition)] == [
        "expected 'widgets.example.com', the plural and the group"
    ]


def test_a_definition_with_a_wrong_schema_is_refused(api):
    definition = widgets(properties={"size": {"type": "whole number"}})
    assert [problem.property for problem in api.problems(definition)] == ["spec.versions[0].schema.openAPIV3Schema"]


def test_a_definition_that_stores_two_versions_is_refused(api):
    definition = widgets()
    definition["spec"]["versions"] *= 2
    assert [problem.property for problem in api.problems(definition)] == ["spec.versions"]


def test_a_null_in_a_list_is_refused(api):
    manifest = config_map(home="default", metadata={"finalizers": [None]})
    assert [problem.property for problem in api.problems(manifest)] == ["metadata.finalizers[0]"]


def test_deleting_a_definition_deletes_its_objects_and_its_kind(api):
    api.create(widgets(), MANAGER)
    api.create(widget(), MANAGER)
    api.delete(at("CustomResourceDefinition", "widgets.example.com", None, "apiextensions.k8s.io/v1"))
    assert api.inventory() == {}
    with pytest.raises(ApiError):
        api.kind("example.com/v1", "Widget")


def test_an_upgraded_server_serves_what_its_new_minor_serves(api):
    api.minor = "1.30"
    with pytest.raises(ApiError, match=r"Kubernetes 1\.30 does not serve"):
        api.kind("networking.k8s.io/v1", "ServiceCIDR")
    api.minor = "1.36"
    assert api.kind("networking.k8s.io/v1", "ServiceCIDR")
