"""The report as JSON."""

import json

from sample_findings import failed_findings, findings, unfinished_findings

from airflow_infra.report.document import document


def test_invariants_are_listed_by_what_came_of_them() -> None:
    invariants = document(findings())["invariants"]
    ids = {status: [one["id"] for one in listed] for status, listed in invariants.items()}
    assert ids == {
        "passed": ["network-01", "network-08"],
        "failed": [],
        "not_checked": ["mwaa-32", "mwaa-33"],
        "pending": ["network-08"],
    }


def test_each_invariant_has_its_id_title_and_reason() -> None:
    first = document(findings())["invariants"]["not_checked"][0]
    assert first["id"] == "mwaa-32"
    assert first["title"] == "mwaa-32 must hold"
    assert first["reason"] == "an emulator installs nothing"


def test_order_says_how_many_rules_were_checked_what_is_violated_and_what_costs_time() -> None:
    order = document(failed_findings())["order"]
    assert order["checked"] == 38
    assert [one["rule"] for one in order["violations"]] == ["routes-first"]
    assert [one["minutes"] for one in order["slack"]] == [9]


def test_the_timeline_holds_the_critical_path_and_three_totals() -> None:
    timeline = document(findings())["timeline"]
    assert [(step["resource"], step["minutes"]) for step in timeline["critical_path"]] == [
        ("NatGateway nat-a", 2),
        ("Environment airflow", 32),
    ]
    totals = ("total_minutes", "slowest_single_minutes", "naive_total_minutes")
    assert [timeline[name] for name in totals] == [34, 32, 44]


def test_the_cost_is_in_total_and_by_component() -> None:
    cost = document(findings())["cost"]
    assert cost["monthly_usd"] == {"min": 100, "expected": 150, "max": 300}
    assert [one["name"] for one in cost["by_component"]] == ["Airflow environment", "KMS keys"]
    assert cost["by_component"][1]["unknown"] == ("key (kms.key)",)


def test_what_the_rehearsal_itself_says_stays_where_it_was() -> None:
    found = findings()
    assert found.result.to_json().keys() <= document(found).keys()


def test_ok_counts_everything_that_failed() -> None:
    found = failed_findings()
    found.result.errors.clear()
    found.result.leftovers.clear()
    assert found.result.to_json()["ok"]
    assert not document(found)["ok"]


def test_what_was_not_judged_is_null_and_never_an_empty_success() -> None:
    written = document(unfinished_findings())
    assert written["order"] is None
    assert written["timeline"] is None
    assert not written["ok"]


def test_the_document_is_json() -> None:
    assert json.loads(json.dumps(document(failed_findings())))["stack"] == "test"
