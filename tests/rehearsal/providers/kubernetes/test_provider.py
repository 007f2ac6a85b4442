"""The provider: what it fills in, compares, writes and refuses."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.charts import Charts
from airflow_infra.rehearsal.providers.kubernetes.client import Reference
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.provider import kubernetes_provider
from airflow_infra.rehearsal.providers.protocol import ProviderError

NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"


def named(name: str = "thing", namespace: str | None = "default", **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"metadata": metadata, **fields}


def test_api_version_and_kind_come_from_the_type(provider):
    checked = provider.check("kubernetes:networking.k8s.io/v1:NetworkPolicy", "np", named(spec={"podSelector": {}}))
    assert (checked.inputs["apiVersion"], checked.inputs["kind"]) == ("networking.k8s.io/v1", "NetworkPolicy")
    assert checked.failures == ()


def test_the_core_group_has_no_name_in_the_api_version(program):
    assert program.create(NAMESPACE, named("airflow", None))[2]["apiVersion"] == "v1"


def test_an_api_version_unlike_the_type_is_refused(program):
    assert list(program.failures(NAMESPACE, {**named("a", None), "apiVersion": "v2"})) == ["apiVersion"]


def test_an_object_without_a_name_is_named_after_its_resource(provider):
    first, again = (provider.check(CONFIG_MAP, "settings", {}).inputs for _ in range(2))
    name = first["metadata"]["name"]
    assert name.startswith("settings-")
    assert len(name) == len("settings-") + 8
    assert first == again
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}


def test_two_resources_without_names_get_different_ones(provider):
    names = {provider.check(CONFIG_MAP, name, {}).inputs["metadata"]["name"] for name in ("a", "b")}
    assert len(names) == 2


def test_a_namespaced_object_goes_to_the_default_namespace(program):
    assert program.create(CONFIG_MAP, {"metadata": {"name": "a"}})[0] == "default/a"


def test_a_cluster_scoped_object_has_its_name_as_id(program):
    assert program.create(NAMESPACE, named("airflow", None))[0] == "airflow"


def test_a_misspelt_key_is_refused_by_check_with_its_path(program):
    failures = program.failures(CONFIG_MAP, named(dta={}))
    assert failures == {"dta": "unknown field; did you mean data?"}


def test_a_removed_api_is_refused_by_check(program):
    failures = program.failures("kubernetes:policy/v1beta1:PodDisruptionBudget", named(spec={}))
    assert list(failures) == ["kind"]
    assert "it was removed in 1.25; use policy/v1" in failures["kind"]


def test_an_unknown_annotation_of_pulumis_is_refused_by_check(program):
    inputs = {"metadata": {"name": "a", "annotations": {"pulumi.com/waitFr": "condition=Ready"}}}
    assert "did you mean waitFor?" in program.failures(NAMESPACE, inputs)['metadata.annotations["pulumi.com/waitFr"]']


@pytest.mark.parametrize(
    "type_",
    [
        "kubernetes:helm.sh/v4:Chart",
        "kubernetes:yaml/v2:ConfigGroup",
        "kubernetes:kustomize/v2:Directory",
        "kubernetes:core/v1:NamespacePatch",
        "kubernetes:core/v1:NamespaceList",
    ],
)
def test_a_type_whose_contents_only_the_real_provider_knows_is_refused(provider, type_):
    with pytest.raises(ProviderError, match="is not supported"):
        provider.check(type_, "x", {})


def test_a_token_that_is_no_type_is_refused(provider):
    with pytest.raises(ProviderError, match="is no type of the Kubernetes provider"):
        provider.check("kubernetes:Namespace", "x", {})


def test_a_duplicate_name_is_refused(program):
    program.create(CONFIG_MAP, named())
    with pytest.raises(ProviderError, match=r"ConfigMap default/thing: AlreadyExists: .*managed by pulumi-kubernetes"):
        program.create(CONFIG_MAP, named(), "other")


def test_an_object_in_a_missing_namespace_is_refused(program):
    with pytest.raises(ProviderError, match="namespace 'airflow' does not exist"):
        program.create(CONFIG_MAP, named(namespace="airflow"))


def test_outputs_are_the_object_as_it_stands(program):
    outputs = program.create(NAMESPACE, named("airflow", None))[2]
    assert outputs["metadata"]["uid"]
    assert outputs["status"] == {"phase": "Active"}


def test_what_is_not_as_awaited_fails_by_name_and_leaves_nothing(program, api):
    inputs = named("airflow", None)
    inputs["metadata"]["annotations"] = {"pulumi.com/waitFor": "jsonpath={.status.phase}=Ready"}
    with pytest.raises(ProviderError, match=r"Namespace airflow: awaited \{.status.phase\}=Ready, found Active"):
        program.create(NAMESPACE, inputs)
    assert api.inventory() == {}


def diff(provider, type_: str, old: dict[str, Any], new: dict[str, Any]):
    before, after = (provider.check(type_, "thing", inputs).inputs for inputs in (old, new))
    return provider.diff(type_, "default/thing", before, after)


def test_the_same_inputs_are_no_difference(provider):
    assert diff(provider, CONFIG_MAP, named(data={"a": "b"}), named(data={"a": "b"})).changed == ()


def test_a_changed_label_is_an_update(provider):
    new = named()
    new["metadata"]["labels"] = {"team": "data"}
    found = diff(provider, CONFIG_MAP, named(), new)
    assert (found.changed, found.replaces) == (("metadata.labels",), ())


def test_another_name_replaces_and_makes_the_new_one_first(provider):
    found = diff(provider, CONFIG_MAP, named("a"), named("b"))
    assert (found.replaces, found.delete_before_replace) == (("metadata.name",), False)


def test_data_of_a_config_map_replaces_and_the_old_one_goes_first(provider):
    found = diff(provider, CONFIG_MAP, named(data={"a": "b"}), named(data={"a": "c"}))
    assert (found.replaces, found.delete_before_replace) == (("data.a",), True)


def test_data_of_a_config_map_is_changed_in_place_where_the_provider_says_so(api, kubeconfig):
    inputs = {"kubeconfig": kubeconfig, "enableConfigMapMutable": "true"}
    provider = kubernetes_provider(lambda _: api, Charts())(inputs)
    assert diff(provider, CONFIG_MAP, named(data={"a": "b"}), named(data={"a": "c"})).replaces == ()


def test_another_role_of_a_binding_replaces_it(provider):
    group = "rbac.authorization.k8s.io"
    old, new = (named(roleRef={"apiGroup": group, "kind": "Role", "name": name}) for name in "ab")
    assert diff(provider, ROLE_BINDING, old, new).replaces == ("roleRef.name",)


def test_another_subject_of_a_binding_does_not_replace_it(provider):
    group = "rbac.authorization.k8s.io"
    ref = {"apiGroup": group, "kind": "Role", "name": "a"}
    old, new = (named(roleRef=ref, subjects=[{"kind": "Group", "apiGroup": group, "name": name}]) for name in "ab")
    found = diff(provider, ROLE_BINDING, old, new)
    assert (found.changed, found.replaces) == (("subjects[0].name",), ())


def test_a_quota_is_changed_in_place(provider):
    old, new = (named(spec={"hard": {"pods": pods}}) for pods in ("1", "2"))
    assert diff(provider, "kubernetes:core/v1:ResourceQuota", old, new).replaces == ()


def test_an_update_is_seen_in_the_cluster(program, provider, api):
    id_, old, _ = program.create(CONFIG_MAP, named())
    new = provider.check(CONFIG_MAP, "thing", named(data={"a": "b"})).inputs
    assert provider.update(CONFIG_MAP, id_, old, new)["data"] == {"a": "b"}
    assert api.get(Reference("v1", "ConfigMap", "default", "thing"))["data"] == {"a": "b"}


def test_reading_gives_the_object_or_none(program, provider):
    id_, inputs, outputs = program.create(CONFIG_MAP, named())
    assert provider.read(CONFIG_MAP, id_, inputs) == outputs
    assert provider.read(CONFIG_MAP, "default/other", inputs) is None


def test_a_deleted_object_is_gone_and_deleting_it_again_is_no_error(program, provider, api):
    id_, inputs, outputs = program.create(CONFIG_MAP, named())
    provider.delete(CONFIG_MAP, id_, inputs, outputs)
    provider.delete(CONFIG_MAP, id_, inputs, outputs)
    assert api.inventory() == {}


def test_an_object_that_does_not_go_is_an_error(program, provider):
    inputs = named()
    inputs["metadata"]["finalizers"] = ["example.com/keep"]
    id_, checked, outputs = program.create(CONFIG_MAP, inputs)
    with pytest.raises(ProviderError, match=r"is not gone: it waits for finalizers example\.com/keep"):
        provider.delete(CONFIG_MAP, id_, checked, outputs)


def test_an_object_that_stands_is_adopted_where_the_provider_says_so(api, kubeconfig):
    api.create({"apiVersion": "v1", "kind": "ConfigMap", **named()}, "somebody")
    inputs = {"kubeconfig": kubeconfig, "upsertExistingObjects": "true"}
    provider = kubernetes_provider(lambda _: api, Charts())(inputs)
    checked = provider.check(CONFIG_MAP, "thing", named(data={"a": "b"}))
    assert provider.create(CONFIG_MAP, "thing", checked.inputs).outputs["data"] == {"a": "b"}


def test_a_function_is_refused(provider):
    with pytest.raises(ProviderError, match="is not known to the rehearsal's Kubernetes provider"):
        provider.invoke("kubernetes:yaml:decode", {})


def unreachable(_: Any) -> Any:
    raise UnreachableError("https://c.example: no such host")


def test_a_cluster_that_is_gone_is_an_error(kubeconfig):
    provider = kubernetes_provider(unreachable)({"kubeconfig": kubeconfig})
    with pytest.raises(ProviderError, match=r"default/thing: https://c\.example: no such host"):
        provider.delete(CONFIG_MAP, "default/thing", {}, {})


def test_objects_of_a_cluster_that_is_gone_are_forgotten_where_the_provider_says_so(kubeconfig):
    provider = kubernetes_provider(unreachable)({"kubeconfig": kubeconfig, "deleteUnreachable": "true"})
    provider.delete(CONFIG_MAP, "default/thing", {}, {})


def test_an_identity_that_is_not_let_in_is_an_error(kubeconfig):
    def forbidden(_: Any) -> Any:
        raise ApiError(401, "Unauthorized", "no access entry")

    provider = kubernetes_provider(forbidden)({"kubeconfig": kubeconfig})
    with pytest.raises(ProviderError, match="Unauthorized: no access entry"):
        provider.check(CONFIG_MAP, "thing", named())
