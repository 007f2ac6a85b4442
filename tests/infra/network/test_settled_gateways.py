"""One unlucky reading of the account must not take routes from a stack on which they stand."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.cli.surroundings import emulated_aws
from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.readers import PROJECT, load_stack, program_config

ROOT = Path(__file__).parents[3]
STACK = load_stack("dev", ROOT, as_of=date(2026, 11, 22))
ATTACHMENTS, TABLES = "describe_transit_gateway_vpc_attachments", "describe_route_tables"


@pytest.fixture(scope="module")
def settled() -> Iterator[Rehearsal]:
    """dev's network with its routes to the accepted gateway."""
    program = Program(Path(__file__).parent / "settled", PROJECT, STACK.name, program_config(STACK))
    with Rehearsal(program, lambda: emulated_aws(STACK.settings)) as rehearsal:
        assert rehearsal.up(), rehearsal.result.errors
        rehearsal.accept()
        assert rehearsal.up("up-2"), rehearsal.result.errors
        yield rehearsal


def account(settled: Rehearsal) -> Any:
    environment = settled.environment
    assert isinstance(environment, EmulatedAws)
    return environment.account


def routes(settled: Rehearsal) -> int:
    tables = account(settled).client("ec2").describe_route_tables()["RouteTables"]
    return sum("TransitGatewayId" in route for table in tables for route in table["Routes"])


def answer(settled: Rehearsal, monkeypatch: pytest.MonkeyPatch, operation: str, how: Callable[[Any], Any]) -> None:
    """Let the account answer one operation otherwise."""
    monkeypatch.setitem(account(settled)._hook._methods, ("ec2", operation), how)


def refused(_: Any) -> Any:
    raise AwsError("InternalError", "an unlucky moment")


def empty(request: Any) -> Any:
    return {"TransitGatewayVpcAttachments": []} if "Transit" in request.operation else {"RouteTables": []}


def test_routes_stand_to_begin_with(settled: Rehearsal) -> None:
    gateways = STACK.settings.vpc.transit_gateways
    assert routes(settled) == sum(len(gateway.routes) for gateway in gateways) * len(STACK.settings.vpc.private_subnets)


def test_an_attachment_that_is_being_modified_keeps_its_routes(settled: Rehearsal) -> None:
    before = routes(settled)
    service = account(settled)._hook._methods["ec2", ATTACHMENTS].__self__
    attachments = list(service._attachments.by_id.values())
    for attachment in attachments:
        attachment.state = "modifying"
    assert settled.up()
    for attachment in attachments:
        attachment.state = "available"
    assert routes(settled) == before


@pytest.mark.parametrize("operation", [ATTACHMENTS, TABLES])
def test_an_empty_answer_removes_nothing(settled: Rehearsal, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    before = routes(settled)
    with monkeypatch.context() as patch:
        answer(settled, patch, operation, empty)
        ended_well = settled.up()
    assert ended_well
    assert routes(settled) == before


@pytest.mark.parametrize("operation", [ATTACHMENTS, TABLES])
def test_a_call_that_fails_stops_the_run_and_removes_nothing(
    settled: Rehearsal, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    before = routes(settled)
    with monkeypatch.context() as patch:
        answer(settled, patch, operation, refused)
        ended_well = settled.up()
    assert not ended_well
    assert any("an unlucky moment" in error.message for error in settled.result.errors)
    assert routes(settled) == before
