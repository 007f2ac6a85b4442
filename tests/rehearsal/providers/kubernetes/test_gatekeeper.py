"""The model of Gatekeeper: templates become kinds, wrong ones are refused."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.client import Reference
from airflow_infra.rehearsal.providers.protocol import ProviderError

TEMPLATE = "kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate"
CONSTRAINT = "kubernetes:constraints.gatekeeper.sh/v1beta1:K8sLabels"
WAIT = {"pulumi.com/waitFor": "jsonpath={.status.created}=true"}


@pytest.fixture
def cluster(program):
    """A program whose cluster has Gatekeeper."""
    program.install_gatekeeper()
    return program


def constraint(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "labels"}, "spec": {"match": {"namespaces": ["airflow"]}, **spec}}


def source(template: dict[str, Any], engine: int = 0) -> dict[str, Any]:
    return template["spec"]["targets"][0]["code"][engine]["source"]


def test_a_template_becomes_a_kind_and_says_so(cluster, api, template):
    outputs = cluster.create(TEMPLATE, template)[2]
    assert outputs["status"] == {"created": True}
    cluster.create(CONSTRAINT, constraint())
    assert api.modelled == {"Gatekeeper: a template becomes a kind, status.created"}


def test_a_constraint_of_an_unknown_template_is_refused_by_name(cluster, template):
    cluster.create(TEMPLATE, template)
    with pytest.raises(ProviderError) as refused:
        cluster.create("kubernetes:constraints.gatekeeper.sh/v1beta1:K8sLabel", constraint())
    assert "no kind K8sLabel in constraints.gatekeeper.sh/v1beta1: no ConstraintTemplate 'k8slabel'" in str(
        refused.value
    )
    assert "there are K8sLabels" in str(refused.value)


def test_a_template_before_gatekeepers_chart_is_refused(program, template):
    with pytest.raises(ProviderError, match=r"no kind ConstraintTemplate in templates.gatekeeper.sh/v1"):
        program.create(TEMPLATE, template)


def test_a_template_is_not_ready_while_no_gatekeeper_runs(cluster, provider, template):
    provider.delete("kubernetes:helm.sh/v3:Release", "gatekeeper-system/gatekeeper", {}, {})
    template["metadata"]["annotations"] = WAIT
    with pytest.raises(ProviderError, match=r"awaited \{.status.created\}=true, found nothing"):
        cluster.create(TEMPLATE, template)


def test_a_constraint_names_a_template_that_nobody_serves(cluster, provider, template):
    provider.delete("kubernetes:helm.sh/v3:Release", "gatekeeper-system/gatekeeper", {}, {})
    cluster.create(TEMPLATE, template)
    with pytest.raises(ProviderError, match="k8slabels stands, but no release of Gatekeeper"):
        cluster.create(CONSTRAINT, constraint())


def test_templates_that_stood_before_become_kinds_when_gatekeeper_comes_back(cluster, provider, template):
    provider.delete("kubernetes:helm.sh/v3:Release", "gatekeeper-system/gatekeeper", {}, {})
    cluster.create(TEMPLATE, template)
    release = {"chart": "gatekeeper", "version": "3.23.0", "name": "again", "namespace": "gatekeeper-system"}
    cluster.create("kubernetes:helm.sh/v3:Release", release)
    cluster.create(CONSTRAINT, constraint())


def test_deleting_a_template_deletes_its_kind_and_its_constraints(cluster, api, provider, template):
    cluster.create(TEMPLATE, template)
    cluster.create(CONSTRAINT, constraint())
    provider.delete(TEMPLATE, "k8slabels", {}, {})
    assert not [what for what in api.inventory() if "abels" in what]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"enforcmentAction": "deny"}, "spec.enforcmentAction"),
        ({"enforcementAction": "refuse"}, "spec.enforcementAction"),
        ({"match": {"namespace": ["airflow"]}}, "spec.match.namespace"),
        ({"match": {"kinds": [{"apiGroups": "", "kinds": ["Pod"]}]}}, "spec.match.kinds[0].apiGroups"),
        ({"parameters": {"label": ["team"]}}, "spec.parameters.label"),
        ({"parameters": {"labels": [1]}}, "spec.parameters.labels[0]"),
    ],
)
def test_a_wrong_constraint_is_refused_with_its_path(cluster, template, spec, path):
    cluster.create(TEMPLATE, template)
    assert list(cluster.failures(CONSTRAINT, constraint(**spec))) == [path]


def test_parameters_of_a_template_without_any_are_refused(cluster, template):
    del template["spec"]["crd"]["spec"]["validation"]
    cluster.create(TEMPLATE, template)
    assert list(cluster.failures(CONSTRAINT, constraint(parameters={"labels": []}))) == ["spec.parameters"]


def test_a_template_named_otherwise_than_its_kind_is_refused(cluster, template):
    template["metadata"]["name"] = "labels"
    assert "expected 'k8slabels'" in cluster.failures(TEMPLATE, template)["metadata.name"]


def test_an_unknown_engine_is_refused(cluster, template):
    template["spec"]["targets"][0]["code"][0]["engine"] = "CEL"
    assert "spec.targets[0].code[0].engine" in cluster.failures(TEMPLATE, template)


def test_a_misspelt_key_of_a_template_is_refused_with_a_suggestion(cluster, template):
    template["spec"]["targets"][0]["cod"] = template["spec"]["targets"][0].pop("code")
    assert cluster.failures(TEMPLATE, template) == {"spec.targets[0].cod": "unknown field; did you mean code?"}


def test_another_target_is_refused(cluster, template):
    template["spec"]["targets"][0]["target"] = "admission.k8s.example.sh"
    assert "spec.targets[0].target" in cluster.failures(TEMPLATE, template)


def test_a_syntax_error_in_cel_is_refused_with_its_place(cluster, template):
    source(template)["validations"][0]["expression"] = "variables.labels.size() == "
    failures = cluster.failures(TEMPLATE, template)
    assert list(failures) == ["spec.targets[0].code[0].source.validations[0].expression"]
    assert "CEL does not compile" in failures.popitem()[1]


def test_an_unknown_function_in_cel_is_refused(cluster, template):
    source(template)["validations"][0]["expression"] = "object.spec.sizes(1) == 0"
    assert "undeclared reference to 'sizes'" in str(cluster.failures(TEMPLATE, template))


def test_a_variable_that_is_not_declared_is_refused_with_a_suggestion(cluster, template):
    source(template)["validations"][0]["expression"] = "variables.lables.size() == 0"
    assert "variables.lables is not declared; did you mean labels?" in str(cluster.failures(TEMPLATE, template))


def test_a_variable_may_only_use_those_declared_before_it(cluster, template):
    source(template)["variables"].insert(0, {"name": "first", "expression": "variables.labels.size()"})
    assert list(cluster.failures(TEMPLATE, template)) == ["spec.targets[0].code[0].source.variables[0].expression"]


def test_a_function_that_only_kubernetes_has_is_named_as_not_checked(cluster, api, template):
    source(template)["validations"][0]["expression"] = 'quantity("1").isGreaterThan(quantity("2"))'
    cluster.create(TEMPLATE, template)
    assert any("quantity" in what for what in api.not_checked)


def test_rego_is_named_as_not_checked(cluster, api, template):
    cluster.create(TEMPLATE, template)
    assert "the Rego of constraint templates: only Gatekeeper itself compiles it" in api.not_checked


@pytest.mark.parametrize(
    ("rego", "reason"),
    [("violation := 1", "no package declaration"), ("package a\ndeny := 1", "no rule named violation")],
)
def test_rego_without_what_gatekeeper_asks_for_is_refused(cluster, template, rego, reason):
    source(template, 1)["rego"] = rego
    assert reason in cluster.failures(TEMPLATE, template)["spec.targets[0].code[1].source.rego"]


def test_a_wrong_parameter_schema_is_refused(cluster, template):
    template["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"] = {"type": "objekt"}
    assert list(cluster.failures(TEMPLATE, template)) == ["spec.crd.spec.validation.openAPIV3Schema"]


def test_the_kind_of_a_template_is_a_definition_managed_by_gatekeeper(cluster, api, template):
    cluster.create(TEMPLATE, template)
    name = "k8slabels.constraints.gatekeeper.sh"
    definition = api.get(Reference("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, name))
    assert definition["metadata"]["managedFields"][0]["manager"] == "gatekeeper"
