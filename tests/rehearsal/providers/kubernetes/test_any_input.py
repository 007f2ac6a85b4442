"""Whatever stands anywhere in a manifest, check answers with failures, never with a traceback."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_infra.rehearsal.providers.protocol import Provider

RBAC = "rbac.authorization.k8s.io"
JUNK: tuple[Any, ...] = (None, True, 1.5, "", "x y", [], {}, [None], ["x"], [{}], {"x": None}, {"x": [{}]})
METADATA = {
    "name": "thing",
    "labels": {"a": "b"},
    "annotations": {"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "5"},
}
SELECTOR = {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}
MANIFESTS: dict[str, dict[str, Any]] = {
    "core/v1:Namespace": {"metadata": {"name": "a", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}},
    "core/v1:Secret": {"metadata": METADATA, "type": "Opaque", "data": {"a": "YQ=="}, "stringData": {"b": "c"}},
    "core/v1:ResourceQuota": {"metadata": METADATA, "spec": {"hard": {"pods": "5"}}},
    "core/v1:LimitRange": {
        "metadata": METADATA,
        "spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "2"}}]},
    },
    "apps/v1:Deployment": {
        "metadata": METADATA,
        "spec": {
            "selector": SELECTOR,
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "base", "resources": {"requests": {"cpu": 1}, "limits": {"cpu": 2}}}]},
            },
        },
    },
    "networking.k8s.io/v1:NetworkPolicy": {
        "metadata": METADATA,
        "spec": {
            "podSelector": SELECTOR,
            "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}]}],
        },
    },
    f"{RBAC}/v1:Role": {
        "metadata": METADATA,
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
    f"{RBAC}/v1:RoleBinding": {
        "metadata": METADATA,
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "a"},
        "subjects": [{"apiGroup": RBAC, "kind": "Group", "name": "a"}],
    },
    "apiextensions.k8s.io/v1:CustomResourceDefinition": {
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
                }
            ],
        },
    },
    "helm.sh/v3:Release": {
        "chart": "gatekeeper",
        "version": "3.23.0",
        "name": "gatekeeper",
        "namespace": "kube-system",
        "timeout": 300,
        "repositoryOpts": {"repo": "https://charts.example"},
        "values": {"replicas": 2, "image": {"release": "x"}},
        "valueYamlFiles": [],
    },
}


def with_junk(value: Any) -> Iterator[Any]:
    """A value with something else in each of its places, one place at a time."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            for changed in [*JUNK, *with_junk(value[key])]:
                copied = copy.copy(value)
                copied[key] = changed
                yield copied


@pytest.mark.parametrize("type_", MANIFESTS)
def test_junk_anywhere_in_a_manifest_is_no_traceback(type_: str, provider: Provider) -> None:
    assert not provider.check(f"kubernetes:{type_}", "thing", MANIFESTS[type_]).failures
    for inputs in with_junk(MANIFESTS[type_]):
        provider.check(f"kubernetes:{type_}", "thing", inputs)


def test_junk_anywhere_in_a_template_is_no_traceback(program: Any, provider: Provider, template: Any) -> None:
    program.install_gatekeeper()
    for inputs in with_junk(template):
        provider.check("kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate", "thing", inputs)


def test_junk_anywhere_in_a_constraint_is_no_traceback(program: Any, provider: Provider, template: Any) -> None:
    program.install_gatekeeper()
    program.create("kubernetes:templates.gatekeeper.sh/v1:ConstraintTemplate", template)
    spec = {"match": {"labelSelector": SELECTOR, "namespaces": ["a"]}, "parameters": {"labels": ["a"]}}
    for inputs in with_junk({"metadata": {"name": "labels"}, "spec": spec}):
        provider.check("kubernetes:constraints.gatekeeper.sh/v1beta1:K8sLabels", "thing", inputs)
