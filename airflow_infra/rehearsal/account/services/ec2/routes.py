"""EC2 routes: targets that must exist, propagation from a VPN gateway, and black holes."""

from functools import cached_property
from typing import Any

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.services.ec2.attachments import Attachments
from airflow_infra.rehearsal.account.services.ec2.route_tables import answer_by_id, backend_of, vpc_of


class Routes(Service):
    """moto takes routes to gateways that do not exist, forgets propagation, and calls every route active."""

    name = "ec2"
    invalid_code = "InvalidParameterValue"

    def __init__(self, emulator: Emulator, attachments: Attachments) -> None:
        super().__init__(emulator)
        self._attachments = attachments
        self._propagating: set[tuple[str, str]] = set()
        """Route tables with the VPN gateways that propagate into them."""

    def create_route(self, request: Request) -> Answer:
        """Let moto create a route whose target exists."""
        self._check_target(request)
        return None

    def replace_route(self, request: Request) -> Answer:
        """Let moto replace a route by one whose target exists."""
        self._check_target(request)
        return None

    def enable_vgw_route_propagation(self, request: Request) -> Answer:
        """Let the routes of an attached VPN gateway into a table."""
        table_id, gateway_id = request.params["RouteTableId"], request.params["GatewayId"]
        vpc_id = vpc_of(request, table_id)
        if not self._vpn_gateway_is_attached(request, gateway_id, vpc_id):
            raise AwsError("Gateway.NotAttached", f"{gateway_id} is not attached to {vpc_id}")
        self._propagating.add((table_id, gateway_id))
        return {}

    def disable_vgw_route_propagation(self, request: Request) -> Answer:
        """Keep the routes of a VPN gateway out of a table."""
        table_id, gateway_id = request.params["RouteTableId"], request.params["GatewayId"]
        vpc_of(request, table_id)
        self._propagating.discard((table_id, gateway_id))
        return {}

    def describe_route_tables(self, request: Request) -> Answer:
        """Add to moto's answer which VPN gateways propagate and which routes lead nowhere."""
        if request.params.keys() == {"RouteTableIds"}:
            answer = answer_by_id(request)
        else:
            answer = self._ec2(request).describe_route_tables(**request.params)
        targets = _Targets(request, self._attachments)
        amended = False
        for table in answer["RouteTables"]:
            gateways = [gateway for table_id, gateway in self._propagating if table_id == table["RouteTableId"]]
            table["PropagatingVgws"] = [{"GatewayId": gateway} for gateway in gateways]
            amended = amended or bool(gateways)
            for route in table["Routes"]:
                if not targets.has_target(route, table["VpcId"]):
                    route["State"] = "blackhole"
                    amended = True
        if amended:
            del answer["ResponseMetadata"]
        return answer

    def _ec2(self, request: Request) -> Any:
        return self._emulator.client("ec2", request.account, request.region)

    def _check_target(self, request: Request) -> None:
        given = request.params
        vpc_id = vpc_of(request, given["RouteTableId"])
        if "TransitGatewayId" in given:
            self._attachments.show_to_moto(request)
        if _Targets(request, self._attachments).has_target(given, vpc_id):
            return
        if "NatGatewayId" in given:
            id_ = given["NatGatewayId"]
            raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{id_}' does not exist")
        if "TransitGatewayId" in given:
            id_ = given["TransitGatewayId"]
            raise AwsError("InvalidTransitGatewayID.NotFound", f"The transitGateway ID '{id_}' does not exist.")
        raise AwsError(
            "InvalidParameterValue",
            f"route table {given['RouteTableId']} and network gateway {given['GatewayId']} belong to different "
            "networks",
        )

    def _vpn_gateway_is_attached(self, request: Request, id_: str, vpc_id: str) -> bool:
        by_vpc = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
        found = self._ec2(request).describe_vpn_gateways(Filters=by_vpc)["VpnGateways"]
        return any(gateway["VpnGatewayId"] == id_ for gateway in found)


class _Targets:
    """Gateways that stand, looked up once for one call."""

    def __init__(self, request: Request, attachments: Attachments) -> None:
        self._backend = backend_of(request)
        self._attachments = attachments

    @cached_property
    def nat_gateways(self) -> set[str]:
        """NAT gateways that are there."""
        gateways = self._backend.nat_gateways.values()
        return {gateway.id for gateway in gateways if gateway.state in ("available", "pending")}

    @cached_property
    def internet_gateways(self) -> set[tuple[str, str]]:
        """Internet gateways with the VPCs that they are attached to."""
        gateways = self._backend.internet_gateways.values()
        return {(gateway.id, gateway.vpc.id) for gateway in gateways if gateway.vpc}

    def has_target(self, route: dict[str, Any], vpc_id: str) -> bool:
        """Whether a route leads somewhere."""
        if "NatGatewayId" in route:
            return route["NatGatewayId"] in self.nat_gateways
        if "TransitGatewayId" in route:
            return self._attachments.is_attached(route["TransitGatewayId"], vpc_id)
        if route.get("GatewayId", "").startswith("igw-"):
            return (route["GatewayId"], vpc_id) in self.internet_gateways
        return True
