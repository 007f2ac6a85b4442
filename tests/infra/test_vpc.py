from collections.abc import Callable

from tests.infra.recording import Recording


def test_the_default_security_group_has_no_rules(deployed: Recording) -> None:
    group = deployed.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "default")
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []


def test_every_subnet_is_explicitly_associated_with_one_table(deployed: Recording) -> None:
    subnets = sorted(f"{subnet.name}-id" for subnet in deployed.of_type("aws:ec2/subnet:Subnet"))
    associated = [
        each.inputs["subnetId"] for each in deployed.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    ]
    assert sorted(associated) == subnets


def test_private_tables_lead_to_the_nat_gateway_of_their_zone(deployed: Recording) -> None:
    for zone in "abc":
        route = deployed.one("aws:ec2/route:Route", f"private-eu-west-1{zone}")
        assert route.inputs["natGatewayId"] == f"nat-eu-west-1{zone}-id"


def test_no_private_table_leads_to_the_internet_gateway(deployed: Recording) -> None:
    tables = {
        route.inputs["routeTableId"] for route in deployed.of_type("aws:ec2/route:Route") if "gatewayId" in route.inputs
    }
    assert tables == {f"public-eu-west-1{zone}-id" for zone in "abc"}


def test_nat_gateways_wait_for_the_internet_gateway(deployed: Recording) -> None:
    internet = deployed.one("aws:ec2/internetGateway:InternetGateway", "internet")
    for gateway in deployed.of_type("aws:ec2/natGateway:NatGateway"):
        assert internet in deployed.waits_for(gateway)


def test_s3_is_reached_from_every_private_table_without_nat(deployed: Recording) -> None:
    endpoint = deployed.one("aws:ec2/vpcEndpoint:VpcEndpoint", "s3")
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    assert endpoint.inputs["routeTableIds"] == [f"private-eu-west-1{zone}-id" for zone in "abc"]


def test_interface_endpoints_answer_the_vpc_before_they_take_over_the_name(deploy: Callable[..., Recording]) -> None:
    recording = deploy(vpc={"interface_endpoints": ["sts"]})
    endpoint = recording.one("aws:ec2/vpcEndpoint:VpcEndpoint", "sts")
    rule = recording.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "https-from-vpc")
    assert rule.inputs["cidrIpv4"] == "10.200.0.0/16"
    assert rule in recording.waits_for(endpoint)


def test_a_vpn_gateway_propagates_into_every_private_table(deploy: Callable[..., Recording]) -> None:
    recording = deploy(vpc={"vpn_gateway": {}})
    propagations = recording.of_type("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation")
    assert sorted(each.inputs["routeTableId"] for each in propagations) == [
        f"private-eu-west-1{zone}-id" for zone in "abc"
    ]


def test_elastic_ips_are_protected_where_the_stack_says(deploy: Callable[..., Recording], deployed: Recording) -> None:
    protected = deploy(protection={"elastic_ips": True})
    assert all(address.protect for address in protected.of_type("aws:ec2/eip:Eip"))
    assert not any(address.protect for address in deployed.of_type("aws:ec2/eip:Eip"))


def test_mwaa_is_reached_by_itself_only(deployed: Recording) -> None:
    group = deployed.one("aws:ec2/securityGroup:SecurityGroup", "mwaa")
    rules = [
        rule
        for rule in deployed.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if rule.inputs["securityGroupId"] == f"{group.name}-id"
    ]
    assert [rule.inputs.get("referencedSecurityGroupId") for rule in rules] == ["mwaa-id"]


def test_a_private_web_server_is_reached_from_the_configured_ranges(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"webserver_access_mode": "PRIVATE_ONLY", "webserver_cidrs": ["10.40.0.0/16"]})
    rule = recording.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "mwaa-ui-from-10.40.0.0-16")
    assert rule.inputs["securityGroupId"] == "mwaa-id"
    assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["cidrIpv4"]) == (443, 443, "10.40.0.0/16")


def test_flow_logs_go_where_the_execution_role_cannot_write(deployed: Recording) -> None:
    group = deployed.one("aws:cloudwatch/logGroup:LogGroup", "flow-logs")
    assert group.inputs["name"] == "/aws/vpc/flow-logs/airflow-dev"
    assert not group.inputs["name"].startswith("airflow-")


def test_flow_logs_wait_until_their_role_may_write(deployed: Recording) -> None:
    flow_log = deployed.one("aws:ec2/flowLog:FlowLog", "vpc")
    assert deployed.one("aws:iam/rolePolicy:RolePolicy", "flow-logs") in deployed.waits_for(flow_log)
