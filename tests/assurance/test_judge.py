from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import Refused, look

from airflow_infra.assurance.invariants import catalogue
from airflow_infra.assurance.invariants.catalogue import UnknownInvariantError, all_invariants, chosen
from airflow_infra.assurance.invariants.invariant import AbsentError, Check, Invariant, NotCheckedError, Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.judgement import Assurance, Judgement, Status
from airflow_infra.assurance.look import Look
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack

AS_OF = date(2026, 11, 22)
SETTINGS = load_stack("dev", Path(__file__).parents[2], as_of=AS_OF).settings


def judged(check: Check, account: Look | None = None, **options: Any) -> Judgement:
    invariant = Invariant("network-01", "title", "high", "cost", (), check, options.pop("awaits_acceptance", False))
    names = Names("dev", SETTINGS.account.id, SETTINGS.account.region)
    [judgement] = judge(Subject(account or look(), SETTINGS, names, AS_OF), [invariant], **options)
    return judgement


def zones(answer: Any) -> tuple[Check, Look]:
    """A check that asks for zones, and an account that answers so."""

    def check(subject: Subject) -> Iterator[str]:
        yield from subject.look.one("ec2", "describe_availability_zones")["Zones"]

    return check, look(ec2={"DescribeAvailabilityZones": answer})


def fails(subject: Subject) -> Iterator[str]:
    yield "one is wrong"
    yield "two is wrong"


def gives_up(subject: Subject) -> Iterator[str]:
    raise NotCheckedError("nobody can see it")
    yield


def misses(subject: Subject) -> Iterator[str]:
    raise AbsentError("there is none")
    yield


def test_what_nothing_violates_has_passed() -> None:
    judgement = judged(lambda _: ())
    assert (judgement.status, judgement.reason) == ("passed", "")


def test_every_violation_is_told() -> None:
    judgement = judged(fails)
    assert (judgement.status, judgement.reason) == ("failed", "one is wrong; two is wrong")


def test_what_awaits_a_gateways_owner_is_pending_until_he_has_accepted() -> None:
    assert judged(fails, awaits_acceptance=True, accepted=False).status == "pending"
    assert judged(fails, awaits_acceptance=True, accepted=True).status == "failed"
    assert judged(fails, accepted=False).status == "failed"


def test_what_a_check_cannot_see_is_not_checked() -> None:
    judgement = judged(gives_up)
    assert (judgement.status, judgement.reason) == ("not checked", "nobody can see it")


def test_what_is_not_there_and_ought_to_be_is_a_violation() -> None:
    judgement = judged(misses)
    assert (judgement.status, judgement.reason) == ("failed", "there is none")


def test_a_refused_call_is_no_pass() -> None:
    judgement = judged(*zones(Refused("AccessDenied")))
    assert judgement.status == "not checked"
    assert judgement.reason == "ec2:DescribeAvailabilityZones answers AccessDenied: because"


@pytest.mark.parametrize("code", ["NoSuchEntity", "ResourceNotFoundException", "InvalidVpcID.NotFound", "404"])
def test_a_call_about_something_that_does_not_exist_is_a_violation(code: str) -> None:
    assert judged(*zones(Refused(code))).status == "failed"


def test_a_call_that_an_emulator_does_not_know_is_no_pass() -> None:
    judgement = judged(*zones(NotImplementedError("not emulated")))
    assert judgement.status == "not checked"
    assert judgement.reason == "ec2:DescribeAvailabilityZones has no answer: not emulated"


def test_an_answer_of_another_shape_is_no_pass() -> None:
    judgement = judged(*zones({"Regions": []}))
    assert judgement.status == "not checked"
    assert "probably ec2:DescribeAvailabilityZones's: KeyError('Zones')" in judgement.reason


def test_an_answer_of_the_rehearsals_own_model_is_marked() -> None:
    assert judged(*zones({"Zones": []}), modelled=lambda: ["ec2:DescribeAvailabilityZones"]).modelled
    assert not judged(*zones({"Zones": []}), modelled=lambda: ["ec2:DescribeVpcs"]).modelled


def test_an_answer_that_was_fetched_for_another_invariant_is_marked_too() -> None:
    check, account = zones({"Zones": []})
    judged(check, account)
    assert judged(check, account, modelled=lambda: ["ec2:DescribeAvailabilityZones"]).modelled


def test_a_call_is_made_once_for_all_invariants() -> None:
    calls: list[int] = []

    def answer(**_: object) -> dict[str, Any]:
        calls.append(1)
        return {"Zones": []}

    check, account = zones(answer)
    judged(check, account)
    judged(check, account)
    assert len(calls) == 1


def test_every_invariant_stands_once_in_the_catalogue_in_its_order() -> None:
    ranges = {"network": range(1, 19), "mwaa": range(19, 44), "eks": range(44, 70), "account": range(70, 74)}
    wanted = [f"{group}-{number:02}" for group, numbers in ranges.items() for number in numbers]
    assert [one.id for one in all_invariants() if not one.id.startswith("kubernetes-")] == wanted


def test_every_invariant_says_what_a_violation_costs_and_which_calls_show_it() -> None:
    assert [one.id for one in all_invariants() if not (one.title and one.cost.endswith(".") and one.calls)] == []


def test_invariants_are_chosen_by_id_in_the_catalogues_order() -> None:
    assert [one.id for one in chosen(["network-02", "network-01"])] == ["network-01", "network-02"]


def test_an_id_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownInvariantError, match=r"no invariant network-99; there are network-01, network-02, "):
        chosen(["network-01", "network-99"])


def test_an_id_of_no_group_is_refused() -> None:
    with pytest.raises(ValueError, match="invariant id cats-01: expected one of network, mwaa"):
        catalogue._position(Invariant("cats-01", "", "low", "", (), lambda _: ()))


def judgement(id_: str, status: Status) -> Judgement:
    return Judgement(id_, "title", "high", status, "" if status == "passed" else "reason")


def test_what_failed_after_the_first_up_has_failed_even_if_it_passed_later() -> None:
    assurance = Assurance((judgement("network-01", "failed"),), (judgement("network-01", "passed"),))
    assert not assurance.ok
    assert assurance.of("passed") == []


def test_what_was_pending_after_the_first_up_and_passed_later_has_passed() -> None:
    assurance = Assurance((judgement("network-08", "pending"),), (judgement("network-08", "passed"),))
    assert assurance.ok
    assert [one.id for one in assurance.of("passed")] == [one.id for one in assurance.pending] == ["network-08"]


def test_the_document_lists_what_passed_what_failed_and_what_was_not_checked() -> None:
    final = (judgement("network-01", "passed"), judgement("network-02", "failed"), judgement("mwaa-32", "not checked"))
    document = Assurance(final=final).to_json()
    assert [[one["id"] for one in document[key]] for key in ("passed", "failed", "not_checked")] == [
        ["network-01"],
        ["network-02"],
        ["mwaa-32"],
    ]
    assert document["failed"][0]["reason"] == "reason"
