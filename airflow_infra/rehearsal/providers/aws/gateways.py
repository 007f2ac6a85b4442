"""What leads out of a VPC: internet, NAT and VPN gateways, and elastic IPs."""

from typing import ClassVar

from airflow_infra.rehearsal.providers.aws.calls import State, ignoring, wait_until
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_INTERNET_GATEWAY_GONE = "InvalidInternetGatewayID.NotFound"
_NOT_ATTACHED = "Gateway.NotAttached"
_ADDRESS_GONE = "InvalidAllocationID.NotFound"
_NAT_GONE = ("NatGatewayNotFound", "InvalidNatGatewayID.NotFound")
_VPN_GATEWAY_GONE = "InvalidVpnGatewayID.NotFound"
_NOT_VPN_ATTACHED = "InvalidVpnGatewayAttachment.NotFound"


class InternetGateway(Ec2Resource):
    """An internet gateway, attached to a VPC."""

    type: ClassVar[str] = "aws:ec2/internetGateway:InternetGateway"
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", "vpcId"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and attach it."""
        answer = self.ec2.create_internet_gateway(TagSpecifications=tag_specifications("internet-gateway", inputs))
        id_ = answer["InternetGateway"]["InternetGatewayId"]
        self._attach(id_, inputs)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its owner and the VPC it is attached to."""
        gateway = only(
            lambda: self.ec2.describe_internet_gateways(InternetGatewayIds=[id_])["InternetGateways"],
            _INTERNET_GATEWAY_GONE,
        )
        if gateway is None:
            return None
        attachments = gateway.get("Attachments", [])
        return {
            "arn": f"arn:aws:ec2:{self.region}:{gateway['OwnerId']}:internet-gateway/{id_}",
            "ownerId": gateway["OwnerId"],
            "vpcId": attachments[0]["VpcId"] if attachments else "",
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Attach it to another VPC; set tags."""
        if "vpcId" in changed:
            self._detach(id_, old)
            self._attach(id_, new)
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Detach and delete it."""
        with ignoring(_INTERNET_GATEWAY_GONE):
            self._detach(id_, inputs)
            self.ec2.delete_internet_gateway(InternetGatewayId=id_)

    def _attach(self, id_: str, inputs: Properties) -> None:
        if "vpcId" in inputs:
            self.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=inputs["vpcId"])

    def _detach(self, id_: str, inputs: Properties) -> None:
        if "vpcId" in inputs:
            with ignoring(_NOT_ATTACHED):
                self.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=inputs["vpcId"])


class Eip(Ec2Resource):
    """An elastic IP. Its id is the allocation's."""

    type: ClassVar[str] = "aws:ec2/eip:Eip"
    handles: ClassVar[frozenset[str] | None] = frozenset(("domain", "tags", "tagsAll"))

    def create(self, name: str, inputs: Properties) -> str:
        """Allocate it."""
        answer = self.ec2.allocate_address(
            Domain=inputs.get("domain", "vpc"), TagSpecifications=tag_specifications("elastic-ip", inputs)
        )
        return answer["AllocationId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """The address, and what it is associated with."""
        address = only(lambda: self.ec2.describe_addresses(AllocationIds=[id_])["Addresses"], _ADDRESS_GONE)
        if address is None:
            return None
        private = address.get("PrivateIpAddress")
        return {
            "allocationId": id_,
            "arn": self.arn("elastic-ip", id_),
            "associationId": address.get("AssociationId"),
            "domain": address["Domain"],
            "instance": address.get("InstanceId"),
            "networkBorderGroup": address.get("NetworkBorderGroup"),
            "networkInterface": address.get("NetworkInterfaceId"),
            "privateDns": self._host_name("ip", private, "internal") if private else None,
            "privateIp": private,
            "publicDns": self._host_name("ec2", address["PublicIp"], "amazonaws.com"),
            "publicIp": address["PublicIp"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set tags."""
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Release it."""
        with ignoring(_ADDRESS_GONE):
            self.ec2.release_address(AllocationId=id_)

    def _host_name(self, prefix: str, address: str, domain: str) -> str:
        """The name that the provider puts together itself, as EC2 does."""
        first = self.region == "us-east-1"
        zone = {"internal": "ec2" if first else f"{self.region}.compute"}.get(
            domain, "compute-1" if first else f"{self.region}.compute"
        )
        return f"{prefix}-{address.replace('.', '-')}.{zone}.{domain}"


class NatGateway(Ec2Resource):
    """A zonal NAT gateway."""

    type: ClassVar[str] = "aws:ec2/natGateway:NatGateway"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("allocationId", "connectivityType", "privateIp", "subnetId", "tags", "tagsAll")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is available."""
        if "subnetId" not in inputs:
            raise ProviderError("subnetId: missing: the rehearsal knows zonal NAT gateways only")
        optional = {"allocationId": "AllocationId", "privateIp": "PrivateIpAddress"}
        gateway = self.ec2.create_nat_gateway(
            SubnetId=inputs["subnetId"],
            ConnectivityType=inputs["connectivityType"],
            TagSpecifications=tag_specifications("natgateway", inputs),
            **{parameter: inputs[name] for name, parameter in optional.items() if name in inputs},
        )["NatGateway"]
        id_ = gateway["NatGatewayId"]
        if gateway["State"] != "available":
            wait_until(id_, lambda: self._state(id_), ("available",), ("pending",))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its first address and interface."""
        gateway = self._gateway(id_)
        if gateway is None or gateway["State"] in ("deleted", "deleting"):
            return None
        address = gateway["NatGatewayAddresses"][0]
        return {
            "allocationId": address.get("AllocationId"),
            "associationId": address.get("AssociationId", ""),
            "availabilityMode": gateway.get("AvailabilityMode"),
            "networkInterfaceId": address["NetworkInterfaceId"],
            "privateIp": address["PrivateIp"],
            "publicIp": address.get("PublicIp", ""),
            "subnetId": gateway["SubnetId"],
            "vpcId": gateway["VpcId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set tags."""
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone, so that its address can be released."""
        with ignoring(*_NAT_GONE):
            self.ec2.delete_nat_gateway(NatGatewayId=id_)
            wait_until(id_, lambda: self._state(id_), ("deleted",), ("available", "deleting"))

    def _gateway(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_nat_gateways(NatGatewayIds=[id_])["NatGateways"], *_NAT_GONE)

    def _state(self, id_: str) -> State:
        gateway = self._gateway(id_) or {"State": "deleted"}
        return State(gateway["State"], gateway.get("FailureMessage", ""))


class VpnGateway(Ec2Resource):
    """A virtual private gateway, attached to a VPC."""

    type: ClassVar[str] = "aws:ec2/vpnGateway:VpnGateway"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("amazonSideAsn", "availabilityZone", "tags", "tagsAll", "vpcId")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and attach it."""
        optional = {"AvailabilityZone": inputs["availabilityZone"]} if "availabilityZone" in inputs else {}
        if "amazonSideAsn" in inputs:
            optional["AmazonSideAsn"] = int(inputs["amazonSideAsn"])
        answer = self.ec2.create_vpn_gateway(
            Type="ipsec.1", TagSpecifications=tag_specifications("vpn-gateway", inputs), **optional
        )
        id_ = answer["VpnGateway"]["VpnGatewayId"]
        self._attach(id_, inputs)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its number and the VPC it is attached to."""
        gateway = self._gateway(id_)
        if gateway is None or gateway["State"] == "deleted":
            return None
        attached = [each["VpcId"] for each in gateway.get("VpcAttachments", []) if each["State"] == "attached"]
        return {
            "amazonSideAsn": str(gateway["AmazonSideAsn"]),
            "arn": self.arn("vpn-gateway", id_),
            "vpcId": attached[0] if attached else "",
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Attach it to another VPC; set tags."""
        if "vpcId" in changed:
            self._detach(id_, old)
            self._attach(id_, new)
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Detach and delete it."""
        with ignoring(_VPN_GATEWAY_GONE):
            self._detach(id_, inputs)
            self.ec2.delete_vpn_gateway(VpnGatewayId=id_)

    def _gateway(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_vpn_gateways(VpnGatewayIds=[id_])["VpnGateways"], _VPN_GATEWAY_GONE)

    def _attachment(self, id_: str, vpc_id: str) -> State:
        attachments = (self._gateway(id_) or {}).get("VpcAttachments", [])
        states = [each["State"] for each in attachments if each["VpcId"] == vpc_id]
        return State(states[0] if states else "detached")

    def _attach(self, id_: str, inputs: Properties) -> None:
        if "vpcId" in inputs:
            vpc_id = inputs["vpcId"]
            answer = self.ec2.attach_vpn_gateway(VpnGatewayId=id_, VpcId=vpc_id)
            if answer["VpcAttachment"]["State"] == "attached":
                return
            wait_until(id_, lambda: self._attachment(id_, vpc_id), ("attached",), ("attaching", "detached"))

    def _detach(self, id_: str, inputs: Properties) -> None:
        if "vpcId" in inputs:
            vpc_id = inputs["vpcId"]
            with ignoring(_NOT_VPN_ATTACHED):
                self.ec2.detach_vpn_gateway(VpnGatewayId=id_, VpcId=vpc_id)
            wait_until(id_, lambda: self._attachment(id_, vpc_id), ("detached",), ("attached", "detaching"))


class VpnGatewayRoutePropagation(Ec2Resource):
    """Routes that a VPN gateway propagates to a route table. Its id is the two ids, joined."""

    type: ClassVar[str] = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"

    def create(self, name: str, inputs: Properties) -> str:
        """Enable it."""
        table, gateway = inputs["routeTableId"], inputs["vpnGatewayId"]
        self.ec2.enable_vgw_route_propagation(RouteTableId=table, GatewayId=gateway)
        return f"{gateway}_{table}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Whether the table still lists the gateway."""
        gateway, _, table_id = id_.partition("_")
        table = only(
            lambda: self.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"],
            "InvalidRouteTableID.NotFound",
        )
        propagating = [each["GatewayId"] for each in (table or {}).get("PropagatingVgws", [])]
        return {"routeTableId": table_id, "vpnGatewayId": gateway} if gateway in propagating else None

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Disable it."""
        gateway, _, table = id_.partition("_")
        with ignoring("InvalidRouteTableID.NotFound"):
            self.ec2.disable_vgw_route_propagation(RouteTableId=table, GatewayId=gateway)


RESOURCES: tuple[type[Resource], ...] = (InternetGateway, Eip, NatGateway, VpnGateway, VpnGatewayRoutePropagation)
