"""What the emulated EC2 does that moto does not."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.errors import NotModelledError
from tests.rehearsal.account.world import Network, network, role

WAITING = "tgw-0123456789abcdef0"
ACCEPTING = "tgw-0123456789abcdef1"
OWNER = "arn:aws:iam::210987654321:role/network"


@pytest.fixture
def place(account: Account) -> Network:
    return network(account)


def attach(account: Account, place: Network, gateway: str = WAITING) -> dict[str, Any]:
    return account.client("ec2").create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway,
        VpcId=place.vpc,
        SubnetIds=place.subnets,
        TagSpecifications=[
            {"ResourceType": "transit-gateway-attachment", "Tags": [{"Key": "Name", "Value": "to-the-office"}]}
        ],
    )["TransitGatewayVpcAttachment"]


def state(account: Account, attachment: dict[str, Any]) -> str:
    ids = [attachment["TransitGatewayAttachmentId"]]
    found = account.client("ec2").describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=ids)
    return found["TransitGatewayVpcAttachments"][0]["State"]


def route_table(account: Account, place: Network) -> str:
    return account.client("ec2").create_route_table(VpcId=place.vpc)["RouteTable"]["RouteTableId"]


def described(account: Account, table: str) -> dict[str, Any]:
    return account.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]


def test_an_attachment_waits_for_the_gateways_owner(account: Account, place: Network) -> None:
    assert state(account, attach(account, place)) == "pendingAcceptance"


def test_a_gateway_that_accepts_by_itself_makes_the_attachment_available(account: Account, place: Network) -> None:
    assert state(account, attach(account, place, ACCEPTING)) == "available"


def test_a_gateway_that_is_not_in_the_setup_does_not_exist(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match=r"InvalidTransitGatewayID\.NotFound"):
        attach(account, place, "tgw-00000000000000000")


def test_only_the_owner_may_accept(account: Account, place: Network) -> None:
    id_ = attach(account, place)["TransitGatewayAttachmentId"]
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        account.client("ec2").accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)


def test_the_owners_role_may_accept(account: Account, place: Network) -> None:
    attachment = attach(account, place)
    account.client("ec2", role_arn=OWNER).accept_transit_gateway_vpc_attachment(
        TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"]
    )
    assert state(account, attachment) == "available"


def test_all_that_waits_can_be_accepted_at_once(account: Account, place: Network) -> None:
    attachment = attach(account, place)
    accepted = account.accept_attachments()
    assert (state(account, attachment), len(accepted), account.accept_attachments()) == ("available", 1, [])


def test_an_attachment_is_found_by_state_gateway_vpc_and_tag(account: Account, place: Network) -> None:
    attach(account, place)
    filters = [
        {"Name": "state", "Values": ["pendingAcceptance", "available"]},
        {"Name": "transit-gateway-id", "Values": [WAITING]},
        {"Name": "vpc-id", "Values": [place.vpc]},
        {"Name": "tag:Name", "Values": ["to-the-office"]},
    ]
    ec2 = account.client("ec2")
    assert len(ec2.describe_transit_gateway_vpc_attachments(Filters=filters)["TransitGatewayVpcAttachments"]) == 1
    filters[0]["Values"] = ["deleted"]
    assert ec2.describe_transit_gateway_vpc_attachments(Filters=filters)["TransitGatewayVpcAttachments"] == []


def test_an_unknown_filter_is_refused(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match="The filter 'status' is invalid"):
        account.client("ec2").describe_transit_gateway_vpc_attachments(Filters=[{"Name": "status", "Values": ["x"]}])


def test_a_vpc_is_attached_to_a_gateway_once(account: Account, place: Network) -> None:
    attach(account, place)
    with pytest.raises(ClientError, match="DuplicateTransitGatewayAttachment"):
        attach(account, place)


def test_an_attachment_can_be_tagged(account: Account, place: Network) -> None:
    id_ = attach(account, place)["TransitGatewayAttachmentId"]
    ec2 = account.client("ec2")
    ec2.create_tags(Resources=[id_, place.vpc], Tags=[{"Key": "team", "Value": "data"}])
    ec2.delete_tags(Resources=[id_], Tags=[{"Key": "Name"}])
    found = ec2.describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"][0]
    assert found["Tags"] == [{"Key": "team", "Value": "data"}]


def test_reserved_tags_are_refused(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match="reserved"):
        account.client("ec2").create_tags(Resources=[place.vpc], Tags=[{"Key": "aws:x", "Value": "y"}])


def test_a_route_to_a_pending_attachment_is_refused(account: Account, place: Network) -> None:
    attach(account, place)
    with pytest.raises(ClientError, match=r"InvalidTransitGatewayID\.NotFound"):
        account.client("ec2").create_route(
            RouteTableId=route_table(account, place), DestinationCidrBlock="192.168.0.0/16", TransitGatewayId=WAITING
        )


def test_a_route_to_an_accepted_attachment_names_the_gateway(account: Account, place: Network) -> None:
    attach(account, place)
    account.accept_attachments()
    table = route_table(account, place)
    ec2 = account.client("ec2")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", TransitGatewayId=WAITING)
    by_gateway = [{"Name": "route.transit-gateway-id", "Values": [WAITING]}]
    found = ec2.describe_route_tables(Filters=by_gateway)["RouteTables"]
    routes = [route for item in found for route in item["Routes"] if "TransitGatewayId" in route]
    assert [(route["TransitGatewayId"], route["State"]) for route in routes] == [(WAITING, "active")]


def test_a_deleted_attachment_stays_visible_and_leaves_black_holes(account: Account, place: Network) -> None:
    attachment = attach(account, place, ACCEPTING)
    table = route_table(account, place)
    ec2 = account.client("ec2")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", TransitGatewayId=ACCEPTING)
    ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=attachment["TransitGatewayAttachmentId"])
    states = [route["State"] for route in described(account, table)["Routes"]]
    assert (state(account, attachment), states) == ("deleted", ["active", "blackhole"])


def test_the_owner_sees_attachments_in_general_terms(account: Account, place: Network) -> None:
    attach(account, place)
    found = account.client("ec2", role_arn=OWNER).describe_transit_gateway_attachments(
        Filters=[{"Name": "resource-owner-id", "Values": ["123456789012"]}]
    )
    assert [item["ResourceId"] for item in found["TransitGatewayAttachments"]] == [place.vpc]


def test_vpn_propagation_is_visible_on_the_route_table(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=place.vpc)
    table = route_table(account, place)
    ec2.enable_vgw_route_propagation(GatewayId=gateway, RouteTableId=table)
    during = described(account, table)["PropagatingVgws"]
    ec2.disable_vgw_route_propagation(GatewayId=gateway, RouteTableId=table)
    assert (during, described(account, table)["PropagatingVgws"]) == ([{"GatewayId": gateway}], [])


def test_a_vpn_gateway_elsewhere_does_not_propagate(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    with pytest.raises(ClientError, match="NotAttached"):
        ec2.enable_vgw_route_propagation(GatewayId=gateway, RouteTableId=route_table(account, place))


def nat_gateway(account: Account, place: Network) -> tuple[str, str]:
    ec2 = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=place.subnets[0], AllocationId=address)["NatGateway"]
    return made["NatGatewayId"], address


def test_a_route_to_a_nat_gateway_that_does_not_exist_is_refused(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match=r"InvalidNatGatewayID\.NotFound"):
        account.client("ec2").create_route(
            RouteTableId=route_table(account, place),
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId="nat-00000000000000000",
        )


def test_a_route_to_an_internet_gateway_of_no_vpc_is_refused(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    with pytest.raises(ClientError, match="different networks"):
        ec2.create_route(RouteTableId=route_table(account, place), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def test_a_route_whose_nat_gateway_was_deleted_is_a_black_hole(account: Account, place: Network) -> None:
    gateway, _ = nat_gateway(account, place)
    table = route_table(account, place)
    ec2 = account.client("ec2")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert [route["State"] for route in described(account, table)["Routes"]] == ["active", "blackhole"]


def test_an_address_in_use_is_not_released(account: Account, place: Network) -> None:
    _, address = nat_gateway(account, place)
    with pytest.raises(ClientError, match=r"InvalidIPAddress\.InUse"):
        account.client("ec2").release_address(AllocationId=address)


def test_a_deleted_nat_gateway_frees_its_address_and_its_subnet(account: Account, place: Network) -> None:
    gateway, address = nat_gateway(account, place)
    ec2 = account.client("ec2")
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=place.subnets[0])
    assert ec2.describe_addresses()["Addresses"] == []


def test_a_subnet_with_a_nat_gateway_is_not_deleted(account: Account, place: Network) -> None:
    nat_gateway(account, place)
    with pytest.raises(ClientError, match="DependencyViolation"):
        account.client("ec2").delete_subnet(SubnetId=place.subnets[0])


def test_an_internet_gateway_is_not_detached_under_public_addresses(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    nat_gateway(account, place)
    with pytest.raises(ClientError, match="mapped public address"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)


def test_a_security_group_that_another_ones_rule_names_is_not_deleted(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    other = ec2.create_security_group(GroupName="other", Description="other", VpcId=place.vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=other,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": place.group}]}
        ],
    )
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=place.group)


def test_a_vpc_that_holds_something_is_not_deleted(account: Account, place: Network) -> None:
    with pytest.raises(ClientError, match=place.group):
        account.client("ec2").delete_vpc(VpcId=place.vpc)


def test_a_deleted_vpc_takes_its_defaults_along(account: Account) -> None:
    before = account.inventory()
    ec2 = account.client("ec2")
    ec2.delete_vpc(VpcId=ec2.create_vpc(CidrBlock="10.201.0.0/16")["Vpc"]["VpcId"])
    assert account.inventory() == before


def test_interfaces_of_an_endpoint_are_in_its_security_groups(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    endpoint = ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName="com.amazonaws.eu-west-1.logs",
        VpcEndpointType="Interface",
        SubnetIds=place.subnets,
        SecurityGroupIds=[place.group],
    )["VpcEndpoint"]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])
    groups = [[group["GroupId"] for group in item["Groups"]] for item in found["NetworkInterfaces"]]
    assert groups == [[place.group], [place.group]]


def test_a_gateway_endpoint_adds_its_route_to_tables_and_takes_it_away(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    table = route_table(account, place)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=place.vpc, ServiceName="com.amazonaws.eu-west-1.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )["VpcEndpoint"]["VpcEndpointId"]
    during = [route.get("GatewayId") for route in described(account, table)["Routes"]]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[table])
    after = [route.get("GatewayId") for route in described(account, table)["Routes"]]
    assert (during, after) == (["local", endpoint], ["local"])


def test_a_flow_log_delivers_when_its_log_group_stands(account: Account, place: Network) -> None:
    account.client("logs").create_log_group(logGroupName="/vpc/flow")
    ec2 = account.client("ec2")
    ec2.create_flow_logs(
        ResourceIds=[place.vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestination="arn:aws:logs:eu-west-1:123456789012:log-group:/vpc/flow",
        DeliverLogsPermissionArn=role(account, "flow", "vpc-flow-logs.amazonaws.com"),
    )
    assert [item["DeliverLogsStatus"] for item in ec2.describe_flow_logs()["FlowLogs"]] == ["SUCCESS"]


def test_images_are_not_invented(account: Account) -> None:
    with pytest.raises(NotModelledError):
        account.client("ec2").describe_images()


def test_a_route_table_asked_for_by_id_is_what_a_filter_finds(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    table = route_table(account, place)
    ec2.create_tags(Resources=[table], Tags=[{"Key": "Name", "Value": "private"}])
    ec2.associate_route_table(RouteTableId=table, SubnetId=place.subnets[0])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.create_vpc_endpoint(VpcId=place.vpc, ServiceName="com.amazonaws.eu-west-1.s3", RouteTableIds=[table])
    by_filter = ec2.describe_route_tables(Filters=[{"Name": "route-table-id", "Values": [table]}])["RouteTables"]
    assert by_filter == [described(account, table)]


def test_a_route_table_that_does_not_exist_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError, match=r"InvalidRouteTableID\.NotFound"):
        described(account, "rtb-0123456789abcdef0")
