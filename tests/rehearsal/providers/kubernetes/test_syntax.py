"""Names, labels, annotations and quantities."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_infra.rehearsal.providers.kubernetes.kinds import Kind
from airflow_infra.rehearsal.providers.kubernetes.syntax import (
    is_label_value,
    is_qualified_name,
    metadata_problems,
    name_problems,
    quantity,
)

NAMESPACE = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps", namespaced=True)
ROLE = Kind("rbac.authorization.k8s.io", "v1", "Role", "roles", namespaced=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        (2, "2"),
        (0.5, "0.5"),
        ("1.5Gi", "1610612736"),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("-1", "-1"),
        ("5.", "5"),
        ("0", "0"),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text, number):
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["abc", "", "1 Gi", "1GB", "1gi", "500M i", "1.5.0", "m", "1K", True])
def test_what_is_no_quantity_is_none(text):
    assert quantity(text) is None


@given(st.text())
def test_reading_a_quantity_never_fails(text):
    assert quantity(text) is None or isinstance(quantity(text), Decimal)


@pytest.mark.parametrize("name", ["Airflow", "a_b", "-a", "a-", "a b", "a" * 254, ".a", "a..b"])
def test_a_name_that_is_no_dns_name_is_refused(name):
    assert [problem.property for problem in name_problems(CONFIG_MAP, {"name": name, "namespace": "x"})] == [
        "metadata.name"
    ]


def test_a_namespace_with_a_dot_is_refused_though_other_names_may_have_one():
    assert name_problems(NAMESPACE, {"name": "a.b"})
    assert not name_problems(CONFIG_MAP, {"name": "a.b", "namespace": "x"})


def test_rbac_names_may_hold_what_dns_names_may_not():
    assert not name_problems(ROLE, {"name": "system:Pods", "namespace": "x"})
    assert name_problems(ROLE, {"name": "a/b", "namespace": "x"})


def test_a_cluster_scoped_object_with_a_namespace_is_refused():
    assert name_problems(NAMESPACE, {"name": "a", "namespace": "b"})[0].reason == (
        "Namespace is cluster-scoped: it has no namespace"
    )


def test_a_namespaced_object_without_a_namespace_is_refused():
    assert name_problems(CONFIG_MAP, {"name": "a"})[0].property == "metadata.namespace"


@pytest.mark.parametrize("key", ["a b", "/a", "a/", "A.b/c", "x" * 64, "a/b/c", ""])
def test_a_label_key_that_kubernetes_would_refuse_is_refused(key):
    assert not is_qualified_name(key)


@pytest.mark.parametrize("key", ["a", "high-memory", "kubernetes.io/metadata.name", "A_b.c"])
def test_a_sound_label_key_passes(key):
    assert is_qualified_name(key)


@pytest.mark.parametrize("value", ["a b", "-a", "a-", "x" * 64, "a/b"])
def test_a_label_value_that_kubernetes_would_refuse_is_refused(value):
    assert not is_label_value(value)


def test_the_empty_label_value_passes():
    assert is_label_value("")


def test_a_wrong_label_is_named_by_its_path():
    found = metadata_problems(("metadata",), {"labels": {"team": "data engineering"}})
    assert found[0].property == "metadata.labels.team"


def test_annotations_may_hold_any_text_but_not_under_any_key():
    assert not metadata_problems((), {"annotations": {"iam.amazonaws.com/allowed-roles": '["a b"]'}})
    assert metadata_problems((), {"annotations": {"a b": "x"}})


def test_too_many_annotations_are_refused():
    assert "at most 262144" in metadata_problems((), {"annotations": {"a": "x" * 262144}})[0].reason
