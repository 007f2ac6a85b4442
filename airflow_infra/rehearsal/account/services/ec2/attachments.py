"""Transit gateways of the setup and the VPC attachments to them: what the emulated EC2 remembers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends
from airflow_infra.rehearsal.account.setup import TransitGateway


@dataclass
class Attachment:
    """A VPC attached to a transit gateway, or on its way to be."""

    id: str
    gateway: TransitGateway
    region: str
    vpc_id: str
    vpc_owner: str
    subnet_ids: list[str]
    options: dict[str, str]
    tags: dict[str, str]
    state: str
    created: datetime
    interfaces: dict[str, str] = field(default_factory=dict)
    """Network interfaces by subnet."""

    def seen_by(self, request: Request) -> bool:
        """Whether the caller is one of the two sides."""
        return self.region == request.region and request.account in (self.vpc_owner, self.gateway.owner_account_id)

    def tag_list(self) -> list[dict[str, str]]:
        """Tags in EC2's form."""
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]

    def described(self) -> dict[str, Any]:
        """The attachment as a VPC attachment."""
        return {
            "TransitGatewayAttachmentId": self.id,
            "TransitGatewayId": self.gateway.id,
            "VpcId": self.vpc_id,
            "VpcOwnerId": self.vpc_owner,
            "State": self.state,
            "SubnetIds": self.subnet_ids,
            "CreationTime": self.created,
            "Options": self.options,
            "Tags": self.tag_list(),
        }


class Attachments:
    """The gateways that may be attached to, and every attachment so far."""

    def __init__(self, gateways: tuple[TransitGateway, ...]) -> None:
        self.gateways = {gateway.id: gateway for gateway in gateways}
        self.by_id: dict[str, Attachment] = {}

    def gateway(self, id_: str) -> TransitGateway:
        """A gateway of the setup.

        Raises:
            AwsError: InvalidTransitGatewayID.NotFound.
        """
        if id_ not in self.gateways:
            raise AwsError("InvalidTransitGatewayID.NotFound", f"Transit Gateway {id_} was deleted or does not exist.")
        return self.gateways[id_]

    def is_attached(self, gateway_id: str, vpc_id: str) -> bool:
        """Whether traffic can flow from a VPC to a gateway."""
        return any(
            (item.gateway.id, item.vpc_id, item.state) == (gateway_id, vpc_id, "available")
            for item in self.by_id.values()
        )

    def show_to_moto(self, request: Request) -> None:
        """Let moto's route tables of the caller's account name the gateways."""
        backend: Any = ec2_backends[request.account][request.region]
        for id_ in self.gateways:
            if id_ not in backend.transit_gateways:
                made = backend.create_transit_gateway(description="of the setup")
                del backend.transit_gateways[made.id]
                made.id = id_
                backend.transit_gateways[id_] = made
