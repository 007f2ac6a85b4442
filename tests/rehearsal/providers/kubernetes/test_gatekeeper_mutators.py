"""The model of Gatekeeper's webhook on Assign objects."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind

ASSIGN = "kubernetes:mutations.gatekeeper.sh/v1:Assign"
LOCATION = "spec.containers[name:*].securityContext.allowPrivilegeEscalation"


@pytest.fixture
def cluster(program, api):
    """A program whose cluster has Gatekeeper and the definition of Assign objects, which its chart brings."""
    program.install_gatekeeper()
    kind = CustomKind("mutations.gatekeeper.sh", ("v1", "v1beta1"), "Assign", "assign", "Cluster")
    api.apply(kind.definition(), "helm")
    return program


def assign(**spec: Any) -> dict[str, Any]:
    default = {
        "applyTo": [{"groups": [""], "versions": ["v1"], "kinds": ["Pod"], "operations": ["CREATE"]}],
        "match": {"scope": "Namespaced", "excludedNamespaces": ["kube-system"]},
        "location": LOCATION,
        "parameters": {
            "assign": {"value": False},
            "pathTests": [{"subPath": LOCATION, "condition": "MustNotExist"}],
        },
    }
    return {"metadata": {"name": "escalation"}, "spec": {**default, **spec}}


def test_an_assign_object_is_made_and_its_fields_were_checked(cluster, api):
    cluster.create(ASSIGN, assign())
    assert not [what for what in api.not_checked if "Assign" in what]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"locaton": "spec"}, "spec.locaton"),
        ({"applyTo": []}, "spec.applyTo"),
        ({"applyTo": [{"groups": [""], "versions": ["v1"]}]}, "spec.applyTo[0].kinds"),
        ({"applyTo": [{"groups": [""], "versions": ["v1"], "kinds": ["Pod"], "operations": ["DELETE"]}]},
         "spec.applyTo[0].operations[0]"),
        ({"match": {"namespace": ["airflow"]}}, "spec.match.namespace"),
        ({"location": "spec.containers[name].image", "parameters": {"assign": {"value": 1}}}, "spec.location"),
        ({"location": "spec.containers[name:*", "parameters": {"assign": {"value": 1}}}, "spec.location"),
        ({"location": "spec.", "parameters": {"assign": {"value": 1}}}, "spec.location"),
        ({"location": "spec.containers[name:*]", "parameters": {"assign": {"value": {}}}}, "spec.location"),
        ({"location": "metadata.labels.team", "parameters": {"assign": {"value": "a"}}}, "spec.location"),
        ({"parameters": {"assign": {}}}, "spec.parameters.assign"),
        ({"parameters": {"assign": {"value": 1, "fromMetadata": {"field": "name"}}}}, "spec.parameters.assign"),
        ({"parameters": {"assign": {"value": 1}, "pathTests": [{"subPath": "spec.volumes", "condition": "MustExist"}]}},
         "spec.parameters.pathTests[0].subPath"),
        ({"parameters": {"assign": {"value": 1}, "pathTests": [{"subPath": "spec", "condition": "Exists"}]}},
         "spec.parameters.pathTests[0].condition"),
    ],
)  # fmt: skip
def test_a_wrong_assign_object_is_refused_with_its_path(cluster, spec, path):
    assert list(cluster.failures(ASSIGN, assign(**spec))) == [path]
