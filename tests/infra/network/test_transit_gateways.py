import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from airflow_infra.settings.vpc import TransitGateway
from infra.base import Context, aws_provider
from infra.network.transit_gateways import Reading, decide
from infra.vpc import Network
from tests.infra.recording import Answers, Recording, record

SettingsFactory = Callable[..., StackSettings]

ATTACHMENTS = "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments"
ROUTE_TABLES = "aws:ec2/getRouteTables:getRouteTables"
ROUTES = ("10.40.0.0/16", "10.41.0.0/16")
GATEWAY = {"name": "platform", "id": "tgw-00000000000000001", "routes": list(ROUTES)}
OWNER_ROLE = "arn:aws:iam::444455556666:role/network"

routed = TransitGateway.model_validate(GATEWAY)
inbound = TransitGateway(name="analytics", id="tgw-00000000000000002", inbound_only=True)


def test_a_new_attachment_is_pending_and_has_no_routes() -> None:
    decision = decide(routed, Reading(attachment_available=False, routed_tables=0))
    assert (decision.state, decision.routes) == ("pending", ())


def test_an_available_attachment_gets_its_routes() -> None:
    decision = decide(routed, Reading(attachment_available=True, routed_tables=0))
    assert (decision.state, decision.routes) == ("available", ROUTES)


def test_routes_that_stand_are_kept_when_the_attachment_is_not_seen_as_available() -> None:
    decision = decide(routed, Reading(attachment_available=False, routed_tables=3))
    assert (decision.state, decision.routes) == ("routes kept", ROUTES)


def test_routes_stay_when_no_table_is_seen_to_have_them() -> None:
    assert decide(routed, Reading(attachment_available=True, routed_tables=0)).routes == ROUTES


def test_a_gateway_that_accepts_by_itself_needs_no_reading() -> None:
    assert decide(routed, None).routes == ROUTES


def test_an_inbound_only_gateway_never_has_routes() -> None:
    assert decide(inbound, Reading(attachment_available=True, routed_tables=0)).routes == ()


def ids(*found: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _arguments: {"ids": list(found), "id": "eu-west-1", "region": "eu-west-1"}


def fails(_arguments: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError("RequestLimitExceeded")


SETTLED: Answers = {ATTACHMENTS: ids("tgw-attach-1"), ROUTE_TABLES: ids("rtb-1", "rtb-2", "rtb-3")}


@pytest.fixture
def run(make_settings: SettingsFactory, names: Names) -> Callable[..., Recording]:
    def run(answers: Answers, **gateway: Any) -> Recording:
        settings = make_settings(vpc={"transit_gateways": [{**GATEWAY, **gateway}]})
        return record(lambda: _network(settings, names), answers)

    return run


def _network(settings: StackSettings, names: Names) -> None:
    Network(Context(settings, names, aws_provider(settings, names)))


def gateway_routes(recording: Recording) -> list[tuple[str, str]]:
    return [
        (route.inputs["routeTableId"], route.inputs["destinationCidrBlock"])
        for route in recording.of_type("aws:ec2/route:Route")
        if "transitGatewayId" in route.inputs
    ]


def test_every_private_table_gets_every_route_of_an_available_gateway(run: Callable[..., Recording]) -> None:
    tables = [f"private-eu-west-1{zone}-id" for zone in "abc"]
    assert sorted(gateway_routes(run(SETTLED))) == [(table, cidr) for table in tables for cidr in ROUTES]


def test_the_first_run_attaches_and_makes_no_routes(run: Callable[..., Recording]) -> None:
    recording = run({ATTACHMENTS: ids(), ROUTE_TABLES: ids()})
    assert recording.one("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "platform-attachment")
    assert gateway_routes(recording) == []


@pytest.mark.parametrize("unlucky", [ATTACHMENTS, ROUTE_TABLES])
def test_one_empty_answer_on_a_settled_stack_removes_no_route(run: Callable[..., Recording], unlucky: str) -> None:
    """An attachment that is `modifying` answers like this too: only `available` ones are asked for."""
    assert gateway_routes(run({**SETTLED, unlucky: ids()})) == gateway_routes(run(SETTLED))


@pytest.mark.parametrize("unlucky", [ATTACHMENTS, ROUTE_TABLES])
def test_a_failing_call_stops_the_program_before_it_registers_anything(
    make_settings: SettingsFactory, names: Names, unlucky: str
) -> None:
    settings = make_settings(vpc={"transit_gateways": [GATEWAY]})
    seen: list[Recording] = []
    with pytest.raises(Exception, match="RequestLimitExceeded"):
        record(lambda: _network(settings, names), {**SETTLED, unlucky: fails}, into=seen)
    assert not seen[0].of_type("aws:ec2/vpc:Vpc")


def test_only_available_attachments_are_asked_for(run: Callable[..., Recording]) -> None:
    filters = next(arguments["filters"] for token, arguments in run(SETTLED).invokes if token == ATTACHMENTS)
    assert {each["name"]: each["values"] for each in filters} == {
        "transit-gateway-id": ["tgw-00000000000000001"],
        "tag:Name": ["airflow-dev-platform"],
        "state": ["available"],
    }


def test_the_tables_that_are_asked_for_are_those_that_are_made(run: Callable[..., Recording]) -> None:
    recording = run(SETTLED)
    filters = next(arguments["filters"] for token, arguments in recording.invokes if token == ROUTE_TABLES)
    made = [table.inputs["tags"]["Name"] for table in recording.of_type("aws:ec2/routeTable:RouteTable")]
    asked = next(each["values"] for each in filters if each["name"] == "tag:Name")
    assert sorted(asked) == sorted(name for name in made if "private" in name)


def test_the_attachment_carries_the_name_by_which_the_next_run_finds_it(run: Callable[..., Recording]) -> None:
    attachment = run(SETTLED).one("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "platform-attachment")
    assert attachment.inputs["tags"] == {"Name": "airflow-dev-platform"}


def test_a_gateway_that_accepts_by_itself_has_its_routes_in_the_first_run(run: Callable[..., Recording]) -> None:
    recording = run({}, auto_accept=True)
    assert len(gateway_routes(recording)) == 6


def test_routes_wait_for_the_attachment(run: Callable[..., Recording]) -> None:
    recording = run(SETTLED)
    attachment = recording.one("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "platform-attachment")
    assert attachment in recording.waits_for(recording.one("aws:ec2/route:Route", "platform-eu-west-1a-10.40.0.0/16"))


def test_with_the_owners_role_the_program_accepts_and_routes_wait_for_it(run: Callable[..., Recording]) -> None:
    recording = run({}, accepter_role_arn=OWNER_ROLE)
    accepter = recording.one("aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter", "platform-accepter")
    assert len(gateway_routes(recording)) == 6
    assert accepter in recording.waits_for(recording.one("aws:ec2/route:Route", "platform-eu-west-1a-10.40.0.0/16"))


def test_the_accepter_acts_in_the_owners_account(run: Callable[..., Recording]) -> None:
    recording = run({}, accepter_role_arn=OWNER_ROLE)
    accepter = recording.one("aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter", "platform-accepter")
    provider = recording.one("pulumi:providers:aws", "platform-owner")
    assert accepter.provider.startswith(provider.urn)
    assert provider.inputs["allowedAccountIds"] == '["444455556666"]'
    assert json.loads(provider.inputs["assumeRoles"])[0]["roleArn"] == OWNER_ROLE
