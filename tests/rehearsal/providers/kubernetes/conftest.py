"""A cluster in memory, and a provider that deploys to it."""

import json
from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.rehearsal.providers.kubernetes.gatekeeper import Gatekeeper
from airflow_infra.rehearsal.providers.kubernetes.provider import KubernetesProvider, kubernetes_provider
from airflow_infra.rehearsal.providers.protocol import Provider

RELEASE = "kubernetes:helm.sh/v3:Release"
TEMPLATES = CustomKind(
    "templates.gatekeeper.sh", ("v1", "v1beta1"), "ConstraintTemplate", "constrainttemplates", "Cluster"
)
CHARTS = Charts(
    [
        Chart("gatekeeper", "3.22.0", "v3.22.0", ("replicas",), (TEMPLATES,)),
        Chart(
            "gatekeeper",
            "3.23.0",
            "v3.23.0",
            ("replicas", "image.repository", "image.release", "audit.nodeSelector", "audit.resources", "extraArgs.*"),
            (TEMPLATES,),
        ),
    ]
)
KUBECONFIG = json.dumps(
    {
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
        "users": [{"name": "u", "user": {}}],
    }
)


class Program:
    """What a program's registrations do: check, then create."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def failures(self, type_: str, inputs: dict[str, Any], name: str = "thing") -> dict[str, str]:
        """What check finds wrong: reason by property."""
        return {failure.property: failure.reason for failure in self.provider.check(type_, name, inputs).failures}

    def create(self, type_: str, inputs: dict[str, Any], name: str = "thing") -> tuple[str, dict[str, Any], Any]:
        """Id, checked inputs and outputs of a created resource."""
        checked = self.provider.check(type_, name, inputs)
        assert not checked.failures, checked.failures
        created = self.provider.create(type_, name, checked.inputs)
        return created.id, checked.inputs, created.outputs

    def install_gatekeeper(self, **inputs: Any) -> str:
        """The id of Gatekeeper's release."""
        namespace = {"metadata": {"name": "gatekeeper-system"}}
        self.create("kubernetes:core/v1:Namespace", namespace, "gatekeeper-system")
        release = {"chart": "gatekeeper", "version": "3.23.0", "name": "gatekeeper", "namespace": "gatekeeper-system"}
        return self.create(RELEASE, {**release, **inputs})[0]


@pytest.fixture
def api() -> InMemoryApi:
    return InMemoryApi("1.36", "airflow-dev", controllers=(Gatekeeper(),))


@pytest.fixture
def not_checked() -> set[str]:
    return set()


@pytest.fixture
def provider(api: InMemoryApi, not_checked: set[str]) -> KubernetesProvider:
    made = kubernetes_provider(lambda _: api, CHARTS, not_checked)({"kubeconfig": KUBECONFIG})
    assert isinstance(made, KubernetesProvider)
    return made


@pytest.fixture
def program(provider: KubernetesProvider) -> Program:
    return Program(provider)


@pytest.fixture
def kubeconfig() -> str:
    return KUBECONFIG


@pytest.fixture
def template() -> dict[str, Any]:
    """A sound constraint template with both engines and a parameter."""
    return {
        "apiVersion": "templates.gatekeeper.sh/v1",
        "kind": "ConstraintTemplate",
        "metadata": {"name": "k8slabels"},
        "spec": {
            "crd": {
                "spec": {
                    "names": {"kind": "K8sLabels"},
                    "validation": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"labels": {"type": "array", "items": {"type": "string"}}},
                        }
                    },
                }
            },
            "targets": [
                {
                    "target": "admission.k8s.gatekeeper.sh",
                    "code": [
                        {
                            "engine": "K8sNativeValidation",
                            "source": {
                                "variables": [
                                    {"name": "labels", "expression": "object.metadata.?labels.orValue({})"},
                                ],
                                "validations": [
                                    {
                                        "expression": "variables.params.labels.all(l, l in variables.labels)",
                                        "messageExpression": '"labels: " + variables.params.labels.join(", ")',
                                    }
                                ],
                            },
                        },
                        {
                            "engine": "Rego",
                            "source": {
                                "version": "v1",
                                "rego": 'package k8slabels\n\nviolation contains {"msg": "no"} if {\n  false\n}\n',
                            },
                        },
                    ],
                }
            ],
        },
    }
