"""Gateways, addresses, route tables and routes against the emulated account."""

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws.bench import Bench, Made

ADDRESS = "aws:ec2/eip:Eip"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
ROUTE = "aws:ec2/route:Route"
SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"
TABLES = "aws:ec2/getRouteTables:getRouteTables"
VPC = "aws:ec2/vpc:Vpc"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"


@pytest.fixture
def vpc(bench: Bench) -> Made:
    return bench.make(VPC, "vpc", {"cidrBlock": "10.0.0.0/16"})


@pytest.fixture
def subnet(bench: Bench, vpc: Made) -> Made:
    return bench.make(SUBNET, "subnet", {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})


@pytest.fixture
def internet(bench: Bench, vpc: Made) -> Made:
    return bench.make(INTERNET_GATEWAY, "internet", {"vpcId": vpc.id})


@pytest.fixture
def address(bench: Bench) -> Made:
    return bench.make(ADDRESS, "nat", {"domain": "vpc"})


@pytest.fixture
def nat(bench: Bench, subnet: Made, address: Made, internet: Made) -> Made:
    return bench.make(NAT_GATEWAY, "nat", {"subnetId": subnet.id, "allocationId": address.id})


@pytest.fixture
def table(bench: Bench, vpc: Made) -> Made:
    return bench.make(TABLE, "private", {"vpcId": vpc.id, "tags": {"Name": "private"}})


@pytest.fixture
def route(bench: Bench, table: Made, nat: Made) -> Made:
    inputs = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat.id}
    return bench.make(ROUTE, "default", inputs)


class TestInternetGateway:
    def test_it_is_attached(self, vpc: Made, internet: Made) -> None:
        assert internet.outputs["vpcId"] == vpc.id

    def test_it_is_attached_to_another_vpc_in_place(self, bench: Bench, internet: Made) -> None:
        other = bench.make(VPC, "other", {"cidrBlock": "10.1.0.0/16"})
        operations = bench.change(internet, vpcId=other.id)
        assert operations == ["DetachInternetGateway", "AttachInternetGateway"]

    def test_it_is_detached_and_deleted(self, bench: Bench, internet: Made) -> None:
        assert bench.remove(internet) == ["DetachInternetGateway", "DeleteInternetGateway"]
        assert bench.read(internet) is None


class TestAddress:
    def test_its_name_is_made_of_its_digits(self, address: Made) -> None:
        digits = address.outputs["publicIp"].replace(".", "-")
        assert address.outputs["publicDns"] == f"ec2-{digits}.eu-west-1.compute.amazonaws.com"

    def test_it_is_released(self, bench: Bench, address: Made) -> None:
        assert bench.remove(address) == ["ReleaseAddress"]
        assert bench.read(address) is None


class TestNatGateway:
    def test_it_has_the_public_address(self, nat: Made, address: Made) -> None:
        assert nat.outputs["publicIp"] == address.outputs["publicIp"]

    def test_a_subnet_that_does_not_exist_is_refused(self, bench: Bench, address: Made) -> None:
        with pytest.raises(ProviderError, match=r"InvalidSubnetID.NotFound"):
            bench.make(NAT_GATEWAY, "lost", {"subnetId": "subnet-0123456789abcdef0", "allocationId": address.id})

    def test_its_tags_change_in_place(self, bench: Bench, nat: Made) -> None:
        assert bench.change(nat, tags={"Name": "b"}) == ["CreateTags"]

    def test_it_is_deleted_before_its_address_is_released(self, bench: Bench, nat: Made, address: Made) -> None:
        bench.remove(nat)
        bench.remove(address)
        assert (bench.read(nat), bench.read(address)) == (None, None)


class TestRoute:
    def test_its_id_is_the_table_and_a_number_of_the_destination(self, route: Made, table: Made) -> None:
        assert route.id == f"r-{table.id}1080289494"

    def test_another_target_is_swapped_in_place(self, bench: Bench, route: Made, internet: Made) -> None:
        assert bench.change(route, natGatewayId=None, gatewayId=internet.id) == ["ReplaceRoute"]
        assert route.outputs["gatewayId"] == internet.id

    def test_a_second_target_is_refused(self, bench: Bench, table: Made, nat: Made) -> None:
        inputs = {"routeTableId": table.id, "destinationCidrBlock": "10.1.0.0/16", "natGatewayId": nat.id}
        with pytest.raises(ProviderError, match="a route has one target, found 2"):
            bench.make(ROUTE, "both", {**inputs, "gatewayId": "igw-1"})

    def test_a_second_route_to_the_same_destination_is_refused(self, bench: Bench, route: Made) -> None:
        with pytest.raises(ProviderError, match="RouteAlreadyExists"):
            bench.make(ROUTE, "again", route.inputs)

    def test_a_gateway_that_does_not_exist_is_refused(self, bench: Bench, table: Made) -> None:
        inputs = {
            "routeTableId": table.id,
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": "nat-0123456789abcdef0",
        }
        with pytest.raises(ProviderError, match="NotFound"):
            bench.make(ROUTE, "lost", inputs)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, route: Made) -> None:
        assert bench.remove(route) == ["DeleteRoute"]
        assert bench.read(route) is None

    def test_deleting_it_after_its_table_is_no_error(self, bench: Bench, route: Made, table: Made) -> None:
        bench.remove(table)
        bench.remove(route)


class TestAssociation:
    @pytest.fixture
    def association(self, bench: Bench, table: Made, subnet: Made) -> Made:
        return bench.make(ASSOCIATION, "private", {"routeTableId": table.id, "subnetId": subnet.id})

    def test_another_table_is_swapped_in_place(self, bench: Bench, vpc: Made, association: Made) -> None:
        other = bench.make(TABLE, "other", {"vpcId": vpc.id})
        assert bench.change(association, routeTableId=other.id) == ["ReplaceRouteTableAssociation"]
        assert association.outputs["routeTableId"] == other.id

    def test_after_a_swap_it_is_still_deleted(self, bench: Bench, vpc: Made, association: Made) -> None:
        other = bench.make(TABLE, "other", {"vpcId": vpc.id})
        bench.change(association, routeTableId=other.id)
        assert bench.remove(association) == ["DisassociateRouteTable"]
        assert bench.read(association) is None

    def test_a_table_is_deleted_with_its_associations(self, bench: Bench, table: Made, association: Made) -> None:
        assert bench.remove(table) == ["DisassociateRouteTable", "DeleteRouteTable"]


class TestVpnGateway:
    @pytest.fixture
    def vpn(self, bench: Bench, vpc: Made) -> Made:
        return bench.make(VPN_GATEWAY, "vpn", {"vpcId": vpc.id, "amazonSideAsn": "64513"})

    @pytest.fixture
    def propagation(self, bench: Bench, vpn: Made, table: Made) -> Made:
        return bench.make(PROPAGATION, "vpn", {"vpnGatewayId": vpn.id, "routeTableId": table.id})

    def test_it_keeps_its_number(self, vpn: Made) -> None:
        assert vpn.outputs["amazonSideAsn"] == "64513"

    def test_it_is_detached_and_deleted(self, bench: Bench, vpn: Made) -> None:
        assert bench.remove(vpn) == ["DetachVpnGateway", "DeleteVpnGateway"]
        assert bench.read(vpn) is None

    def test_a_propagation_is_named_by_both_its_ends(self, propagation: Made, vpn: Made, table: Made) -> None:
        assert propagation.id == f"{vpn.id}_{table.id}"

    def test_a_table_lists_the_gateway_that_propagates_to_it(
        self, bench: Bench, table: Made, vpn: Made, propagation: Made
    ) -> None:
        assert (bench.read(table) or {})["propagatingVgws"] == [vpn.id]

    def test_a_propagation_is_disabled_and_then_gone(self, bench: Bench, propagation: Made) -> None:
        assert bench.remove(propagation) == ["DisableVgwRoutePropagation"]
        assert bench.read(propagation) is None


class TestFindingTables:
    def test_tables_are_found_by_tag(self, bench: Bench, table: Made) -> None:
        assert bench.provider.invoke(TABLES, {"tags": {"Name": "private"}})["ids"] == [table.id]

    def test_no_table_is_an_empty_list(self, bench: Bench, table: Made) -> None:
        assert bench.provider.invoke(TABLES, {"filters": [{"name": "tag:Name", "values": ["no"]}]})["ids"] == []
