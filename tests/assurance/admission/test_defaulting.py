from typing import Any

import pytest

from airflow_infra.assurance.admission.defaulting import Defaulting
from airflow_infra.assurance.admission.schema import PodSchema
from airflow_infra.policies.library import Manifest
from airflow_infra.settings.eks import AirflowNamespace
from tests.assurance.admission.pods import pod

LIMITS = AirflowNamespace(default_cpu="250m", default_memory="2Gi")
REQUESTS = {"cpu": "250m", "memory": "2Gi"}


def defaulted(made: Manifest) -> Manifest:
    return Defaulting(LIMITS).defaulted(made)["spec"]


def resources(resources: Any, namespace: str = "airflow", field: str = "containers") -> Manifest:
    made = pod({"resources": resources}, namespace=namespace)
    made["spec"][field] = made["spec"]["containers"]
    return defaulted(made)[field][0]["resources"]


@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_the_limit_range_of_the_airflow_namespace_fills_in_what_is_missing(field: str) -> None:
    assert resources({}, field=field) == {"requests": REQUESTS, "limits": {"memory": "2Gi"}}


def test_a_request_is_the_limit_where_only_that_is_given() -> None:
    limits = {"cpu": "2", "memory": "3Gi"}
    assert resources({"limits": limits}) == {"requests": limits, "limits": limits}


def test_what_is_given_stays() -> None:
    given = {"requests": {"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi"}, "limits": {"memory": "4Gi"}}
    assert resources(given) == given


def test_other_namespaces_have_no_limit_range() -> None:
    assert resources({}, namespace="default") == {}
    assert resources({"limits": {"cpu": "1"}}, namespace="default") == {
        "limits": {"cpu": "1"},
        "requests": {"cpu": "1"},
    }


def test_ephemeral_containers_have_no_resources() -> None:
    made = pod(ephemeralContainers=[{"name": "debug"}])
    assert defaulted(made)["ephemeralContainers"] == [{"name": "debug"}]


def test_quantities_are_text() -> None:
    assert resources({"requests": {"cpu": 1, "memory": 0.5}})["requests"] == {"cpu": "1", "memory": "0.5"}


@pytest.mark.parametrize(
    ("given", "account"),
    [
        ({}, "default"),
        ({"serviceAccountName": ""}, "default"),
        ({"serviceAccount": "older"}, "older"),
        ({"serviceAccountName": "newer", "serviceAccount": "older"}, "newer"),
    ],
)
def test_the_service_account_has_both_of_its_names(given: Any, account: str) -> None:
    spec = defaulted(pod(**given))
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == (account, account)


def test_a_volume_without_a_source_is_an_empty_folder() -> None:
    assert defaulted(pod(volumes=[{"name": "a"}]))["volumes"] == [{"name": "a", "emptyDir": {}}]


def test_ports_of_the_host_network_are_those_of_the_host() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 81, "hostPort": 81}]
    spec = defaulted(pod({"ports": ports}, hostNetwork=True))
    assert [port["hostPort"] for port in spec["containers"][0]["ports"]] == [80, 81]
    assert "hostPort" not in defaulted(pod({"ports": ports}))["containers"][0]["ports"][0]


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ([], 2),
        ([{"operator": "Exists"}], 0),
        ([{"operator": "Exists", "effect": "NoSchedule"}], 2),
        ([{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}], 1),
    ],
)
def test_a_lost_node_is_tolerated_for_a_while(given: list[Manifest], added: int) -> None:
    assert len(defaulted(pod(tolerations=given))["tolerations"]) == len(given) + added


def test_a_pod_without_a_namespace_gets_airflows() -> None:
    made = pod()
    del made["metadata"]["namespace"]
    assert Defaulting(LIMITS).defaulted(made)["metadata"]["namespace"] == "airflow"


def test_the_pod_given_is_left_as_it_is() -> None:
    made = pod({"ports": [{"containerPort": 80}]}, hostNetwork=True, volumes=[{"name": "a"}])
    Defaulting(LIMITS).defaulted(made)
    assert made == pod({"ports": [{"containerPort": 80}]}, hostNetwork=True, volumes=[{"name": "a"}])


@pytest.fixture(scope="module")
def schema() -> PodSchema:
    return PodSchema("1.36")


def test_a_field_that_is_null_is_unset(schema: PodSchema) -> None:
    context = {"privileged": None, "runAsUser": 0}
    made = schema.without_nulls(pod({"securityContext": context, "env": None}, hostPID=None, affinity=None))
    assert made == pod({"securityContext": {"runAsUser": 0}})


def test_a_null_in_a_map_or_a_list_is_the_zero_value(schema: PodSchema) -> None:
    made = schema.without_nulls(
        pod({"args": ["a", None], "resources": {"limits": {"cpu": None}}}, nodeSelector={"a": None}, tolerations=[None])
    )
    expected = pod({"args": ["a", ""], "resources": {"limits": {"cpu": "0"}}}, nodeSelector={"a": ""}, tolerations=[{}])
    assert made == expected


def test_a_word_that_contains_null_is_no_null(schema: PodSchema) -> None:
    made = pod({"args": ["null"]})
    assert schema.without_nulls(made) == made
