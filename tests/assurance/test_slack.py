"""Edges that only cost time."""

from graphs import graph, node

from airflow_infra.assurance.order import Rule
from airflow_infra.assurance.order_selectors import CHARTS, NODES
from airflow_infra.assurance.slack import Slack, find_slack
from airflow_infra.catalogue.estimates import durations
from airflow_infra.rehearsal.result import Graph, Node

ENVIRONMENT = "aws:mwaa/environment:Environment"
CLUSTER = "aws:eks/cluster:Cluster"
CHARTS_AFTER_NODES = Rule("charts", "create", NODES, CHARTS, "nowhere to run", "a page")


def slack(registered: Graph, *rules: Rule) -> list[Slack]:
    return list(find_slack(registered, durations(), rules))


def nodes(*, after: tuple[str, ...] = ()) -> Node:
    return node("nodes", NODES.type, values={"clusterName": ("cluster",)}, after=after)


def test_an_environment_that_waits_for_the_cluster_costs_the_clusters_minutes() -> None:
    (found,) = slack(graph(node("cluster", CLUSTER), node("airflow", ENVIRONMENT, after=("cluster",))))
    assert found.waits_for == ("Cluster cluster",)
    assert found.minutes == durations().minutes[CLUSTER].create.typical
    assert found.message == (
        "Environment airflow (infra/here.py:7) waits for Cluster cluster without needing it: "
        "a new environment takes 10.0 minutes longer for it"
    )


def test_a_value_of_the_cluster_does_not_make_the_environment_need_it() -> None:
    policy = node("policy", "aws:iam/rolePolicy:RolePolicy", values={"policy": ("cluster",)})
    registered = graph(node("cluster", CLUSTER), policy, node("airflow", ENVIRONMENT, after=("policy",)))
    assert [one.urn for one in slack(registered)] == ["airflow"]


def test_what_a_value_or_a_rule_asks_for_is_no_slack() -> None:
    registered = graph(node("cluster", CLUSTER), nodes(), node("chart", CHARTS.type, after=("nodes",)))
    assert slack(registered, CHARTS_AFTER_NODES) == []


def test_what_no_rule_asks_for_is_slack() -> None:
    registered = graph(
        node("cluster", CLUSTER),
        nodes(),
        node("first", CHARTS.type, after=("nodes",)),
        node("second", CHARTS.type, after=("nodes", "first")),
    )
    (found,) = slack(registered, CHARTS_AFTER_NODES)
    assert (found.urn, found.waits_for) == ("second", ("Release first",))


def test_only_the_one_that_waits_is_reported_and_not_all_that_follow_it() -> None:
    registered = graph(
        node("airflow", ENVIRONMENT),
        node("cluster", CLUSTER, after=("airflow",)),
        nodes(),
        node("chart", CHARTS.type, after=("nodes",)),
    )
    assert [one.urn for one in slack(registered, CHARTS_AFTER_NODES)] == ["cluster"]


def test_only_the_nearest_of_what_it_waits_for_is_named() -> None:
    registered = graph(node("cluster", CLUSTER), nodes(), node("airflow", ENVIRONMENT, after=("nodes",)))
    (found,) = slack(registered)
    assert found.waits_for == ("NodeGroup nodes",)
    assert found.minutes == 13


def test_an_edge_that_delays_nothing_that_matters_is_not_reported() -> None:
    gateway = node("gateway", "aws:ec2/natGateway:NatGateway")
    registered = graph(gateway, node("cluster", CLUSTER, after=("gateway",)), node("airflow", ENVIRONMENT))
    assert slack(registered) == []
