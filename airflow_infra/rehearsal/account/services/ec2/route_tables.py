"""moto's route tables, read where moto keeps them.

Through its API each look at a table costs moto and boto3 a millisecond for every two routes in it, and a table is
looked at for every one of its routes.
"""

from typing import Any

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends

_ROUTE = {
    "CarrierGatewayId": "carrier_gateway_id",
    "DestinationCidrBlock": "destination_cidr_block",
    "DestinationIpv6CidrBlock": "destination_ipv6_cidr_block",
    "DestinationPrefixListId": "destination_prefix_list_id",
    "EgressOnlyInternetGatewayId": "egress_only_internet_gateway_id",
    "GatewayId": "gateway_id",
    "InstanceId": "instance_id",
    "NatGatewayId": "nat_gateway_id",
    "NetworkInterfaceId": "network_interface_id",
    "Origin": "origin",
    "State": "state",
    "TransitGatewayId": "transit_gateway_id",
    "VpcPeeringConnectionId": "vpc_peering_connection_id",
}
"""What EC2 says of a route, and the attribute of moto's that holds it."""


def backend_of(request: Request) -> Any:
    """moto's EC2 of the caller's account and region."""
    return ec2_backends[request.account][request.region]


def vpc_of(request: Request, table_id: str) -> str:
    """The VPC of a route table.

    Raises:
        AwsError: InvalidRouteTableID.NotFound.
    """
    return _table(request, table_id).vpc_id


def answer_by_id(request: Request) -> dict[str, Any]:
    """moto's answer to DescribeRouteTables of some ids.

    Raises:
        AwsError: InvalidRouteTableID.NotFound.
    """
    tags = backend_of(request).tags
    tables = [_table(request, id_) for id_ in request.params["RouteTableIds"]]
    described = [
        {
            "Associations": table.associations,
            "OwnerId": table.owner_id,
            "RouteTableId": table.id,
            "Routes": [_described(route) for route in table.routes],
            "Tags": [{"Key": key, "Value": value} for key, value in tags.get(table.id, {}).items()],
            "VpcId": table.vpc_id,
        }
        for table in tables
    ]
    return {"RouteTables": described, "ResponseMetadata": {"HTTPStatusCode": 200}}


def _table(request: Request, id_: str) -> Any:
    found = backend_of(request).route_tables.get(id_)
    if found is None:
        raise AwsError("InvalidRouteTableID.NotFound", f"The routeTable ID '{id_}' does not exist")
    return found


def _described(route: Any) -> dict[str, Any]:
    values = ((name, getattr(route, attribute)) for name, attribute in _ROUTE.items())
    return {name: value for name, value in values if value is not None}
