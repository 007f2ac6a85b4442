"""What is true of a deployed stack, and that each invariant sees what it is there for."""

from datetime import date

import pytest
from mutations.mutation import Broken, Mutation
from mutations.table import mutations

from airflow_infra.assurance.invariants.invariant import Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.judgement import Judgement, Status
from airflow_infra.assurance.look import Look
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack

AS_OF = date(2026, 11, 22)


@pytest.fixture
def broken(standing: Rehearsal, stack: Stack) -> Broken:
    environment = standing.environment
    assert isinstance(environment, EmulatedAws)
    account = stack.settings.account
    return Broken(standing, environment.account, stack.settings, Names(stack.name, account.id, account.region))


def judged(broken: Broken) -> list[Judgement]:
    subject = Subject(Look(broken.client), broken.settings, broken.names, AS_OF, broken.kubernetes)
    return judge(subject, modelled=broken.account.modelled)


def ids(judgements: list[Judgement], status: Status) -> list[str]:
    return [one.id for one in judgements if one.status == status]


def test_no_invariant_fails(broken: Broken) -> None:
    assert [f"{one.id}: {one.reason}" for one in judged(broken) if one.status == "failed"] == []


def test_judging_makes_no_call_that_could_change_anything(broken: Broken) -> None:
    before = len(broken.account.mutating_calls())
    judged(broken)
    assert broken.account.mutating_calls()[before:] == []


@pytest.mark.parametrize("mutation", mutations(), ids=lambda one: f"{one.invariant} {one.what}")
def test_an_invariant_sees_what_was_broken_on_purpose(broken: Broken, mutation: Mutation) -> None:
    undo = mutation.break_it(broken)
    try:
        failed = ids(judged(broken), "failed")
    finally:
        undo()
    assert sorted(failed) == sorted((mutation.invariant, *mutation.also))
