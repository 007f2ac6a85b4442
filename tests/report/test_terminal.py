"""What ends a rehearsal on a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from sample_findings import NAUGHTY, failed_findings, findings, unfinished_findings

from airflow_infra.report.findings import Findings
from airflow_infra.report.parts import print_cost, print_timeline
from airflow_infra.report.terminal import print_summary


def summary(found: Findings) -> str:
    file = io.StringIO()
    print_summary(Console(file=file, width=120), found)
    return file.getvalue()


def test_what_failed_comes_first_then_what_was_not_checked_then_figures() -> None:
    text = summary(failed_findings())
    parts = ["error went wrong", "violated went wrong", "raced went wrong", "left went wrong"]
    parts += ["Not checked:", "step ", "Registered:", "Invariants:", "Order:", "Timeline:", "Cost:", ": failed in"]
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)


def test_a_rehearsal_in_which_all_is_well_says_so() -> None:
    assert summary(findings()).rstrip().endswith("Rehearsal of test: ok in 8.2 s")


def test_a_violated_invariant_fails_the_rehearsal_although_every_step_went_well() -> None:
    fine = findings()
    assert fine.ok
    assert not replace(fine, assurance=failed_findings().assurance).ok


def test_a_violated_order_fails_the_rehearsal_although_every_step_went_well() -> None:
    assert not replace(findings(), order=failed_findings().order).ok


def test_invariants_not_checked_for_the_same_reason_stand_in_one_line() -> None:
    assert "Not checked: mwaa-32, mwaa-33 (an emulator installs nothing)" in summary(findings())


def test_what_a_failed_deployment_left_unjudged_is_named() -> None:
    text = summary(unfinished_findings())
    assert "Not checked: invariants (the deployment did not get that far)" in text
    assert "Not checked: required order, timeline (the deployment did not get that far)" in text


def test_the_figures_name_the_naive_order_beside_this_one() -> None:
    assert "34.0 min (its slowest creation alone 32.0, naive order 44.0)" in summary(findings())


def test_unknown_prices_are_counted_beside_the_bill() -> None:
    assert "about $150 a month ($100 to $300), without 1 unknown price" in summary(findings())


def test_markup_in_a_value_is_shown_as_it_is() -> None:
    assert NAUGHTY in summary(failed_findings(NAUGHTY))


def test_a_good_rehearsal_fits_a_screen() -> None:
    assert len(summary(findings()).splitlines()) <= 30


@pytest.mark.parametrize(
    "line",
    ["Airflow environment  100 150 300", "KMS keys unknown unknown unknown", "total of what is known 100 150 300",
     "-77 vpc.nat_gateways: single (one zone's loss takes all)"],
)  # fmt: skip
def test_the_bill_alone_names_every_component_and_saving(line: str) -> None:
    file = io.StringIO()
    print_cost(Console(file=file, width=120), "test", findings().cost)
    lines = [" ".join(printed.split()) for printed in file.getvalue().splitlines()]
    assert " ".join(line.split()) in lines


def test_the_timeline_alone_shows_slow_operations_and_counts_the_others() -> None:
    file = io.StringIO()
    creation = findings().creation
    assert creation is not None
    print_timeline(Console(file=file, width=80), "A new environment", creation)
    text = file.getvalue()
    assert "32.0  Environment airflow" in text
    assert "Role execution" not in text
    assert "1 operations that take moments are not shown" in text
