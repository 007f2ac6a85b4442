"""Transit gateways in two phases: attach, and once the gateway's owner has accepted, route.

What decides is read at the start of the program, never inside `apply`: a route that appears or vanishes there would
be missing from every preview.
"""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.vpc import TransitGateway
from infra.base import Context, component_options, provider_as
from infra.network.private import PrivateNetwork

State = Literal["available", "accepted automatically", "pending", "routes kept"]


@dataclass(frozen=True)
class Reading:
    """What the account said about one gateway when the program started."""

    attachment_available: bool
    routed_tables: int
    """Private route tables that route something to the gateway."""


@dataclass(frozen=True)
class Decision:
    """What becomes of one gateway in this run."""

    state: State
    routes: tuple[str, ...]
    """CIDR blocks to route to it."""


def decide(gateway: TransitGateway, reading: Reading | None) -> Decision:
    """Which routes to register.

    A gateway that accepts by itself, or that the program accepts, needs no reading. Any other gets its routes when
    its attachment is available, and keeps them when they already stand: one unlucky reading (`modifying`, an empty
    answer) must not remove routes that are in use.
    """
    if reading is None:
        return Decision("accepted automatically", gateway.routes)
    if reading.attachment_available:
        return Decision("available", gateway.routes)
    if reading.routed_tables:
        return Decision("routes kept", gateway.routes)
    return Decision("pending", ())


def waits_for_a_person(gateway: TransitGateway) -> bool:
    """Whether somebody has to accept the attachment by hand."""
    return not gateway.auto_accept and gateway.accepter_role_arn is None


def attachment_name(context: Context, gateway: TransitGateway) -> str:
    """The attachment's Name tag, by which the next run finds it."""
    return f"{context.names.prefix}-{gateway.name}"


def read(context: Context, gateway: TransitGateway, table_names: list[str]) -> Reading | None:
    """Ask the account about one gateway. An error stops the program: it is no answer, least of all "pending".

    `table_names` are the Name tags of the private route tables. None where no person is waited for. That attachments
    can be filtered by tag is seen in public code, not in EC2's reference.
    """
    if not waits_for_a_person(gateway):
        return None
    options = pulumi.InvokeOptions(provider=context.provider)
    attachments = aws.ec2transitgateway.get_vpc_attachments(
        filters=[
            {"name": "transit-gateway-id", "values": [gateway.id]},
            {"name": "tag:Name", "values": [attachment_name(context, gateway)]},
            {"name": "state", "values": ["available"]},
        ],
        opts=options,
    )
    if gateway.inbound_only:
        return Reading(bool(attachments.ids), 0)
    tables = aws.ec2.get_route_tables(
        filters=[
            {"name": "tag:Name", "values": table_names},
            {"name": "route.transit-gateway-id", "values": [gateway.id]},
        ],
        opts=options,
    )
    return Reading(bool(attachments.ids), len(tables.ids))


class TransitGatewayAttachment(pulumi.ComponentResource):
    """The VPC's attachment to one gateway, and the routes to it in every private route table."""

    def __init__(
        self,
        context: Context,
        private: PrivateNetwork,
        gateway: TransitGateway,
        decision: Decision,
        parent: pulumi.Resource,
    ) -> None:
        super().__init__("airflow:network:TransitGateway", gateway.name, None, component_options(context, parent))
        self.gateway = gateway
        child = pulumi.ResourceOptions(parent=self)
        # The flags of the default route table belong to the gateway's owner: a shared gateway refuses them.
        self.attachment = aws.ec2transitgateway.VpcAttachment(
            f"{gateway.name}-attachment",
            transit_gateway_id=gateway.id,
            vpc_id=private.vpc.id,
            subnet_ids=[subnet.id for subnet in private.subnets.values()],
            tags={"Name": attachment_name(context, gateway)},
            opts=child,
        )
        accepted: pulumi.Resource = self.attachment
        if gateway.accepter_role_arn is not None:
            owner = provider_as(
                f"{gateway.name}-owner",
                gateway.accepter_role_arn,
                gateway.accepter_role_arn.split(":")[4],
                context.settings,
                context.names,
                child,
            )
            accepted = aws.ec2transitgateway.VpcAttachmentAccepter(
                f"{gateway.name}-accepter",
                transit_gateway_attachment_id=self.attachment.id,
                tags={"Name": attachment_name(context, gateway)},
                opts=pulumi.ResourceOptions(parent=self, provider=owner),
            )
        self.routes = [
            aws.ec2.Route(
                f"{gateway.name}-{zone}-{cidr_block}",
                route_table_id=table.id,
                destination_cidr_block=cidr_block,
                transit_gateway_id=gateway.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[accepted]),
            )
            for zone, table in private.route_tables.items()
            for cidr_block in decision.routes
        ]
        self.ask = (
            self.attachment.id.apply(lambda id_: ask(context, gateway, id_)) if decision.state == "pending" else None
        )
        """What to ask of the gateway's owner, while the attachment waits for it."""
        self.state: dict[str, pulumi.Input[str]] = {
            "transit_gateway_id": gateway.id,
            "attachment_id": self.attachment.id,
            "state": decision.state,
        }
        """What the stack's outputs say of it."""
        self.register_outputs({"attachmentId": self.attachment.id})


def ask(context: Context, gateway: TransitGateway, attachment_id: str) -> str:
    """What to ask of the gateway's owner."""
    account, vpc = context.settings.account, context.settings.vpc
    then = "" if gateway.inbound_only else "; then run `pulumi up` again, which makes the routes"
    return (
        f"Ask the owner of {gateway.id} to accept {attachment_id} of account {account.id} in {account.region}, "
        f"to associate it with a route table, and to route {vpc.cidr_block} to it{then}"
    )
