"""Node groups' answers to pods."""

from typing import Any

import pytest
from placement_samples import HIGH_MEMORY, dev, node_group, pod, requesting, with_groups

from airflow_infra.assurance.check.types import Minutes
from airflow_infra.assurance.placement.placement import Placed, Placement
from airflow_infra.assurance.placement.scheduling import requested
from airflow_infra.settings.eks import Taint

WANTS_HIGH_MEMORY: dict[str, Any] = {"nodeSelector": {"high-memory": "true"}, "tolerations": [HIGH_MEMORY]}


def place(*, timeout_s: int | None = None, **spec: Any) -> Placed:
    return placed(Placement(dev()), timeout_s, **spec)


def placed(placement: Placement, timeout_s: int | None = None, **spec: Any) -> Placed:
    whole = pod(**spec)["spec"]
    return placement.place(whole, requested(whole), timeout_s)


def fitting(answer: Placed) -> list[str]:
    return [group.name for group in answer.groups if group.fits]


def test_a_pod_that_asks_for_nothing_fits_the_standard_nodes_only() -> None:
    answer = place()
    assert fitting(answer) == ["standard"]
    assert answer.groups[1].reasons == ("no toleration of the taint high-memory=true:NoSchedule",)


def test_a_toleration_alone_leaves_the_standard_nodes_possible() -> None:
    assert fitting(place(tolerations=[HIGH_MEMORY])) == ["standard", "high-memory"]


def test_toleration_and_selector_together_mean_high_memory() -> None:
    answer = place(**WANTS_HIGH_MEMORY)
    assert fitting(answer) == ["high-memory"]
    assert answer.groups[0].reasons == ("nodeSelector high-memory=true: the nodes have no such label",)


def test_a_pod_that_fits_nowhere_would_stay_pending() -> None:
    answer = place(nodeSelector={"high-memory": "true"})
    assert not fitting(answer)
    assert answer.problems == ("no node group can take it: it would stay pending",)


def test_only_the_nearest_node_of_a_group_says_why_not() -> None:
    (standard, _) = place(containers=[requesting(memory="7Gi")]).groups
    assert standard.reasons == (
        "requests 7Gi memory, and a fresh node has about 6.7Gi (m6a.large); with luck up to 7.3Gi",
    )


def test_a_group_of_which_some_types_are_too_small_says_so() -> None:
    answer = place(containers=[requesting(memory="6850Mi")])
    assert fitting(answer) == ["standard"]
    assert answer.problems == (
        "node group standard takes it on m6a.large in eu-west-1a, eu-west-1b, eu-west-1c only, "
        "and its next node may be another",
    )


def test_a_group_that_has_nodes_at_all_times_does_not_start_from_zero() -> None:
    standard, high_memory = place().groups
    assert (standard.from_zero, standard.start_minutes) == (False, None)
    assert (high_memory.from_zero, high_memory.start_minutes) == (True, Minutes(3, 4, 5))


def test_an_operator_that_waits_less_than_a_node_takes_is_told() -> None:
    (problem,) = place(timeout_s=120, **WANTS_HIGH_MEMORY).problems
    assert "one takes about 4 minutes to start (3 to 5, an estimate), but its operator waits 120 s" in problem
    assert problem.endswith("write startup_timeout_seconds=600")


@pytest.mark.parametrize("timeout_s", [None, 600])
def test_an_operator_that_waits_long_enough_is_not(timeout_s: int | None) -> None:
    assert not place(timeout_s=timeout_s, **WANTS_HIGH_MEMORY).problems


def test_a_group_with_nodes_beside_one_without_is_waited_for_no_longer() -> None:
    assert not place(timeout_s=120, tolerations=[HIGH_MEMORY]).problems


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"schedulerName": "mine"}, "spec.schedulerName mine: the cluster has default-scheduler only"),
        (
            {"schedulingGates": [{"name": "a"}]},
            "spec.schedulingGates: it is not scheduled before somebody removes them",
        ),
        ({"os": {"name": "windows"}}, "spec.os.name windows: the nodes run linux"),
    ],
)
def test_what_no_node_changes_keeps_a_pod_off_every_group(spec: dict[str, Any], why: str) -> None:
    assert {group.reasons for group in place(**spec).groups} == {(why,)}


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (
            {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{}]}}},
            "affinity to other pods",
        ),
        ({"topologySpreadConstraints": [{"whenUnsatisfiable": "DoNotSchedule"}]}, "topology spread"),
        ({"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "a"}}]}, "its persistent volumes"),
        ({"resourceClaims": [{"name": "a"}]}, "its resource claims"),
    ],
)
def test_what_is_not_looked_at_is_said(spec: dict[str, Any], what: str) -> None:
    (problem,) = place(**spec).problems
    assert problem.startswith(f"not checked: {what}")


def test_a_type_that_the_catalogue_lacks_is_not_said_to_fit_unasked() -> None:
    answer = placed(Placement(with_groups(node_group("one", "c9z.large"))), containers=[requesting(memory="1Ti")])
    assert fitting(answer) == ["one"]
    assert answer.problems == ("not checked: whether it fits c9z.large, which the catalogue of instance types lacks",)


def test_answers_are_remembered_for_what_they_depend_on_only() -> None:
    placement = Placement(with_groups(node_group("one", "t3.large", taints=(Taint(key="a", effect="NoSchedule"),))))
    small, large = [requesting(cpu="1")], [requesting(cpu="3")]
    tolerations = [{"key": "a", "operator": "Exists"}]
    answers = [
        fitting(placed(placement, containers=containers, tolerations=tolerated))
        for containers in (small, large, small)
        for tolerated in ([], tolerations)
    ]
    assert answers == [[], ["one"], [], [], [], ["one"]]
