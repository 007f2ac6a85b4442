"""Helm releases: what is checked, what they bring, and what they leave."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts
from airflow_infra.rehearsal.providers.kubernetes.provider import kubernetes_provider
from airflow_infra.rehearsal.providers.protocol import Asset, ProviderError

RELEASE = "kubernetes:helm.sh/v3:Release"
DEFINITION = "airflow-dev: apiextensions.k8s.io/v1 CustomResourceDefinition constrainttemplates.templates.gatekeeper.sh"


def release(**inputs: Any) -> dict[str, Any]:
    given = {"chart": "gatekeeper", "version": "3.23.0", "name": "gatekeeper", "namespace": "kube-system", **inputs}
    return {key: value for key, value in given.items() if value is not None}


def test_a_release_stands_with_its_status(program, provider):
    id_, inputs, outputs = program.create(RELEASE, release(values={"replicas": 2.0}))
    assert id_ == "kube-system/gatekeeper"
    assert outputs["status"] == {
        "name": "gatekeeper",
        "namespace": "kube-system",
        "revision": 1,
        "status": "deployed",
        "chart": "gatekeeper",
        "version": "3.23.0",
        "appVersion": "v3.23.0",
    }
    assert provider.read(RELEASE, id_, inputs)["values"] == {"replicas": 2}


def test_a_chart_may_be_named_with_its_repository(program):
    assert program.failures(RELEASE, release(chart="oci://registry.example/charts/gatekeeper")) == {}


def test_a_misspelt_value_is_refused_with_a_suggestion(program):
    failures = program.failures(RELEASE, release(values={"image": {"repositry": "x"}}))
    assert failures == {"values.image.repositry": "chart gatekeeper 3.23.0 has no such value; did you mean repository?"}


def test_a_single_value_where_the_chart_has_a_mapping_is_refused(program):
    failures = program.failures(RELEASE, release(values={"image": "x"}))
    assert failures == {"values.image": "chart gatekeeper 3.23.0 has a mapping there, got 'x'"}


def test_below_a_known_key_anything_goes(program):
    values = {"audit": {"nodeSelector": {"any.thing/here": "x"}, "resources": {"limits": {"cpu": 1}}}}
    assert program.failures(RELEASE, release(values=values)) == {}


def test_a_wildcard_lets_any_key_through(program):
    assert program.failures(RELEASE, release(values={"extraArgs": {"skip-nodes-with-system-pods": False}})) == {}


def test_values_of_files_are_checked_too_and_lie_below_the_values(program):
    files = [Asset(text="replicas: 3\nimage: {repository: a, release: b}\n")]
    inputs = program.create(RELEASE, release(valueYamlFiles=files, values={"image": {"release": "c"}}))[1]
    assert inputs["values"] == {"replicas": 3, "image": {"repository": "a", "release": "c"}}
    assert list(program.failures(RELEASE, release(valueYamlFiles=[Asset(text="replcas: 3")]))) == ["values.replcas"]


def test_an_unknown_chart_is_refused_with_a_suggestion(program):
    failures = program.failures(RELEASE, release(chart="gatekeper"))
    assert failures == {"chart": "chart 'gatekeper' is not in the chart catalogue; did you mean gatekeeper?"}


def test_a_release_without_a_version_is_refused(program):
    assert "pin a version" in program.failures(RELEASE, release(version=None))["version"]


def test_a_version_that_is_not_in_the_catalogue_is_named_as_not_checked(program, not_checked):
    program.create(RELEASE, release(version="3.99.0", values={"anything": 1}))
    assert any("chart gatekeeper 3.99.0: not in the chart catalogue" in what for what in not_checked)


def test_templates_of_a_chart_are_named_as_not_checked(program, not_checked):
    program.create(RELEASE, release())
    assert not_checked == {"chart gatekeeper 3.23.0: its templates are not rendered, so nothing of them is checked"}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"createNamespce": True}, "createNamespce"),
        ({"timeout": "300"}, "timeout"),
        ({"atomic": "true"}, "atomic"),
        ({"maxHistory": True}, "maxHistory"),
        ({"repositoryOpts": {"url": "https://charts.example"}}, "repositoryOpts.url"),
        ({"postrender": "sed"}, "postrender"),
        ({"chart": None}, "chart"),
        ({"name": "Gatekeeper"}, "name"),
        ({"name": "a" * 54}, "name"),
        ({"namespace": "a.b"}, "namespace"),
    ],
)
def test_a_wrong_input_is_refused(program, inputs, path):
    assert list(program.failures(RELEASE, release(**inputs))) == [path]


def test_a_release_without_a_name_is_named_after_its_resource(provider):
    name = provider.check(RELEASE, "policies", release(name=None)).inputs["name"]
    assert name.startswith("policies-")


def test_a_release_in_a_missing_namespace_is_refused(program):
    with pytest.raises(ProviderError, match="namespace 'gatekeeper-system' does not exist: create it first"):
        program.create(RELEASE, release(namespace="gatekeeper-system"))


def test_a_release_may_create_its_namespace_and_leaves_it(program, provider, api):
    id_ = program.create(RELEASE, release(namespace="gatekeeper-system", createNamespace=True))[0]
    provider.delete(RELEASE, id_, {}, {})
    assert api.inventory()["airflow-dev: v1 Namespace gatekeeper-system"] == "managed by helm"


def test_creating_a_namespace_that_the_program_made_is_refused(program):
    program.create("kubernetes:core/v1:Namespace", {"metadata": {"name": "gatekeeper-system"}})
    with pytest.raises(ProviderError, match="already stands, managed by pulumi-kubernetes: unset createNamespace"):
        program.create(RELEASE, release(namespace="gatekeeper-system", createNamespace=True))


def test_a_second_release_of_the_name_is_refused(program):
    program.create(RELEASE, release())
    with pytest.raises(ProviderError, match="cannot re-use a name that is still in use"):
        program.create(RELEASE, release(), "other")


def test_an_upgrade_is_a_new_revision(program, provider):
    id_, old, _ = program.create(RELEASE, release(version="3.22.0"))
    new = provider.check(RELEASE, "gatekeeper", release(values={"replicas": 1})).inputs
    assert provider.diff(RELEASE, id_, old, new).replaces == ()
    status = provider.update(RELEASE, id_, old, new)["status"]
    assert (status["revision"], status["version"]) == (2, "3.23.0")


@pytest.mark.parametrize("key", ["name", "namespace"])
def test_another_name_or_namespace_replaces_a_release(provider, key):
    old, new = (provider.check(RELEASE, "x", release(**{key: value})).inputs for value in ("a", "b"))
    assert provider.diff(RELEASE, "x", old, new).replaces == (key,)


def test_a_release_brings_the_definitions_of_its_chart(program, api):
    program.create(RELEASE, release())
    assert api.kind("templates.gatekeeper.sh/v1", "ConstraintTemplate").custom
    assert api.kind("templates.gatekeeper.sh/v1beta1", "ConstraintTemplate").custom


def test_uninstalling_leaves_the_definitions_and_says_why(program, provider, api):
    id_ = program.create(RELEASE, release())[0]
    provider.delete(RELEASE, id_, {}, {})
    assert api.inventory() == {
        DEFINITION: "managed by helm: Helm leaves the definitions of a chart's crds folder in place"
    }
    assert provider.read(RELEASE, id_, {}) is None


def test_uninstalling_what_is_gone_is_no_error(provider):
    provider.delete(RELEASE, "kube-system/gatekeeper", {}, {})


def test_installing_again_finds_the_definitions_standing(program, provider):
    id_ = program.create(RELEASE, release())[0]
    provider.delete(RELEASE, id_, {}, {})
    program.create(RELEASE, release())


def test_a_withdrawn_version_is_refused(api, kubeconfig):
    charts = Charts([Chart("kube2iam", "2.6.0", "0.10.9", (), withdrawn=True)])
    provider = kubernetes_provider(lambda _: api, charts)({"kubeconfig": kubeconfig})
    failures = provider.check(RELEASE, "kube2iam", release(chart="kube2iam", version="2.6.0")).failures
    assert [failure.property for failure in failures] == ["version"]


def test_a_values_file_that_is_no_mapping_is_refused(program):
    failures = program.failures(RELEASE, release(valueYamlFiles=[Asset(text="- a")]))
    assert failures == {"valueYamlFiles[0]": "expected a mapping, got ['a']"}
