"""Attachments of a VPC to a transit gateway: asking for one, accepting one, and finding them."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.calls import State, ignoring, wait_until
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, filters, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.registry import Function
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory, Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "InvalidTransitGatewayAttachmentID.NotFound"
_OPTIONS = {
    "applianceModeSupport": "ApplianceModeSupport",
    "dnsSupport": "DnsSupport",
    "ipv6Support": "Ipv6Support",
    "securityGroupReferencingSupport": "SecurityGroupReferencingSupport",
}


class _Attachment(Ec2Resource):
    """What both ends of an attachment have in common. The id of each is the attachment's."""

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete the attachment, from whichever end, and wait until it is gone."""
        with ignoring(_GONE):
            self.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
            wait_until(id_, lambda: self._state(id_), ("deleted",), ("available", "deleting"))

    def _attachment(self, id_: str) -> Properties | None:
        return only(
            lambda: self.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[id_])[
                "TransitGatewayVpcAttachments"
            ],
            _GONE,
        )

    def _state(self, id_: str) -> State:
        return State((self._attachment(id_) or {"State": "deleted"})["State"])

    def _standing(self, id_: str) -> Properties | None:
        """Outputs of an attachment that stands."""
        attachment = self._attachment(id_)
        if attachment is None or attachment["State"] in ("deleted", "deleting", "rejected"):
            return None
        return {name: attachment["Options"][option] for name, option in _OPTIONS.items()} | {
            "subnetIds": attachment["SubnetIds"],
            "transitGatewayId": attachment["TransitGatewayId"],
            "vpcId": attachment["VpcId"],
            "vpcOwnerId": attachment["VpcOwnerId"],
        }


class VpcAttachment(_Attachment):
    """A VPC's attachment. It stands as soon as it was asked for, accepted or not."""

    type: ClassVar[str] = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("subnetIds", "tags", "tagsAll", "transitGatewayId", "vpcId", *_OPTIONS)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Ask for it, and wait until it is available or waits for its acceptance."""
        attachment = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=inputs["transitGatewayId"],
            VpcId=inputs["vpcId"],
            SubnetIds=inputs["subnetIds"],
            Options=_options(inputs),
            TagSpecifications=tag_specifications("transit-gateway-attachment", inputs),
        )["TransitGatewayVpcAttachment"]
        id_, stands = attachment["TransitGatewayAttachmentId"], ("available", "pendingAcceptance")
        if attachment["State"] not in stands:
            wait_until(id_, lambda: self._state(id_), stands, ("initiating", "initiatingRequest", "pending"))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """What it attaches."""
        standing = self._standing(id_)
        return standing and standing | {"arn": self.arn("transit-gateway-attachment", id_)}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Add and remove subnets; set options and tags."""
        before, after = set(old["subnetIds"]), set(new["subnetIds"])
        request: dict[str, Any] = {"AddSubnetIds": sorted(after - before)} if after - before else {}
        request |= {"RemoveSubnetIds": sorted(before - after)} if before - after else {}
        request |= {"Options": _options(new)} if changed & _OPTIONS.keys() else {}
        if request:
            self.ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_, **request)
            wait_until(id_, lambda: self._state(id_), ("available", "pendingAcceptance"), ("modifying",))
        self.update_tags(id_, old, new)


class VpcAttachmentAccepter(_Attachment):
    """The acceptance of an attachment, by the gateway's owner. Deleting it deletes the attachment."""

    type: ClassVar[str] = "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter"

    def create(self, name: str, inputs: Properties) -> str:
        """Accept it and wait until it is available."""
        id_ = inputs["transitGatewayAttachmentId"]
        switches = ("transitGatewayDefaultRouteTableAssociation", "transitGatewayDefaultRouteTablePropagation")
        off = [switch for switch in switches if not inputs[switch]]
        if off:
            raise ProviderError(f"{off[0]}: false: the rehearsal does not model a gateway's default route tables")
        self.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
        wait_until(id_, lambda: self._state(id_), ("available",), ("pending", "pendingAcceptance"))
        self.update_tags(id_, {}, inputs)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """What was accepted."""
        return self._standing(id_)

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set tags."""
        self.update_tags(id_, old, new)


def _options(inputs: Properties) -> dict[str, str]:
    return {option: inputs[name] for name, option in _OPTIONS.items() if name in inputs}


def get_vpc_attachments(client: ClientFactory, arguments: Properties) -> Properties:
    """Ids of the attachments that match; none is an empty list, not an error."""
    ec2 = client("ec2")
    pages = ec2.get_paginator("describe_transit_gateway_vpc_attachments").paginate(Filters=filters(arguments))
    ids = [each["TransitGatewayAttachmentId"] for page in pages for each in page["TransitGatewayVpcAttachments"]]
    return {"id": ec2.meta.region_name, "ids": ids}


RESOURCES: tuple[type[Resource], ...] = (VpcAttachment, VpcAttachmentAccepter)
FUNCTIONS: dict[str, Function] = {"aws:ec2transitgateway/getVpcAttachments:getVpcAttachments": get_vpc_attachments}
