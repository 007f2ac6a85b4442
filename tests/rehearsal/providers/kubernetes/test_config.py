"""The provider's own inputs."""

import json
from typing import Any

import pytest

from airflow_infra.rehearsal.providers.kubernetes.config import diff_config, read
from airflow_infra.rehearsal.providers.protocol import ProviderError


def moved(kubeconfig: str, **cluster: Any) -> str:
    config = json.loads(kubeconfig)
    config["clusters"][0]["cluster"].update(cluster)
    return json.dumps(config)


def test_a_provider_without_a_kubeconfig_is_refused_since_it_would_take_the_machines_own():
    with pytest.raises(ProviderError, match="no kubeconfig"):
        read({})


def test_an_unknown_input_is_refused_with_a_suggestion(kubeconfig):
    with pytest.raises(ProviderError, match="clusterIdentifer is not known here; did you mean clusterIdentifier"):
        read({"kubeconfig": kubeconfig, "clusterIdentifer": "x"})


@pytest.mark.parametrize("inputs", [{"renderYamlToDirectory": "out"}, {"enableServerSideApply": "false"}])
def test_what_is_not_modelled_is_refused(kubeconfig, inputs):
    with pytest.raises(ProviderError):
        read({"kubeconfig": kubeconfig, **inputs})


def test_a_flag_that_is_neither_true_nor_false_is_refused(kubeconfig):
    with pytest.raises(ProviderError, match="deleteUnreachable expects true or false, got 'yes'"):
        read({"kubeconfig": kubeconfig, "deleteUnreachable": "yes"})


def test_flags_arrive_as_json_text_or_as_booleans(kubeconfig):
    assert read({"kubeconfig": kubeconfig, "deleteUnreachable": "true"}).delete_unreachable
    assert read({"kubeconfig": kubeconfig, "deleteUnreachable": True}).delete_unreachable


def test_a_kubeconfig_may_be_yaml():
    text = "current-context: c\ncontexts: [{name: c, context: {cluster: c, namespace: airflow}}]\n"
    assert read({"kubeconfig": text}).namespace == "airflow"


@pytest.mark.parametrize("text", ["/home/me/.kube/config", "[1]", "a: [", "{}"])
def test_a_kubeconfig_that_is_none_is_refused(text):
    with pytest.raises(ProviderError, match="kubeconfig"):
        read({"kubeconfig": text})


def test_a_context_that_the_kubeconfig_lacks_is_refused(kubeconfig):
    with pytest.raises(ProviderError, match="no context named 'prod'"):
        read({"kubeconfig": kubeconfig, "context": "prod"})


def test_the_providers_namespace_goes_before_the_contexts(kubeconfig):
    assert read({"kubeconfig": kubeconfig, "namespace": "airflow"}).namespace == "airflow"


def test_another_endpoint_under_the_same_identifier_replaces_nothing(kubeconfig):
    old = {"kubeconfig": kubeconfig, "clusterIdentifier": "c"}
    new = {**old, "kubeconfig": moved(kubeconfig, server="https://other.example")}
    found = diff_config(old, new)
    assert (found.changed, found.replaces) == (("kubeconfig",), ())


def test_another_identifier_replaces(kubeconfig):
    old = {"kubeconfig": kubeconfig, "clusterIdentifier": "c"}
    assert diff_config(old, {**old, "clusterIdentifier": "d"}).replaces == ("clusterIdentifier",)


def test_without_an_identifier_another_endpoint_replaces(kubeconfig):
    new = {"kubeconfig": moved(kubeconfig, server="https://other.example")}
    assert diff_config({"kubeconfig": kubeconfig}, new).replaces == ("kubeconfig",)


def test_without_an_identifier_another_certificate_replaces_nothing(kubeconfig):
    new = {"kubeconfig": moved(kubeconfig, **{"certificate-authority-data": "bmV3"})}
    assert diff_config({"kubeconfig": kubeconfig}, new).replaces == ()
