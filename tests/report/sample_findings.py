"""Findings made up for the tests of reports: a little of everything."""

from dataclasses import replace
from datetime import date

from small_stacks import graph_of, node, small_stack

from airflow_infra.assurance.judgement import Assurance, Judgement, Status
from airflow_infra.assurance.order import NotApplicable, OrderResult, Violation
from airflow_infra.assurance.slack import Slack
from airflow_infra.assurance.timeline import Bar, Timeline
from airflow_infra.operations.cost import Amounts, Change, Component, Cost
from airflow_infra.rehearsal.result import ErrorReport, Leftover, RehearsalResult, StepResult
from airflow_infra.report.findings import Findings

NAUGHTY = "<script>alert('x')</script>[bold]"
"""A value that is markup, in HTML and on a terminal."""


def judgement(id_: str, status: Status = "passed", reason: str = "") -> Judgement:
    return Judgement(id_, f"{id_} must hold", "high", status, reason, cost="something breaks")


def timeline(*bars: Bar, critical: tuple[str, ...] = ()) -> Timeline:
    end = max(bar.end for bar in bars)
    on_path = tuple(bar for bar in bars if bar.urn in critical)
    return Timeline(bars, on_path, end, max(bar.minutes for bar in bars), end + 10, 16)


def cost() -> Cost:
    return Cost(
        components=(
            Component("Airflow environment", Amounts(100, 150, 300), ("1 x environment at 0.1 USD per hour",), ()),
            Component("KMS keys", Amounts(0, 0, 0), ("1 x key: price unknown",), ("key (kms.key)",)),
        ),
        changes=(Change("vpc.nat_gateways", "single", -77.4, "one zone's loss takes all"), Change("a.b", "c", None)),
        by_use=("data through the NAT gateways: 0.048 USD per GB",),
        assumptions=("On-demand prices.",),
    )


def findings() -> Findings:
    """All well but for two invariants that could not be checked."""
    result = RehearsalResult("test", small_stack(), duration_s=8.2, steps=[StepResult("up", created=20)])
    result.not_checked = ["chart gatekeeper: its templates are not rendered"]
    result.modelled = ["eks:CreateCluster"]
    final = (
        judgement("network-01"),
        judgement("network-08"),
        judgement("mwaa-32", "not checked", "an emulator installs nothing"),
        judgement("mwaa-33", "not checked", "an emulator installs nothing"),
    )
    creation = timeline(
        Bar("urn:nat", "NatGateway nat-a", 0, 2),
        Bar("urn:environment", "Environment airflow", 2, 34),
        Bar("urn:cluster", "Cluster cluster", 0, 10),
        Bar("urn:role", "Role execution", 0, 0.1),
        critical=("urn:nat", "urn:environment"),
    )
    return Findings(
        result,
        date(2026, 11, 22),
        Assurance((judgement("network-08", "pending", "nobody accepted"),), final),
        cost(),
        order=OrderResult(39, (), (NotApplicable("vpn-first", "the stack has no VPN gateway"),)),
        creation=creation,
        destruction=timeline(Bar("urn:environment", "Environment airflow", 0, 15)),
    )


def failed_findings(said: str = "went wrong") -> Findings:
    """Something of every kind has failed, and each says a text."""
    fine = findings()
    stack = node("Stack", said)
    vpc = node("Vpc", f"vpc {said}", stack.urn, cidrBlock=said)
    nodes = [
        replace(one, parent=stack.urn) for one in fine.result.graph.nodes.values() if not one.type.endswith(":Vpc")
    ]
    result = replace(
        fine.result,
        graph=graph_of(stack, vpc, *nodes),
        errors=[ErrorReport(f"error {said}", "urn:some", "infra/vpc.py", 3)],
        leftovers=[Leftover(f"left {said}", "still there", protected=False)],
        modelled=[said],
        not_checked=[f"{said}: {said}"],
    )
    judgements = (judgement("network-05", "failed", f"violated {said}"), judgement("mwaa-32", "not checked", said))
    return replace(
        fine,
        result=result,
        assurance=Assurance((), judgements),
        order=OrderResult(38, (Violation("routes-first", f"raced {said}"),), ()),
        slack=(Slack("urn:a", "A", ("B",), 9, f"waits {said}"),),
        creation=timeline(Bar("urn:a", f"Bar {said}", 0, 5)),
    )


def unfinished_findings() -> Findings:
    """A deployment that failed before there was anything to judge."""
    fine = findings()
    result = replace(fine.result, graph=graph_of(), errors=[ErrorReport("nothing works")])
    return Findings(result, fine.as_of, Assurance(), fine.cost)
