import math
from datetime import date
from typing import Any

import pytest

from airflow_infra.assurance.admission.schema import PodSchema
from tests.assurance.admission.pods import pod


@pytest.fixture(scope="module")
def schema() -> PodSchema:
    return PodSchema("1.36")


def messages(schema: PodSchema, made: Any) -> list[str]:
    return [found.message for found in schema.findings(made)]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (pod({"imag": "a"}), "spec.containers[0].imag: unknown field; did you mean image?"),
        (pod(hostPID="true"), "spec.hostPID: expected true or false, got 'true'"),
        (pod(securityContext={"runAsUser": 1.0}), "spec.securityContext.runAsUser: expected an integer, got 1.0"),
        (pod(containers={}), "spec.containers: expected a list, got {}"),
        (
            pod({"resources": {"requests": {"cpu": "abc"}}}),
            "spec.containers[0].resources.requests.cpu: 'abc' is no quantity, such as 500m, 2 or 1.5Gi",
        ),
        (
            pod({"ports": [{"containerPort": 2**31}]}),
            "spec.containers[0].ports[0].containerPort: 2147483648 is greater than the maximum of 2147483647",
        ),
        ({"apiVersion": "v1", "kind": "Pod"}, "spec: missing, but required"),
        ({"apiVersion": "v1", "kind": "Pod", "spec": None}, "spec: missing, but required"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(schema: PodSchema, made: Any, message: str) -> None:
    assert messages(schema, made) == [message]


@pytest.mark.parametrize("odd", [{1: "a"}, {"a": date(2026, 1, 1)}, {"a": "\ud800"}, {"a": 2**70}, {"a": {1, 2}}])
def test_what_json_has_no_word_for_is_no_pod(schema: PodSchema, odd: Any) -> None:
    (message,) = messages(schema, pod(nodeSelector=odd))
    assert message.startswith("the pod holds something that JSON has no word for")


@pytest.mark.parametrize("value", [None, 1, 0.5, "1", "1.5Gi", "1e3", "100m", "-1"])
def test_a_quantity_may_be_a_number_or_text(schema: PodSchema, value: Any) -> None:
    assert messages(schema, pod({"resources": {"requests": {"cpu": value}}})) == []


def test_nulls_are_no_matter_of_types(schema: PodSchema) -> None:
    assert messages(schema, pod({"image": None, "securityContext": None}, affinity=None, hostPID=None)) == []


def test_no_pod_is_too_odd_to_be_judged(schema: PodSchema) -> None:
    for odd in (None, [], "x", math.inf, math.nan, [[[{}]]], {"spec": []}):
        for made in (pod(odd) if isinstance(odd, dict) else pod(containers=odd), pod(affinity=odd), {"spec": odd}):
            assert isinstance(schema.findings(made), tuple)
