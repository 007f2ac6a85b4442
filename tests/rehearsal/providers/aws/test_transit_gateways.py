"""Attachments to a transit gateway of another account: asked for, accepted, routed, deleted."""

from collections.abc import Iterator

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup, TransitGateway
from airflow_infra.rehearsal.providers.aws.provider import AwsProvider, aws_provider
from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws.bench import Bench, Made

ACCEPTER = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"
ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
ATTACHMENTS = "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments"
OPEN = "tgw-0aaaaaaaaaaaaaaa0"
OWNER = "210987654321"
OWNER_ROLE = f"arn:aws:iam::{OWNER}:role/accepter"
SHARED = "tgw-0bbbbbbbbbbbbbbb0"


@pytest.fixture
def account() -> Iterator[Account]:
    setup = AccountSetup(
        account_id="123456789012",
        region="eu-west-1",
        roles=(OWNER_ROLE,),
        transit_gateways=(TransitGateway(OPEN, OWNER, auto_accept=True), TransitGateway(SHARED, OWNER)),
    )
    with Account(setup) as entered:
        yield entered


@pytest.fixture
def owner(account: Account) -> Bench:
    provider = aws_provider(account)({"region": "eu-west-1", "assumeRoles": f'[{{"roleArn": "{OWNER_ROLE}"}}]'})
    assert isinstance(provider, AwsProvider)
    return Bench(account, provider)


@pytest.fixture
def vpc(bench: Bench) -> Made:
    return bench.make("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.0.0.0/16"})


@pytest.fixture
def subnets(bench: Bench, vpc: Made) -> list[str]:
    zones = ("eu-west-1a", "eu-west-1b")
    return [
        bench.make(
            "aws:ec2/subnet:Subnet",
            zone,
            {"vpcId": vpc.id, "cidrBlock": f"10.0.{index}.0/24", "availabilityZone": zone},
        ).id
        for index, zone in enumerate(zones)
    ]


@pytest.fixture
def attachment(bench: Bench, vpc: Made, subnets: list[str]) -> Made:
    inputs = {"transitGatewayId": SHARED, "vpcId": vpc.id, "subnetIds": subnets[:1], "tags": {"Name": "shared"}}
    return bench.make(ATTACHMENT, "shared", inputs)


def available(bench: Bench) -> list[str]:
    return bench.provider.invoke(ATTACHMENTS, {"filters": [{"name": "state", "values": ["available"]}]})["ids"]


def test_an_attachment_stands_while_it_waits_for_its_acceptance(bench: Bench, attachment: Made) -> None:
    assert bench.read(attachment) == attachment.outputs


def test_a_waiting_attachment_is_not_available(bench: Bench, attachment: Made) -> None:
    assert available(bench) == []


def test_an_accepted_attachment_is_found_available(bench: Bench, owner: Bench, attachment: Made) -> None:
    owner.make(ACCEPTER, "shared", {"transitGatewayAttachmentId": attachment.id})
    assert available(bench) == [attachment.id]


def test_a_gateway_that_accepts_by_itself_makes_it_available(bench: Bench, vpc: Made, subnets: list[str]) -> None:
    made = bench.make(ATTACHMENT, "open", {"transitGatewayId": OPEN, "vpcId": vpc.id, "subnetIds": subnets})
    assert available(bench) == [made.id]


def test_an_attachment_is_found_by_its_name_tag(bench: Bench, attachment: Made) -> None:
    found = bench.provider.invoke(ATTACHMENTS, {"filters": [{"name": "tag:Name", "values": ["shared"]}]})
    assert found["ids"] == [attachment.id]


def test_a_gateway_that_does_not_exist_is_refused(bench: Bench, vpc: Made, subnets: list[str]) -> None:
    inputs = {"transitGatewayId": "tgw-0ccccccccccccccc0", "vpcId": vpc.id, "subnetIds": subnets}
    with pytest.raises(ProviderError, match="NotFound"):
        bench.make(ATTACHMENT, "lost", inputs)


def test_subnets_are_added_in_place(bench: Bench, owner: Bench, attachment: Made, subnets: list[str]) -> None:
    owner.make(ACCEPTER, "shared", {"transitGatewayAttachmentId": attachment.id})
    assert bench.change(attachment, subnetIds=subnets) == ["ModifyTransitGatewayVpcAttachment"]
    assert set(attachment.outputs["subnetIds"]) == set(subnets)


def test_an_update_of_nothing_makes_no_mutating_call(bench: Bench, attachment: Made) -> None:
    assert bench.change(attachment) == []


def test_another_gateway_replaces_it_and_the_old_one_goes_first(bench: Bench, attachment: Made) -> None:
    new = bench.provider.check(
        ATTACHMENT,
        "shared",
        {**{k: v for k, v in attachment.inputs.items() if k != "tagsAll"}, "transitGatewayId": OPEN},
    )
    found = bench.provider.diff(ATTACHMENT, attachment.id, attachment.inputs, new.inputs)
    assert (found.replaces, found.delete_before_replace) == (("transitGatewayId",), True)


def test_a_route_before_the_acceptance_is_refused_and_the_attachment_named(
    bench: Bench, vpc: Made, attachment: Made
) -> None:
    table = bench.make("aws:ec2/routeTable:RouteTable", "private", {"vpcId": vpc.id})
    inputs = {"routeTableId": table.id, "destinationCidrBlock": "10.9.0.0/16", "transitGatewayId": SHARED}
    with pytest.raises(ProviderError, match=f"the owner of {SHARED} has not accepted {attachment.id} yet"):
        bench.make("aws:ec2/route:Route", "there", inputs)


def test_a_route_to_an_accepted_attachment_is_active(bench: Bench, owner: Bench, vpc: Made, attachment: Made) -> None:
    owner.make(ACCEPTER, "shared", {"transitGatewayAttachmentId": attachment.id})
    table = bench.make("aws:ec2/routeTable:RouteTable", "private", {"vpcId": vpc.id})
    inputs = {"routeTableId": table.id, "destinationCidrBlock": "10.9.0.0/16", "transitGatewayId": SHARED}
    assert bench.make("aws:ec2/route:Route", "there", inputs).outputs["state"] == "active"


def test_tables_are_found_by_the_gateway_they_route_to(bench: Bench, owner: Bench, vpc: Made, attachment: Made) -> None:
    owner.make(ACCEPTER, "shared", {"transitGatewayAttachmentId": attachment.id})
    table = bench.make("aws:ec2/routeTable:RouteTable", "private", {"vpcId": vpc.id})
    bench.make("aws:ec2/routeTable:RouteTable", "other", {"vpcId": vpc.id})
    inputs = {"routeTableId": table.id, "destinationCidrBlock": "10.9.0.0/16", "transitGatewayId": SHARED}
    bench.make("aws:ec2/route:Route", "there", inputs)
    wanted = {"filters": [{"name": "route.transit-gateway-id", "values": [SHARED]}]}
    assert bench.provider.invoke("aws:ec2/getRouteTables:getRouteTables", wanted)["ids"] == [table.id]


def test_an_attachment_is_deleted_and_then_gone(bench: Bench, attachment: Made) -> None:
    assert bench.remove(attachment) == ["DeleteTransitGatewayVpcAttachment"]
    assert bench.read(attachment) is None


def test_deleting_the_acceptance_deletes_the_attachment(bench: Bench, owner: Bench, attachment: Made) -> None:
    acceptance = owner.make(ACCEPTER, "shared", {"transitGatewayAttachmentId": attachment.id})
    owner.remove(acceptance)
    assert bench.read(attachment) is None
