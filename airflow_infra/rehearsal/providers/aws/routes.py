"""Route tables, their routes and associations, and the function that finds route tables."""

from typing import ClassVar
from zlib import crc32

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.providers.aws.calls import error_code, ignoring
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, filters, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.registry import Function
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory, Resource
from airflow_infra.rehearsal.providers.aws.tags import as_dict
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_TABLE_GONE = "InvalidRouteTableID.NotFound"
_ROUTE_GONE = "InvalidRoute.NotFound"
_ASSOCIATION_GONE = "InvalidAssociationID.NotFound"
_GATEWAY_UNKNOWN = "InvalidTransitGatewayID.NotFound"
_TARGETS = {
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


class RouteTable(Ec2Resource):
    """A route table without inline routes: each route is a resource of its own."""

    type: ClassVar[str] = "aws:ec2/routeTable:RouteTable"
    handles: ClassVar[frozenset[str] | None] = frozenset(("tags", "tagsAll", "vpcId"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it."""
        answer = self.ec2.create_route_table(
            VpcId=inputs["vpcId"], TagSpecifications=tag_specifications("route-table", inputs)
        )
        return answer["RouteTable"]["RouteTableId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its owner, and the routes in it that somebody made."""
        table = _table(self, id_)
        if table is None:
            return None
        made = [route for route in table["Routes"] if route.get("Origin") == "CreateRoute"]
        return {
            "arn": f"arn:aws:ec2:{self.region}:{table['OwnerId']}:route-table/{id_}",
            "ownerId": table["OwnerId"],
            "propagatingVgws": [each["GatewayId"] for each in table.get("PropagatingVgws", [])],
            "routes": [{"cidrBlock": route.get("DestinationCidrBlock", "")} | _target(route) for route in made],
            "vpcId": table["VpcId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set tags."""
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Drop its associations, then delete it."""
        table = _table(self, id_)
        for association in (table or {}).get("Associations", []):
            with ignoring(_ASSOCIATION_GONE):
                self.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        with ignoring(_TABLE_GONE):
            self.ec2.delete_route_table(RouteTableId=id_)


class Route(Ec2Resource):
    """A route to one target. Its id is the table and a number made of the destination."""

    type: ClassVar[str] = "aws:ec2/route:Route"
    handles: ClassVar[frozenset[str] | None] = frozenset(("destinationCidrBlock", "routeTableId", *_TARGETS))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it. Raises ProviderError without exactly one target, or without a destination."""
        if "destinationCidrBlock" not in inputs:
            raise ProviderError("destinationCidrBlock: missing: the rehearsal routes IPv4 ranges only")
        table, destination = inputs["routeTableId"], inputs["destinationCidrBlock"]
        try:
            self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=destination, **_target_parameter(inputs))
        except ClientError as error:
            if error_code(error) == _GATEWAY_UNKNOWN:
                self._explain_pending(inputs, error)
            raise
        return f"r-{table}{crc32(destination.encode())}"

    def _explain_pending(self, inputs: Properties, error: ClientError) -> None:
        """EC2 calls a gateway unknown whose owner has not accepted the attachment: say that instead."""
        pending = self.ec2.describe_transit_gateway_vpc_attachments(
            Filters=filters({}, transit_gateway_id=inputs["transitGatewayId"], state="pendingAcceptance")
        )["TransitGatewayVpcAttachments"]
        table = _table(self, inputs["routeTableId"])
        for attachment in pending:
            if table is not None and attachment["VpcId"] == table["VpcId"]:
                raise ProviderError(
                    f"CreateRoute: {_GATEWAY_UNKNOWN}: the owner of {inputs['transitGatewayId']} has not accepted "
                    f"{attachment['TransitGatewayAttachmentId']} yet; expected routes only once it is available"
                ) from error

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its target as it stands, and its state."""
        table = _table(self, inputs["routeTableId"])
        for route in (table or {}).get("Routes", []):
            if route.get("DestinationCidrBlock") == inputs["destinationCidrBlock"]:
                return {"origin": route["Origin"], "state": route["State"]} | _target(route)
        return None

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Swap the target."""
        self.ec2.replace_route(
            RouteTableId=new["routeTableId"],
            DestinationCidrBlock=new["destinationCidrBlock"],
            **_target_parameter(new),
        )

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_ROUTE_GONE, _TABLE_GONE):
            self.ec2.delete_route(
                RouteTableId=inputs["routeTableId"], DestinationCidrBlock=inputs["destinationCidrBlock"]
            )


class RouteTableAssociation(Ec2Resource):
    """A subnet's route table.

    Another table gives the association another id, which Pulumi does not take over: so it is found by its subnet.
    """

    type: ClassVar[str] = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    handles: ClassVar[frozenset[str] | None] = frozenset(("routeTableId", "subnetId"))

    def create(self, name: str, inputs: Properties) -> str:
        """Associate them."""
        if "subnetId" not in inputs:
            raise ProviderError("subnetId: missing: the rehearsal associates subnets only")
        answer = self.ec2.associate_route_table(RouteTableId=inputs["routeTableId"], SubnetId=inputs["subnetId"])
        return answer["AssociationId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """The table that the subnet is associated with."""
        association = self._association(inputs["subnetId"])
        if association is None:
            return None
        return {"routeTableId": association["RouteTableId"], "subnetId": association["SubnetId"]}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Swap the table."""
        association = self._association(new["subnetId"])
        if association is None:
            raise ProviderError(f"subnet {new['subnetId']} is associated with no route table any more")
        self.ec2.replace_route_table_association(
            AssociationId=association["RouteTableAssociationId"], RouteTableId=new["routeTableId"]
        )

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Dissolve it, unless the subnet has moved to another table meanwhile."""
        association = self._association(inputs["subnetId"])
        if association is not None and association["RouteTableId"] == inputs["routeTableId"]:
            with ignoring(_ASSOCIATION_GONE):
                self.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])

    def _association(self, subnet_id: str) -> Properties | None:
        by_subnet = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        for table in self.ec2.describe_route_tables(Filters=by_subnet)["RouteTables"]:
            for association in table["Associations"]:
                if association.get("SubnetId") == subnet_id:
                    return association
        return None


def _table(resource: Ec2Resource, id_: str) -> Properties | None:
    return only(lambda: resource.ec2.describe_route_tables(RouteTableIds=[id_])["RouteTables"], _TABLE_GONE)


def _target(route: Properties) -> Properties:
    return {name: route[parameter] for name, parameter in _TARGETS.items() if route.get(parameter)}


def _target_parameter(inputs: Properties) -> dict[str, str]:
    given = {parameter: inputs[name] for name, parameter in _TARGETS.items() if name in inputs}
    if len(given) != 1:
        raise ProviderError(f"a route has one target, found {len(given)} of {', '.join(_TARGETS)}")
    return given


def get_route_tables(client: ClientFactory, arguments: Properties) -> Properties:
    """Ids of the route tables that match; none is an empty list, not an error."""
    ec2 = client("ec2")
    wanted = filters(arguments, vpc_id=arguments.get("vpcId"))
    pages = ec2.get_paginator("describe_route_tables").paginate(Filters=wanted)
    ids = [table["RouteTableId"] for page in pages for table in page["RouteTables"]]
    return {"id": ec2.meta.region_name, "ids": ids, "tags": arguments.get("tags", as_dict(()))}


RESOURCES: tuple[type[Resource], ...] = (RouteTable, Route, RouteTableAssociation)
FUNCTIONS: dict[str, Function] = {"aws:ec2/getRouteTables:getRouteTables": get_route_tables}
