"""The virtual clock: what waits for what, how many at a time, and what the whole waits for."""

import pytest
from graphs import graph, node

from airflow_infra.assurance.timeline import CLUSTER, ENVIRONMENT, RELEASE, Timeline, creation, destruction
from airflow_infra.catalogue.estimates import Duration, Durations, Range, durations
from airflow_infra.rehearsal.result import Graph


def takes(create: float, delete: float) -> Duration:
    def range_(minutes: float) -> Range:
        return Range(low=minutes / 2, typical=minutes, high=minutes * 2)

    return Duration(create=range_(create), update=range_(1), delete=range_(delete), verified=False)


MINUTES = durations().model_copy(
    update={
        "minutes": {
            ENVIRONMENT: takes(30, 15),
            CLUSTER: takes(10, 3),
            RELEASE: takes(2, 1),
            "aws:gateway:Gateway": takes(2, 1),
        },
        "other": takes(0.5, 0.25),
    }
)


def times(timeline: Timeline) -> dict[str, tuple[float, float]]:
    return {bar.urn: (bar.start, bar.end) for bar in timeline.bars}


def path(timeline: Timeline) -> list[str]:
    return [bar.urn for bar in timeline.critical_path]


PLATFORM = graph(
    node("vpc"),
    node("gateway", "aws:gateway:Gateway", values={"vpcId": ("vpc",)}),
    node("cluster", CLUSTER, after=("vpc",)),
    node("environment", ENVIRONMENT, after=("gateway",)),
    node("first", RELEASE, after=("cluster",)),
    node("second", RELEASE, after=("cluster",)),
)


def test_what_waits_for_nothing_starts_at_once_and_the_rest_when_what_it_waits_for_has_ended() -> None:
    assert times(creation(PLATFORM, MINUTES)) == {
        "vpc": (0, 0.5),
        "gateway": (0.5, 2.5),
        "cluster": (0.5, 10.5),
        "environment": (2.5, 32.5),
        "first": (10.5, 12.5),
        "second": (10.5, 12.5),
    }


def test_the_critical_path_is_what_the_last_to_end_has_waited_for() -> None:
    timeline = creation(PLATFORM, MINUTES)
    assert path(timeline) == ["vpc", "gateway", "environment"]
    assert (timeline.total_minutes, timeline.slowest_single_minutes) == (32.5, 30)
    assert timeline.beyond_slowest_minutes == 2.5


def test_in_the_naive_order_the_environment_waits_for_the_cluster() -> None:
    assert creation(PLATFORM, MINUTES).naive_total_minutes == 0.5 + 10 + 30


def test_in_the_naive_order_releases_are_made_one_after_another() -> None:
    without_environment = Graph({urn: one for urn, one in PLATFORM.nodes.items() if urn != "environment"})
    timeline = creation(without_environment, MINUTES)
    assert timeline.total_minutes == 12.5
    assert timeline.naive_total_minutes == 14.5


def test_a_cluster_that_waits_for_the_environment_has_no_naive_order_that_is_a_circle() -> None:
    waiting = graph(node("environment", ENVIRONMENT), node("cluster", CLUSTER, after=("environment",)))
    assert creation(waiting, MINUTES).naive_total_minutes == 40


def test_everything_is_destroyed_after_what_waited_for_it() -> None:
    timeline = destruction(PLATFORM, MINUTES)
    assert times(timeline) == {
        "first": (0, 1),
        "second": (0, 1),
        "environment": (0, 15),
        "cluster": (1, 4),
        "gateway": (15, 16),
        "vpc": (16, 16.25),
    }
    assert path(timeline) == ["environment", "gateway", "vpc"]


def test_no_more_is_under_way_than_the_engine_has_places() -> None:
    twenty = graph(*(node(f"{number:02}") for number in range(20)))
    timeline = creation(twenty, MINUTES)
    starts = [bar.start for bar in timeline.bars]
    assert (starts.count(0), starts.count(0.5), timeline.total_minutes) == (16, 4, 1)
    assert creation(twenty, MINUTES, parallel=20).total_minutes == 0.5


def test_what_has_waited_for_a_place_has_waited_for_who_held_it() -> None:
    pair = graph(node("slow", CLUSTER), node("late"))
    assert path(creation(pair, MINUTES, parallel=1)) == ["slow", "late"]


def test_a_component_takes_neither_time_nor_a_place_but_its_children_wait_for_what_it_waits_for() -> None:
    nested = graph(
        node("cluster", CLUSTER),
        node("component", "airflow:x:X", after=("cluster",), provider=None),
        node("child", parent="component"),
    )
    timeline = creation(nested, MINUTES, parallel=1)
    assert times(timeline) == {"cluster": (0, 10), "child": (10, 10.5)}
    assert path(timeline) == ["cluster", "child"]


def test_an_object_waits_for_what_its_provider_is_made_of() -> None:
    objects = graph(
        node("cluster", CLUSTER),
        node("kubernetes", "pulumi:providers:kubernetes", values={"kubeconfig": ("cluster",)}, provider=None),
        node("object", "kubernetes:core/v1:Namespace", provider="kubernetes"),
    )
    assert times(creation(objects, MINUTES))["object"] == (10, 10.5)


def test_nothing_takes_no_time() -> None:
    assert creation(Graph({}), MINUTES) == Timeline((), (), 0, 0, 0, 16)


def test_resources_that_wait_for_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="waits for something that waits for it"):
        creation(graph(node("a", after=("b",)), node("b", after=("a",))), MINUTES)


def test_the_catalogue_has_its_own_figures_for_every_slow_type() -> None:
    catalogue: Durations = durations()
    slow = {type_ for type_, operations in catalogue.minutes.items() if operations.create.typical > 1}
    assert {ENVIRONMENT, CLUSTER, RELEASE, "aws:ec2/natGateway:NatGateway", "aws:eks/nodeGroup:NodeGroup"} <= slow
    assert catalogue.other.create.typical < 0.2
