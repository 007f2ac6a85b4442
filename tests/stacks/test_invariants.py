"""What is true of a deployed stack, and that each invariant sees what it is there for."""

from datetime import date
from pathlib import Path

import pytest
from mutations.document import page
from mutations.mutation import Broken, Mutation
from mutations.table import NOT_SHOWN, mutations

from airflow_infra.assurance.invariants.catalogue import all_invariants, chosen
from airflow_infra.assurance.invariants.invariant import Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.judgement import Judgement, Status
from airflow_infra.cli.inspection import Inspection, subject
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack

AS_OF = date(2026, 11, 22)


PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "docs" / "invariants.md"


@pytest.fixture
def broken(standing: Rehearsal, stack: Stack) -> Broken:
    environment = standing.environment
    assert isinstance(environment, EmulatedAws)
    account = stack.settings.account
    return Broken(standing, environment.account, stack.settings, Names(stack.name, account.id, account.region))


def judged(broken: Broken) -> list[Judgement]:
    return judge(subject_of(broken), modelled=broken.account.modelled)


def subject_of(broken: Broken) -> Subject:
    """What stands now, looked at anew."""
    return subject(broken.names.stack, broken.settings, broken.standing.environment, AS_OF, PROJECT)


def ids(judgements: list[Judgement], status: Status) -> list[str]:
    return [one.id for one in judgements if one.status == status]


def test_no_invariant_fails(broken: Broken) -> None:
    assert [f"{one.id}: {one.reason}" for one in judged(broken) if one.status == "failed"] == []


def test_before_the_gateways_are_accepted_their_invariants_are_pending_and_nothing_fails(
    broken: Broken, inspection: Inspection
) -> None:
    gateways = broken.settings.vpc.transit_gateways
    by_hand = any(not (gateway.auto_accept or gateway.accepter_role_arn) for gateway in gateways)
    waiting = ["network-08", "network-09", "network-11"] if by_hand else []
    assert [one.id for one in inspection.assurance.pending] == waiting
    assert inspection.assurance.ok


def test_what_no_emulator_can_show_is_not_checked_and_nothing_else(broken: Broken) -> None:
    judgements = judged(broken)
    assert {*ids(judgements, "not checked")} <= NOT_SHOWN.keys()
    listed = [one for one in judgements if not one.id.startswith("kubernetes-")]
    assert len(listed) - len(ids(listed, "not checked")) >= 62


def test_every_checked_invariant_has_a_mutation(broken: Broken) -> None:
    checked = {one.id for one in judged(broken) if one.status != "not checked"}
    if broken.settings.mwaa.email is None:
        checked.discard("account-71")  # nothing to look at, nor to break
    assert sorted(checked - {mutation.invariant for mutation in mutations()}) == []


def test_an_invariant_makes_the_calls_that_it_names_and_no_others(broken: Broken) -> None:
    subject = subject_of(broken)
    asked = subject.look.asked
    unnamed: list[str] = []
    for invariant in all_invariants():
        before = len(asked)
        judge(subject, [invariant])
        unnamed += [f"{invariant.id}: {call}" for call in sorted({*asked[before:]} - {*invariant.calls})]
    assert unnamed == []


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
    expected = sorted((mutation.invariant, *mutation.also))
    assert sorted(failed) == expected
    assert ids(judge(subject_of(broken), chosen(expected)), "failed") == [], "the mutation was not undone"


def test_the_page_of_the_invariants_is_what_is_judged_and_what_is_broken(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--update-golden"):
        DOCUMENT.write_text(page(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == page(), "write the page again: make golden"
