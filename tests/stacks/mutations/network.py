"""What is broken on purpose in the network."""

import json
from collections.abc import Callable
from typing import Any

from mutations.mutation import Broken, Mutation, Undo

from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends

Break = Callable[[Broken], Undo]

_ELSEWHERE = "198.51.100.0/24"


def by_name(broken: Broken, operation: str, field: str, name: str) -> dict[str, Any]:
    """What EC2 describes under a Name tag, given without the stack's prefix."""
    named = [{"Name": "tag:Name", "Values": [f"{broken.names.prefix}{name}"]}]
    [found] = getattr(broken.client("ec2"), operation)(Filters=named)[field]
    return found


def vpc_id(broken: Broken) -> str:
    return by_name(broken, "describe_vpcs", "Vpcs", "")["VpcId"]


def subnet(broken: Broken, name: str) -> dict[str, Any]:
    return by_name(broken, "describe_subnets", "Subnets", name)


def table_id(broken: Broken, name: str) -> str:
    return by_name(broken, "describe_route_tables", "RouteTables", name)["RouteTableId"]


def internet_gateway(broken: Broken) -> str:
    return by_name(broken, "describe_internet_gateways", "InternetGateways", "")["InternetGatewayId"]


def remembered(broken: Broken) -> Any:
    """moto's EC2 of the account."""
    return ec2_backends[broken.names.account_id][broken.names.region]


def attachment(broken: Broken, name: str) -> Any:
    """An attachment to a transit gateway as the emulated EC2 remembers it."""
    operation: Any = broken.account._hook._methods["ec2", "describe_transit_gateway_vpc_attachments"]
    wanted = next(gateway.id for gateway in broken.settings.vpc.transit_gateways if gateway.name == name)
    return next(one for one in operation.__self__._attachments.by_id.values() if one.gateway.id == wanted)


def with_attribute(find: Callable[[Broken], Any], name: str, value: Any) -> Break:
    """Another value of something that the emulated account remembers."""

    def break_it(broken: Broken) -> Undo:
        target = find(broken)
        before = getattr(target, name)
        setattr(target, name, value)
        return lambda: setattr(target, name, before)

    return break_it


def without_dns_names(broken: Broken) -> Undo:
    ec2, id_ = broken.client("ec2"), vpc_id(broken)
    ec2.modify_vpc_attribute(VpcId=id_, EnableDnsHostnames={"Value": False})
    return lambda: ec2.modify_vpc_attribute(VpcId=id_, EnableDnsHostnames={"Value": True})


def in_one_zone(broken: Broken) -> Undo:
    backend = remembered(broken)
    first, third = (subnet(broken, f"-private-eu-west-1{zone}") for zone in "ac")
    zone = backend.get_subnet(first["SubnetId"])._availability_zone
    return with_attribute(lambda _: backend.get_subnet(third["SubnetId"]), "_availability_zone", zone)(broken)


def through_another_zone(broken: Broken) -> Undo:
    ec2, table = broken.client("ec2"), by_name(broken, "describe_route_tables", "RouteTables", "-private-eu-west-1a")
    other = subnet(broken, "-public-eu-west-1b")["SubnetId"]
    [gateway] = ec2.describe_nat_gateways(Filters=[{"Name": "subnet-id", "Values": [other]}])["NatGateways"]
    [own] = [route["NatGatewayId"] for route in table["Routes"] if "NatGatewayId" in route]
    default = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.replace_route(**default, NatGatewayId=gateway["NatGatewayId"])
    return lambda: ec2.replace_route(**default, NatGatewayId=own)


def nat_without_internet(broken: Broken) -> Undo:
    ec2 = broken.client("ec2")
    default = {"RouteTableId": table_id(broken, "-public-eu-west-1a"), "DestinationCidrBlock": "0.0.0.0/0"}
    ec2.delete_route(**default)
    return lambda: ec2.create_route(**default, GatewayId=internet_gateway(broken))


def private_subnet_on_the_internet(broken: Broken) -> Undo:
    ec2 = broken.client("ec2")
    route = {"RouteTableId": table_id(broken, "-private-eu-west-1c"), "DestinationCidrBlock": _ELSEWHERE}
    ec2.create_route(**route, GatewayId=internet_gateway(broken))
    return lambda: ec2.delete_route(**route)


def served_by_the_main_table(broken: Broken) -> Undo:
    table = by_name(broken, "describe_route_tables", "RouteTables", "-public-eu-west-1c")
    associations = remembered(broken).route_tables[table["RouteTableId"]]._associations
    before = dict(associations)
    id_ = table["Associations"][0]["RouteTableAssociationId"]
    broken.client("ec2").disassociate_route_table(AssociationId=id_)

    def undo() -> None:
        associations.update(before)  # by a call it would get another id, which the program's state doesn't know

    return undo


def black_hole(broken: Broken) -> Undo:
    ec2 = broken.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet(broken, "-public-eu-west-1b")["SubnetId"], AllocationId=address)[
        "NatGateway"
    ]["NatGatewayId"]
    route = {"RouteTableId": table_id(broken, "-public-eu-west-1b"), "DestinationCidrBlock": _ELSEWHERE}
    ec2.create_route(**route, NatGatewayId=gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    return lambda: ec2.delete_route(**route)


def without_one_route(broken: Broken) -> Undo:
    ec2, gateway = broken.client("ec2"), broken.settings.vpc.transit_gateways[0]
    route = {"RouteTableId": table_id(broken, "-private-eu-west-1b"), "DestinationCidrBlock": gateway.routes[0]}
    ec2.delete_route(**route)
    return lambda: ec2.create_route(**route, TransitGatewayId=gateway.id)


def without_all_routes(broken: Broken) -> Undo:
    ec2, gateway = broken.client("ec2"), broken.settings.vpc.transit_gateways[0]
    routes = [
        {"RouteTableId": table_id(broken, f"-private-{zone}"), "DestinationCidrBlock": cidr}
        for zone in broken.settings.vpc.availability_zones
        for cidr in gateway.routes
    ]
    for route in routes:
        ec2.delete_route(**route)
    return lambda: [ec2.create_route(**route, TransitGatewayId=gateway.id) for route in routes]


def attached_in_two_zones(broken: Broken) -> Undo:
    ec2, id_ = broken.client("ec2"), attachment(broken, "platform").id
    third = [subnet(broken, "-private-eu-west-1c")["SubnetId"]]
    ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_, RemoveSubnetIds=third)
    return lambda: ec2.modify_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_, AddSubnetIds=third)


def overlapping_range(broken: Broken) -> Undo:
    ec2 = broken.client("ec2")
    added = ec2.associate_vpc_cidr_block(VpcId=vpc_id(broken), CidrBlock="10.40.128.0/17")["CidrBlockAssociation"]
    return lambda: ec2.disassociate_vpc_cidr_block(AssociationId=added["AssociationId"])


def without_s3_endpoint(broken: Broken) -> Undo:
    ec2, tables = broken.client("ec2"), [table_id(broken, "-private-eu-west-1b")]
    id_ = by_name(broken, "describe_vpc_endpoints", "VpcEndpoints", "-s3")["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=id_, RemoveRouteTableIds=tables)
    return lambda: ec2.modify_vpc_endpoint(VpcEndpointId=id_, AddRouteTableIds=tables)


def without_role_tag(broken: Broken) -> Undo:
    ec2, id_ = broken.client("ec2"), subnet(broken, "-public-eu-west-1a")["SubnetId"]
    role = [{"Key": "kubernetes.io/role/elb", "Value": "1"}]
    ec2.delete_tags(Resources=[id_], Tags=role)
    return lambda: ec2.create_tags(Resources=[id_], Tags=role)


def third_private_subnet(broken: Broken) -> Any:
    return remembered(broken).get_subnet(subnet(broken, "-private-eu-west-1c")["SubnetId"])


def without_flow_log_group(broken: Broken) -> Undo:
    logs, name = broken.client("logs"), broken.names.flow_log_group
    [group] = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    tags = logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
    logs.delete_log_group(logGroupName=name)

    def undo() -> None:
        logs.create_log_group(logGroupName=name, tags=tags)
        logs.put_retention_policy(logGroupName=name, retentionInDays=group["retentionInDays"])

    return undo


def writable_flow_logs(broken: Broken) -> Undo:
    iam, names = broken.client("iam"), broken.names
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{names.flow_log_group}:*"
    policy = {"RoleName": f"{names.prefix}-execution", "PolicyName": "by-hand"}
    statement = {"Effect": "Allow", "Action": "logs:Put*", "Resource": group}
    iam.put_role_policy(**policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    return lambda: iam.delete_role_policy(**policy)


def open_default_group(broken: Broken) -> Undo:
    ec2 = broken.client("ec2")
    group = by_name(broken, "describe_security_groups", "SecurityGroups", "-unused")["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return lambda: ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])


MUTATIONS: tuple[Mutation, ...] = (
    Mutation("network-01", "DNS host names are switched off", without_dns_names),
    Mutation(
        "network-02",
        "a private subnet lies in another one's zone",
        in_one_zone,
        own_state="EC2 moves no subnet to another zone",
    ),
    Mutation(
        "network-03", "a private subnet goes out through another zone's NAT gateway", through_another_zone, stack="prod"
    ),
    Mutation("network-04", "the NAT gateway's subnet has no route to the internet", nat_without_internet),
    Mutation("network-05", "a private table routes to the internet gateway", private_subnet_on_the_internet),
    Mutation("network-06", "a subnet loses its association with a route table", served_by_the_main_table),
    Mutation("network-07", "a NAT gateway is deleted and a route to it stays", black_hole),
    Mutation("network-08", "one route to a transit gateway is missing in one table", without_one_route),
    Mutation(
        "network-09",
        "an attachment is being changed by somebody",
        with_attribute(lambda broken: attachment(broken, "analytics"), "state", "modifying"),
        own_state="the emulated EC2 has changed an attachment as soon as it is asked",
    ),
    Mutation("network-10", "an attachment loses its subnet in one zone", attached_in_two_zones),
    Mutation(
        "network-11",
        "nothing is routed to an attachment any more",
        without_all_routes,
        also=("network-08",),
    ),
    Mutation("network-12", "the VPC gets a second range, which overlaps a routed one", overlapping_range),
    Mutation("network-13", "a private table leaves the S3 endpoint", without_s3_endpoint),
    Mutation("network-14", "a public subnet loses its role tag", without_role_tag),
    Mutation(
        "network-15",
        "a private subnet is nearly full",
        with_attribute(third_private_subnet, "_available_ip_addresses", 1000),
        own_state="it takes thousands of interfaces to fill a subnet",
    ),
    Mutation("network-16", "the flow logs' group is deleted", without_flow_log_group),
    Mutation("network-17", "the execution role may write to the flow logs", writable_flow_logs),
    Mutation("network-18", "the default security group lets SSH in", open_default_group),
)
