"""EC2 transit gateways that stand in the setup, and VPC attachments that wait for their owner.

moto knows one account's gateways only, gives them identifiers of its own, and makes every attachment available at
once. A deleted attachment stays visible in state `deleted`, as at AWS for a while.
"""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError, NotModelledError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.ec2.attachments import Attachment, Attachments
from airflow_infra.rehearsal.account.setup import TransitGateway

_OPTIONS = {
    "DnsSupport": "enable",
    "SecurityGroupReferencingSupport": "enable",
    "Ipv6Support": "disable",
    "ApplianceModeSupport": "disable",
}
_GONE = ("deleted", "rejected", "failed")


class TransitGateways(Service):
    """Transit gateways of the setup, shared with the account, and their VPC attachments."""

    name = "ec2"
    invalid_code = "InvalidParameterValue"

    def __init__(self, emulator: Emulator, attachments: Attachments) -> None:
        super().__init__(emulator)
        self._attachments = attachments

    def create_transit_gateway(self, request: Request) -> Answer:
        """Refuse: gateways are given in the setup."""
        raise NotModelledError(f"the rehearsal does not model ec2:{request.operation}: name the gateway in the setup")

    def describe_transit_gateways(self, request: Request) -> Answer:
        """Describe the gateways of the setup."""
        wanted = request.params.get("TransitGatewayIds") or list(self._attachments.gateways)
        described = [self._described_gateway(self._attachments.gateway(id_), request) for id_ in wanted]
        keys = {"transit-gateway-id": "TransitGatewayId", "owner-id": "OwnerId", "state": "State"}
        return {"TransitGateways": _filtered(request, described, keys)}

    def create_transit_gateway_vpc_attachment(self, request: Request) -> Answer:
        """Attach a VPC: available when the gateway is ours or accepts by itself, else it waits for its owner."""
        given = request.params
        gateway = self._attachments.gateway(given["TransitGatewayId"])
        self._check_subnets(request, given["VpcId"], given["SubnetIds"])
        for other in self._attachments.by_id.values():
            if (other.gateway.id, other.vpc_id) == (gateway.id, given["VpcId"]) and other.state not in _GONE:
                raise AwsError(
                    "DuplicateTransitGatewayAttachment",
                    f"{gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID {given['VpcId']}",
                )
        accepted = gateway.auto_accept or gateway.owner_account_id == request.account
        specified = [spec["Tags"] for spec in given.get("TagSpecifications", [])]
        attachment = Attachment(
            id=f"tgw-attach-{len(self._attachments.by_id) + 1:017x}",
            gateway=gateway,
            region=request.region,
            vpc_id=given["VpcId"],
            vpc_owner=request.account,
            subnet_ids=given["SubnetIds"],
            options=_OPTIONS | given.get("Options", {}),
            tags={tag["Key"]: tag["Value"] for tags in specified for tag in tags},
            state="pendingAcceptance",
            created=datetime.now(UTC),
        )
        self._attachments.by_id[attachment.id] = attachment
        if accepted:
            self._make_available(attachment)
        return {"TransitGatewayVpcAttachment": attachment.described()}

    def modify_transit_gateway_vpc_attachment(self, request: Request) -> Answer:
        """Change subnets or options of an available attachment."""
        attachment = self._attachment(request)
        if attachment.state != "available":
            raise _incorrect_state(attachment)
        removed = request.params.get("RemoveSubnetIds", [])
        subnet_ids = [id_ for id_ in attachment.subnet_ids if id_ not in removed]
        subnet_ids += request.params.get("AddSubnetIds", [])
        self._check_subnets(request, attachment.vpc_id, subnet_ids)
        attachment.subnet_ids = subnet_ids
        attachment.options |= request.params.get("Options", {})
        self._make_available(attachment)
        return {"TransitGatewayVpcAttachment": attachment.described()}

    def accept_transit_gateway_vpc_attachment(self, request: Request) -> Answer:
        """Accept a pending attachment, as the gateway's owner."""
        attachment = self._pending(request)
        self._make_available(attachment)
        return {"TransitGatewayVpcAttachment": attachment.described()}

    def reject_transit_gateway_vpc_attachment(self, request: Request) -> Answer:
        """Reject a pending attachment, as the gateway's owner."""
        attachment = self._pending(request)
        attachment.state = "rejected"
        return {"TransitGatewayVpcAttachment": attachment.described()}

    def delete_transit_gateway_vpc_attachment(self, request: Request) -> Answer:
        """Delete an attachment, from either side. Routes to it become black holes."""
        attachment = self._attachment(request)
        if attachment.state == "deleted":
            raise _not_found(attachment.id)
        attachment.subnet_ids, attachment.state = [], "deleted"
        self._match_interfaces(attachment)
        return {"TransitGatewayVpcAttachment": attachment.described()}

    def describe_transit_gateway_vpc_attachments(self, request: Request) -> Answer:
        """Describe the VPC attachments of either side."""
        keys = {
            "state": "State",
            "transit-gateway-id": "TransitGatewayId",
            "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
            "vpc-id": "VpcId",
        }
        described = [attachment.described() for attachment in self._asked_for(request)]
        return {"TransitGatewayVpcAttachments": _filtered(request, described, keys)}

    def describe_transit_gateway_attachments(self, request: Request) -> Answer:
        """Describe the attachments of either side in general terms."""
        keys = {
            "resource-id": "ResourceId",
            "resource-owner-id": "ResourceOwnerId",
            "resource-type": "ResourceType",
            "state": "State",
            "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
            "transit-gateway-id": "TransitGatewayId",
            "transit-gateway-owner-id": "TransitGatewayOwnerId",
        }
        described = [
            {
                "TransitGatewayAttachmentId": attachment.id,
                "TransitGatewayId": attachment.gateway.id,
                "TransitGatewayOwnerId": attachment.gateway.owner_account_id,
                "ResourceOwnerId": attachment.vpc_owner,
                "ResourceType": "vpc",
                "ResourceId": attachment.vpc_id,
                "State": attachment.state,
                "CreationTime": attachment.created,
                "Tags": attachment.tag_list(),
            }
            for attachment in self._asked_for(request)
        ]
        return {"TransitGatewayAttachments": _filtered(request, described, keys)}

    def create_tags(self, request: Request) -> Answer:
        """Tag attachments here and everything else in moto."""
        return self._change_tags(request, "create_tags")

    def delete_tags(self, request: Request) -> Answer:
        """Remove tags of attachments here and of everything else in moto."""
        return self._change_tags(request, "delete_tags")

    def _change_tags(self, request: Request, operation: str) -> Answer:
        tags = request.params.get("Tags", [])
        for tag in tags:
            if tag["Key"].startswith("aws:"):
                raise AwsError("InvalidParameterValue", f"Tag keys starting with 'aws:' are reserved: {tag['Key']}")
        ours = [id_ for id_ in request.params["Resources"] if id_ in self._attachments.by_id]
        others = [id_ for id_ in request.params["Resources"] if id_ not in self._attachments.by_id]
        if not ours:
            return None
        for id_ in ours:
            attachment = self._attachments.by_id[id_]
            if operation == "create_tags":
                attachment.tags |= {tag["Key"]: tag.get("Value", "") for tag in tags}
            else:
                gone = {tag["Key"] for tag in tags}
                attachment.tags = {key: value for key, value in attachment.tags.items() if key not in gone}
        if others:
            getattr(self._ec2(request), operation)(Resources=others, Tags=tags)
        return {}

    def _ec2(self, request: Request) -> Any:
        return self._emulator.client("ec2", request.account, request.region)

    def _attachment(self, request: Request) -> Attachment:
        id_ = request.params["TransitGatewayAttachmentId"]
        found = self._attachments.by_id.get(id_)
        if found is None or not found.seen_by(request):
            raise _not_found(id_)
        return found

    def _pending(self, request: Request) -> Attachment:
        attachment = self._attachment(request)
        if attachment.gateway.owner_account_id != request.account:
            raise AwsError(
                "OperationNotPermitted",
                f"{attachment.id} can only be accepted or rejected by {attachment.gateway.owner_account_id}, "
                f"the owner of {attachment.gateway.id}",
                403,
            )
        if attachment.state != "pendingAcceptance":
            raise _incorrect_state(attachment)
        return attachment

    def _asked_for(self, request: Request) -> list[Attachment]:
        seen = {id_: item for id_, item in self._attachments.by_id.items() if item.seen_by(request)}
        wanted = request.params.get("TransitGatewayAttachmentIds")
        if not wanted:
            return list(seen.values())
        for id_ in wanted:
            if id_ not in seen:
                raise _not_found(id_)
        return [seen[id_] for id_ in wanted]

    def _check_subnets(self, request: Request, vpc_id: str, subnet_ids: list[str]) -> None:
        ec2 = self._ec2(request)
        try:
            ec2.describe_vpcs(VpcIds=[vpc_id])
        except ClientError as error:
            raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist") from error
        found = ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": subnet_ids}])["Subnets"]
        by_id = {subnet["SubnetId"]: subnet for subnet in found}
        zones: set[str] = set()
        for id_ in subnet_ids:
            if id_ not in by_id or by_id[id_]["VpcId"] != vpc_id:
                raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{id_}' does not exist in {vpc_id}")
            zone = by_id[id_]["AvailabilityZone"]
            if zone in zones:
                raise AwsError("DuplicateSubnetsInSameZone", f"Duplicate Subnets for same AZ {zone}")
            zones.add(zone)

    def _make_available(self, attachment: Attachment) -> None:
        attachment.state = "available"
        self._match_interfaces(attachment)

    def _match_interfaces(self, attachment: Attachment) -> None:
        """Keep one network interface in each subnet of an attachment, with the VPC's owner."""
        ec2 = self._emulator.client("ec2", attachment.vpc_owner, attachment.region)
        for subnet_id in [id_ for id_ in attachment.interfaces if id_ not in attachment.subnet_ids]:
            ec2.delete_network_interface(NetworkInterfaceId=attachment.interfaces.pop(subnet_id))
        for subnet_id in attachment.subnet_ids:
            if subnet_id not in attachment.interfaces:
                made = ec2.create_network_interface(
                    SubnetId=subnet_id, Description=f"Transit gateway attachment {attachment.id}"
                )
                attachment.interfaces[subnet_id] = made["NetworkInterface"]["NetworkInterfaceId"]

    def _described_gateway(self, gateway: TransitGateway, request: Request) -> dict[str, Any]:
        owner = gateway.owner_account_id
        return {
            "TransitGatewayId": gateway.id,
            "TransitGatewayArn": f"arn:aws:ec2:{request.region}:{owner}:transit-gateway/{gateway.id}",
            "State": "available",
            "OwnerId": owner,
            "Options": {"AutoAcceptSharedAttachments": "enable" if gateway.auto_accept else "disable"},
            "Tags": [],
        }


def _not_found(id_: str) -> AwsError:
    return AwsError(
        "InvalidTransitGatewayAttachmentID.NotFound", f"Transit Gateway Attachment {id_} was deleted or does not exist."
    )


def _incorrect_state(attachment: Attachment) -> AwsError:
    return AwsError("IncorrectState", f"{attachment.id} is in invalid state: {attachment.state}")


def _filtered(request: Request, items: list[dict[str, Any]], keys: dict[str, str]) -> list[dict[str, Any]]:
    """The items that pass the filters of a call."""
    for wanted in request.params.get("Filters", []):
        name, values = wanted["Name"], wanted["Values"]
        if name.startswith("tag:"):
            tag = name.removeprefix("tag:")
            items = [
                item for item in items if any(one["Key"] == tag and one["Value"] in values for one in item["Tags"])
            ]
        elif name in keys:
            items = [item for item in items if item[keys[name]] in values]
        else:
            raise AwsError(
                "InvalidParameterValue", f"The filter '{name}' is invalid; known are {', '.join(keys)}, tag:*"
            )
    return items
