"""What each step of a rehearsal did to the three stacks."""

import pytest

from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import StepResult


def step(standing: Rehearsal, name: str) -> StepResult:
    return next(step for step in standing.result.steps if step.step == name)


def test_nothing_fails(standing: Rehearsal) -> None:
    assert standing.result.errors == []


def test_the_first_up_creates_everything_and_does_nothing_else(standing: Rehearsal) -> None:
    up, registered = step(standing, "up"), standing.graphs["up"].nodes.values()
    in_the_cloud = [node for node in registered if node.type.startswith(("aws:", "kubernetes:"))]
    assert up.created == len(in_the_cloud) > 100
    assert (up.updated, up.replaced, up.deleted, up.same) == (0, 0, 0, 0)


def test_the_second_up_adds_nothing_but_routes_to_transit_gateways(standing: Rehearsal) -> None:
    new = standing.graphs["up-2"].nodes.keys() - standing.graphs["up"].nodes.keys()
    assert all(standing.graphs["up-2"].nodes[urn].inputs.get("transitGatewayId") for urn in new)
    second = step(standing, "up-2")
    assert (second.created, second.updated, second.replaced, second.deleted) == (len(new), 0, 0, 0)


def test_the_same_program_again_changes_nothing(standing: Rehearsal) -> None:
    again = step(standing, "again")
    assert (again.created, again.updated, again.replaced, again.deleted) == (0, 0, 0, 0)
    assert again.same == step(standing, "up").created + step(standing, "up-2").created


def test_the_same_program_again_makes_no_call_that_could_change_anything(standing: Rehearsal) -> None:
    assert step(standing, "again").mutating_calls == 0


@pytest.mark.last
def test_destroying_leaves_nothing_that_is_neither_protected_nor_named(standing: Rehearsal) -> None:
    standing.destroy()
    assert [left for left in standing.result.leftovers if not left.protected] == []
    assert standing.result.errors == []
