"""The scheduler's filters. That the real scheduler answers the same is for tests/e2e/test_placement.py."""

from typing import Any

import pytest
from placement_samples import container, dev, requesting

from airflow_infra.assurance.placement.nodes import UNKNOWN_VALUE, stack_nodes
from airflow_infra.assurance.placement.scheduling import (
    label_obstacles,
    milli,
    requested,
    resource_obstacles,
    show,
    tolerates,
)
from airflow_infra.settings.eks import Taint

TAINT = Taint(key="high-memory", value="true", effect="NoSchedule")
LABELS = {"high-memory": "true", "cores": "16", "kubernetes.io/hostname": UNKNOWN_VALUE}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}}}


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def details(spec: dict[str, Any], *taints: Taint) -> list[str]:
    return [obstacle.detail for obstacle in label_obstacles(spec, LABELS, taints)]


@pytest.mark.parametrize(
    "toleration",
    [
        {"key": "high-memory", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
        {"key": "high-memory", "value": "true"},
        {"key": "high-memory", "operator": "Exists"},
        {"operator": "Exists"},
        {"operator": "Exists", "effect": "NoSchedule"},
    ],
)
def test_a_toleration_of_the_taint_or_of_everything_tolerates_it(toleration: dict[str, str]) -> None:
    assert tolerates([toleration], TAINT)


@pytest.mark.parametrize(
    "toleration",
    [
        {"key": "other", "operator": "Exists"},
        {"key": "high-memory", "value": "false"},
        {"key": "high-memory"},
        {"key": "high-memory", "operator": "Exists", "effect": "NoExecute"},
        {"key": "high-memory", "operator": "Gt", "value": "1"},
    ],
)
def test_a_toleration_of_something_else_does_not(toleration: dict[str, str]) -> None:
    assert not tolerates([toleration], TAINT)


def test_a_preference_keeps_no_pod_away() -> None:
    assert not details({}, Taint(key="a", value="", effect="PreferNoSchedule"))


def test_an_untolerated_taint_is_named() -> None:
    assert details({}, TAINT) == ["no toleration of the taint high-memory=true:NoSchedule"]


@pytest.mark.parametrize(
    "term",
    [
        expression("high-memory", "In", "false", "true"),
        expression("high-memory", "NotIn", "false"),
        expression("absent", "NotIn", "true"),
        expression("high-memory", "Exists"),
        expression("absent", "DoesNotExist"),
        expression("cores", "Gt", "15"),
        expression("cores", "Lt", "17"),
        expression("kubernetes.io/hostname", "NotIn", "ip-10-0-0-1"),
        {"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["ip-10-0-0-1"]}]},
    ],
)
def test_a_term_that_matches_lets_a_pod_on(term: dict[str, Any]) -> None:
    assert not details(affinity(term))


@pytest.mark.parametrize(
    ("term", "why"),
    [
        (expression("high-memory", "In", "false"), "high-memory In [false]: the nodes have another value"),
        (expression("absent", "In", "true"), "absent In [true]: the nodes have no such label"),
        (expression("high-memory", "NotIn", "true"), "high-memory NotIn [true]: the nodes have it"),
        (expression("absent", "Exists"), "absent Exists: the nodes have no such label"),
        (expression("cores", "DoesNotExist"), "cores DoesNotExist: the nodes have it"),
        (expression("cores", "Gt", "16"), "cores Gt [16]: the nodes have another value"),
        (expression("cores", "Lt", "16"), "cores Lt [16]: the nodes have another value"),
        (expression("cores", "Lt", "9" * 20), f"cores Lt [{'9' * 20}]: the nodes have another value"),
        (expression("high-memory", "Gt", "1"), "high-memory Gt [1]: the nodes have another value"),
        (
            expression("kubernetes.io/hostname", "In", "ip-10-0-0-1"),
            "kubernetes.io/hostname In [ip-10-0-0-1]: not known before a node exists",
        ),
        ({}, "an empty term matches no node"),
    ],
)
def test_a_term_that_does_not_match_says_why(term: dict[str, Any], why: str) -> None:
    assert details(affinity(term)) == [f"required node affinity: {why}"]


def test_one_term_of_several_is_enough() -> None:
    assert not details(affinity({}, expression("absent", "Exists"), expression("cores", "Exists")))


def test_every_expression_of_a_term_has_to_match() -> None:
    both = expression("cores", "Exists")["matchExpressions"] + expression("absent", "Exists")["matchExpressions"]
    assert details(affinity({"matchExpressions": both}))


def test_affinity_without_a_term_matches_no_node() -> None:
    assert details(affinity()) == ["required node affinity: no term, which matches no node"]


def test_a_selector_and_an_affinity_both_have_to_match() -> None:
    assert details({"nodeSelector": {"high-memory": "no"}, **affinity(expression("cores", "Exists"))}) == [
        "nodeSelector high-memory=no: the nodes have another value"
    ]


def test_a_pod_that_names_its_node_is_for_no_node_that_comes() -> None:
    assert details({"nodeName": "ip-10-0-0-1"})[0].startswith("spec.nodeName names the node ip-10-0-0-1")


def test_containers_add_up() -> None:
    assert requested({"containers": [requesting(cpu="1500m"), requesting(cpu="0.5", memory="1Ki")]}) == {
        "cpu": 2000,
        "memory": 1024_000,
    }


def test_the_neediest_init_container_counts_where_it_needs_more() -> None:
    spec = {
        "containers": [requesting(cpu="1", memory="1")],
        "initContainers": [requesting(cpu="3"), requesting(cpu="2", memory="5")],
    }
    assert requested(spec) == {"cpu": 3000, "memory": 5000}


def test_an_init_container_that_stays_counts_beside_those_after_it() -> None:
    stays = {**requesting(cpu="1"), "restartPolicy": "Always"}
    spec = {
        "containers": [requesting(cpu="2")],
        "initContainers": [requesting(cpu="4"), stays, requesting(cpu="4")],
    }
    assert requested(spec) == {"cpu": 5000}


def test_requests_of_the_whole_pod_stand_for_those_of_its_containers() -> None:
    spec = {"containers": [requesting(cpu="1", memory="1")], "resources": {"requests": {"cpu": "4"}}}
    assert requested(spec) == {"cpu": 4000, "memory": 1000}


def test_limits_of_the_whole_pod_are_requests_where_no_container_has_any() -> None:
    spec = {"containers": [requesting(cpu="1")], "resources": {"limits": {"cpu": "4", "memory": "4"}}}
    assert requested(spec) == {"cpu": 1000, "memory": 4000}


def test_overhead_comes_on_top() -> None:
    assert requested({"containers": [requesting(cpu="1")], "overhead": {"cpu": "250m"}}) == {"cpu": 1250}


def test_limits_are_requests_where_there_are_none() -> None:
    resources = {"limits": {"cpu": "2", "memory": "9"}, "requests": {"cpu": "1"}}
    assert requested({"containers": [container(resources=resources)]}) == {"cpu": 1000, "memory": 9000}


def test_what_is_requested_and_lacking_is_named_with_both_numbers() -> None:
    node = stack_nodes(dev())[0]
    obstacles = [*resource_obstacles({"cpu": 2000, "memory": 9 * 1024**3 * 1000, "example.com/gpu": 1000}, node)]
    assert [(one.message, one.detail) for one in obstacles] == [
        ("Insufficient cpu", "requests 2 cpu, and a fresh node has about 1780m (t3a.large)"),
        ("Insufficient memory", "requests 9Gi memory, and a fresh node has about 6.7Gi (t3a.large)"),
        ("Insufficient example.com/gpu", "requests 1 example.com/gpu, and a node has none (t3a.large)"),
    ]


def test_exactly_what_is_free_fits() -> None:
    node = stack_nodes(dev())[0]
    assert node.free is not None
    assert not [*resource_obstacles({"cpu": node.free.resources["cpu"]}, node)]
    assert [*resource_obstacles({"cpu": node.free.resources["cpu"] + 1}, node)]


def test_memory_beyond_the_estimate_but_below_the_nominal_size_is_not_promised() -> None:
    node = stack_nodes(dev())[0]
    (obstacle,) = resource_obstacles({"memory": 7 * 1024**3 * 1000}, node)
    assert obstacle.detail == "requests 7Gi memory, and a fresh node has about 6.7Gi (t3a.large); with luck up to 7.3Gi"


@pytest.mark.parametrize(
    ("value", "thousandths"), [("500m", 500), ("2", 2000), (0.1, 100), ("1Ki", 1024_000), ("1n", 1), ("1e3", 10**6)]
)
def test_quantities_are_rounded_up_to_thousandths(value: str | float, thousandths: int) -> None:
    assert milli(value) == thousandths


def test_no_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="'abc' is no quantity"):
        milli("abc")


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [("cpu", 1500, "1500m"), ("cpu", 2000, "2"), ("memory", 1536 * 1024**2 * 1000, "1.5Gi"), ("pods", 3000, "3")],
)
def test_amounts_are_shown_as_people_write_them(name: str, amount: int, text: str) -> None:
    assert show(name, amount) == text
