"""The required order of the three stacks: it holds, and each rule sees the edge that it is there for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_infra.assurance.dependencies import edges, reachable
from airflow_infra.assurance.order import OrderResult, Rule, check_order, pairs
from airflow_infra.assurance.order_rules import RULES
from airflow_infra.assurance.slack import find_slack
from airflow_infra.assurance.timeline import CLUSTER, ENVIRONMENT, creation, destruction
from airflow_infra.catalogue.estimates import durations
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import Graph, Node

MAY_NOT_APPLY = {
    "dev": {"gateway-routes-acceptance", "objects-api-reachable"},
    "sandpit": {"gateway-routes-acceptance"},
    "prod": {"gateway-routes-acceptance", "objects-api-reachable"},
}


def by_rule() -> Callable[[Callable[..., None]], Callable[..., None]]:
    return pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@pytest.fixture
def graph(standing: Rehearsal) -> Graph:
    return standing.result.graph


def applicable(graph: Graph, rule: Rule) -> tuple[Node, list[Node]]:
    """A starting resource with what must be complete before it."""
    found = [(starting, complete) for starting, complete in pairs(graph, rule) if complete]
    if not found:
        pytest.skip(f"{rule.id} does not apply to this stack; tests/assurance/test_order.py has it")
    return found[0]


def without_edges_to(graph: Graph, urn: str, cone: frozenset[str]) -> Graph:
    """A copy in which nothing of the cone depends on a resource any more."""

    def cut(node: Node) -> Node:
        by_property = {
            name: tuple(one for one in urns if one != urn) for name, urns in node.property_dependencies.items()
        }
        dependencies = tuple(one for one in node.dependencies if one != urn)
        return replace(node, dependencies=dependencies, property_dependencies=by_property)

    return Graph({one: cut(node) if one in cone else node for one, node in graph.nodes.items()})


def named_for(result: OrderResult, rule: Rule, urn: str | None) -> list[str]:
    return [one.message for one in result.violations if one.rule == rule.id and one.urn == urn]


def test_the_required_order_holds(graph: Graph) -> None:
    assert [one.message for one in check_order(graph, RULES).violations] == []


def test_what_does_not_apply_is_what_the_stack_does_not_have(standing: Rehearsal, graph: Graph) -> None:
    result = check_order(graph, RULES)
    assert {one.rule for one in result.not_applicable} == MAY_NOT_APPLY[standing.result.stack]
    assert result.checked + len(result.not_applicable) == len(RULES)


def test_the_order_holds_before_the_gateways_are_accepted(standing: Rehearsal) -> None:
    assert check_order(standing.graphs["up"], RULES).violations == ()


@by_rule()
def test_a_rule_names_an_edge_that_is_missing(graph: Graph, rule: Rule) -> None:
    starting, complete = applicable(graph, rule)
    cone = reachable(graph, edges(graph))[starting.urn] | {starting.urn}
    for one in complete:
        (message,) = named_for(check_order(without_edges_to(graph, one.urn, cone), RULES), rule, starting.urn)
        assert one.name in message
        assert starting.name in message


@by_rule()
def test_a_rule_is_no_empty_promise_when_what_must_be_complete_is_not_there(graph: Graph, rule: Rule) -> None:
    starting, complete = applicable(graph, rule)
    gone = {one.urn for one in (rule.complete.of(graph) if rule.none_complete else complete)}
    left = Graph({urn: node for urn, node in graph.nodes.items() if urn not in gone})
    result = check_order(left, [rule])
    if rule.none_complete:
        assert result.not_applicable
    else:
        assert named_for(result, rule, starting.urn)


@by_rule()
def test_a_rule_is_no_empty_promise_when_nothing_starts(graph: Graph, rule: Rule) -> None:
    left = Graph({urn: node for urn, node in graph.nodes.items() if not rule.starts.selects(node)})
    result = check_order(left, [rule])
    if rule.none_starts:
        assert result.not_applicable
    else:
        assert named_for(result, rule, None)


def test_a_template_that_nobody_waits_for_is_named(graph: Graph) -> None:
    rule = next(rule for rule in RULES if rule.awaits)
    _, (template,) = applicable(graph, rule)
    metadata = {key: value for key, value in template.inputs["metadata"].items() if key != "annotations"}
    hasty = replace(template, inputs={**template.inputs, "metadata": metadata})
    result = check_order(Graph({**graph.nodes, template.urn: hasty}), RULES)
    assert [one.rule for one in result.violations] == [rule.id]
    assert "pulumi.com/waitFor" in result.violations[0].message


def test_no_edge_only_costs_time(graph: Graph) -> None:
    assert find_slack(graph, durations()) == ()


def test_an_environment_that_waits_for_the_cluster_is_slack_of_several_minutes(graph: Graph) -> None:
    environment, cluster = (
        next(node for node in graph.nodes.values() if node.type == type_) for type_ in (ENVIRONMENT, CLUSTER)
    )
    last = len(graph.nodes)
    waiting = replace(environment, dependencies=(*environment.dependencies, cluster.urn), sequence=last)
    after = {
        urn: replace(node, sequence=last + node.sequence) if environment.urn in edges(graph)[urn] else node
        for urn, node in graph.nodes.items()
    }
    (found,) = find_slack(Graph({**after, environment.urn: waiting}), durations())
    assert found.waits_for == ("Cluster cluster",)
    assert found.minutes > 5


def test_a_new_environment_takes_little_longer_than_its_slowest_creation(graph: Graph) -> None:
    timeline = creation(graph, durations())
    assert timeline.slowest_single_minutes == durations().minutes[ENVIRONMENT].create.typical
    assert timeline.beyond_slowest_minutes < 3
    assert timeline.naive_total_minutes > timeline.total_minutes + 5


def test_every_creation_and_every_deletion_has_its_place_in_the_timeline(standing: Rehearsal, graph: Graph) -> None:
    in_the_cloud = {urn for urn, node in graph.nodes.items() if node.type.startswith(("aws:", "kubernetes:"))}
    for timeline in (creation(graph, durations()), destruction(graph, durations())):
        assert {bar.urn for bar in timeline.bars} == in_the_cloud
        assert timeline.critical_path[-1].end == timeline.total_minutes
