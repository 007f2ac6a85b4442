"""VPCs, subnets, security groups, endpoints, flow logs and launch templates against the emulated account."""

from typing import Any

import pytest

from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError
from tests.rehearsal.providers.aws.bench import Bench, Made

DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SUBNET = "aws:ec2/subnet:Subnet"
TABLE = "aws:ec2/routeTable:RouteTable"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VPC = "aws:ec2/vpc:Vpc"


def replaced_by(bench: Bench, made: Made, **inputs: Any) -> tuple[str, ...]:
    checked = bench.provider.check(made.type, "it", {**given(made), **inputs})
    assert not checked.failures
    return bench.provider.diff(made.type, made.id, made.inputs, checked.inputs).replaces


def given(made: Made) -> Properties:
    return {name: value for name, value in made.inputs.items() if name not in ("tagsAll", "__defaults")}


def tags(bench: Bench, made: Made) -> dict[str, str]:
    found = bench.account.client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [made.id]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


@pytest.fixture
def vpc(bench: Bench) -> Made:
    return bench.make(VPC, "vpc", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "tags": {"Name": "a"}})


@pytest.fixture
def subnet(bench: Bench, vpc: Made) -> Made:
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-west-1b"}
    return bench.make(SUBNET, "subnet", inputs)


@pytest.fixture
def group(bench: Bench, vpc: Made) -> Made:
    return bench.make(GROUP, "group", {"name": "airflow", "vpcId": vpc.id})


class TestVpc:
    def test_its_attributes_are_set(self, bench: Bench, vpc: Made) -> None:
        names = bench.account.client("ec2").describe_vpc_attribute(VpcId=vpc.id, Attribute="enableDnsHostnames")
        assert names["EnableDnsHostnames"]["Value"] is True

    def test_it_carries_default_tags_and_its_own(self, bench: Bench, vpc: Made) -> None:
        assert tags(bench, vpc) == {"Name": "a", "owner": "data"}

    def test_its_outputs_name_what_aws_made_with_it(self, bench: Bench, vpc: Made) -> None:
        found = bench.account.client("ec2").describe_security_groups(GroupIds=[vpc.outputs["defaultSecurityGroupId"]])
        assert found["SecurityGroups"][0]["VpcId"] == vpc.id

    def test_host_names_are_switched_off_in_place(self, bench: Bench, vpc: Made) -> None:
        assert bench.change(vpc, enableDnsHostnames=False) == ["ModifyVpcAttribute"]
        assert vpc.outputs["enableDnsHostnames"] is False

    def test_a_tag_is_changed_in_place(self, bench: Bench, vpc: Made) -> None:
        bench.change(vpc, tags={"Name": "b"})
        assert tags(bench, vpc) == {"Name": "b", "owner": "data"}

    def test_a_tag_is_taken_away(self, bench: Bench, vpc: Made) -> None:
        bench.change(vpc, tags={})
        assert tags(bench, vpc) == {"owner": "data"}

    def test_updating_nothing_makes_no_mutating_call(self, bench: Bench, vpc: Made) -> None:
        assert bench.change(vpc) == []

    def test_another_range_replaces_it(self, bench: Bench, vpc: Made) -> None:
        assert replaced_by(bench, vpc, cidrBlock="10.1.0.0/16") == ("cidrBlock",)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, vpc: Made) -> None:
        bench.remove(vpc)
        assert bench.read(vpc) is None

    def test_deleting_it_twice_is_no_error(self, bench: Bench, vpc: Made) -> None:
        bench.remove(vpc)
        bench.remove(vpc)


class TestSubnet:
    def test_its_zone_is_read(self, subnet: Made) -> None:
        assert subnet.outputs["availabilityZoneId"] == "euw1-az1"

    def test_a_range_outside_the_vpc_is_refused(self, bench: Bench, vpc: Made) -> None:
        with pytest.raises(ProviderError, match=r"Subnet far: create: CreateSubnet: InvalidSubnet.Range"):
            bench.make(SUBNET, "far", {"vpcId": vpc.id, "cidrBlock": "10.9.0.0/24"})

    def test_a_range_that_overlaps_another_is_refused(self, bench: Bench, subnet: Made) -> None:
        with pytest.raises(ProviderError, match=r"InvalidSubnet.Conflict: The CIDR '10.0.0.0/25' conflicts"):
            bench.make(SUBNET, "again", {"vpcId": subnet.inputs["vpcId"], "cidrBlock": "10.0.0.0/25"})

    def test_a_vpc_that_does_not_exist_is_refused(self, bench: Bench) -> None:
        with pytest.raises(ProviderError, match=r"InvalidVpcID.NotFound"):
            bench.make(SUBNET, "lost", {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.0.0/24"})

    def test_public_addresses_are_switched_on_in_place(self, bench: Bench, subnet: Made) -> None:
        assert bench.change(subnet, mapPublicIpOnLaunch=True) == ["ModifySubnetAttribute"]
        assert subnet.outputs["mapPublicIpOnLaunch"] is True

    def test_another_zone_replaces_it(self, bench: Bench, subnet: Made) -> None:
        assert replaced_by(bench, subnet, availabilityZone="eu-west-1a") == ("availabilityZone",)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, subnet: Made) -> None:
        assert bench.remove(subnet) == ["DeleteSubnet"]
        assert bench.read(subnet) is None


class TestSecurityGroup:
    def test_it_lets_nothing_out_by_default(self, group: Made) -> None:
        assert group.outputs["egress"] == []

    def test_its_inline_rules_are_read_as_they_were_written(self, bench: Bench, vpc: Made) -> None:
        rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"], "description": "web"}
        made = bench.make(GROUP, "inline", {"name": "inline", "vpcId": vpc.id, "ingress": [rule]})
        assert made.outputs["ingress"] == [{**rule, "self": False}]

    def test_its_inline_rules_are_swapped_in_place(self, bench: Bench, vpc: Made) -> None:
        rule: Properties = {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
        made = bench.make(GROUP, "inline", {"name": "inline", "vpcId": vpc.id, "ingress": [rule]})
        operations = bench.change(made, ingress=[{**rule, "self": False, "cidrBlocks": ["10.0.0.0/8"]}])
        assert operations == ["RevokeSecurityGroupIngress", "AuthorizeSecurityGroupIngress"]

    def test_another_description_replaces_it(self, bench: Bench, group: Made) -> None:
        assert replaced_by(bench, group, description="Airflow's own") == ("description",)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, group: Made) -> None:
        bench.remove(group)
        assert bench.read(group) is None

    def test_the_default_group_loses_its_rules(self, bench: Bench, vpc: Made) -> None:
        made = bench.make(DEFAULT_GROUP, "default", {"vpcId": vpc.id, "ingress": [], "egress": []})
        assert (made.id, made.outputs["egress"]) == (vpc.outputs["defaultSecurityGroupId"], [])

    def test_the_default_group_is_left_behind(self, bench: Bench, vpc: Made) -> None:
        made = bench.make(DEFAULT_GROUP, "default", {"vpcId": vpc.id})
        assert bench.remove(made) == []


class TestRules:
    @pytest.fixture
    def rule(self, bench: Bench, group: Made) -> Made:
        inputs = {"securityGroupId": group.id, "ipProtocol": "-1", "referencedSecurityGroupId": group.id}
        return bench.make(INGRESS, "itself", inputs)

    def test_a_group_lets_itself_in(self, bench: Bench, group: Made, rule: Made) -> None:
        rules = (bench.read(group) or {})["ingress"]
        assert [each["self"] for each in rules] == [True]

    def test_a_rule_carries_tags(self, bench: Bench, rule: Made) -> None:
        assert tags(bench, rule) == {"owner": "data"}

    def test_a_rule_without_a_peer_is_refused(self, bench: Bench, group: Made) -> None:
        with pytest.raises(ProviderError, match="a rule has one peer, found none"):
            bench.make(EGRESS, "nobody", {"securityGroupId": group.id, "ipProtocol": "-1"})

    def test_a_range_is_changed_in_place(self, bench: Bench, group: Made) -> None:
        inputs = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
        made = bench.make(EGRESS, "out", {**inputs, "cidrIpv4": "10.0.0.0/8"})
        assert bench.change(made, cidrIpv4="0.0.0.0/0") == ["ModifySecurityGroupRules"]
        found = bench.account.client("ec2").describe_security_group_rules(SecurityGroupRuleIds=[made.id])
        assert found["SecurityGroupRules"][0]["CidrIpv4"] == "0.0.0.0/0"

    def test_a_rule_is_deleted_and_then_gone(self, bench: Bench, rule: Made) -> None:
        assert bench.remove(rule) == ["RevokeSecurityGroupIngress"]
        assert bench.read(rule) is None


class TestEndpoints:
    @pytest.fixture
    def s3(self, bench: Bench, vpc: Made) -> Made:
        table = bench.make(TABLE, "table", {"vpcId": vpc.id})
        service = "com.amazonaws.eu-west-1.s3"
        return bench.make(ENDPOINT, "s3", {"vpcId": vpc.id, "serviceName": service, "routeTableIds": [table.id]})

    def test_a_gateway_endpoint_has_a_prefix_list(self, s3: Made) -> None:
        assert s3.outputs["prefixListId"].startswith("pl-")

    def test_route_tables_are_added_in_place(self, bench: Bench, vpc: Made, s3: Made) -> None:
        other = bench.make(TABLE, "other", {"vpcId": vpc.id})
        assert bench.change(s3, routeTableIds=[*s3.inputs["routeTableIds"], other.id]) == ["ModifyVpcEndpoint"]
        assert other.id in s3.outputs["routeTableIds"]

    def test_an_endpoint_that_changed_its_route_tables_is_deleted(self, bench: Bench, vpc: Made, s3: Made) -> None:
        other = bench.make(TABLE, "other", {"vpcId": vpc.id})
        bench.change(s3, routeTableIds=[other.id])
        bench.remove(s3)
        assert bench.read(s3) is None

    def test_another_service_replaces_it(self, bench: Bench, s3: Made) -> None:
        assert replaced_by(bench, s3, serviceName="com.amazonaws.eu-west-1.dynamodb") == ("serviceName",)

    def test_an_interface_endpoint_has_interfaces(self, bench: Bench, subnet: Made, group: Made) -> None:
        inputs: Properties = {
            "vpcId": subnet.inputs["vpcId"],
            "vpcEndpointType": "Interface",
            "serviceName": "com.amazonaws.eu-west-1.sts",
            "subnetIds": [subnet.id],
            "securityGroupIds": [group.id],
            "privateDnsEnabled": True,
        }
        made = bench.make(ENDPOINT, "sts", inputs)
        assert len(made.outputs["networkInterfaceIds"]) == 1

    def test_it_is_deleted_and_then_gone(self, bench: Bench, s3: Made) -> None:
        assert bench.remove(s3) == ["DeleteVpcEndpoints"]
        assert bench.read(s3) is None


class TestFlowLog:
    @pytest.fixture
    def flow_log(self, bench: Bench, vpc: Made) -> Made:
        bench.account.client("logs").create_log_group(logGroupName="flow-logs")
        inputs = {
            "vpcId": vpc.id,
            "trafficType": "ALL",
            "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:flow-logs",
            "iamRoleArn": "arn:aws:iam::123456789012:role/administrator",
        }
        return bench.make(FLOW_LOG, "vpc", inputs)

    def test_it_delivers_to_its_log_group(self, flow_log: Made) -> None:
        assert flow_log.outputs["logDestination"].endswith(":log-group:flow-logs")

    def test_its_tags_change_in_place(self, bench: Bench, flow_log: Made) -> None:
        assert bench.change(flow_log, tags={"Name": "b"}) == ["CreateTags"]

    def test_another_kind_of_traffic_replaces_it(self, bench: Bench, flow_log: Made) -> None:
        assert replaced_by(bench, flow_log, trafficType="REJECT") == ("trafficType",)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, flow_log: Made) -> None:
        assert bench.remove(flow_log) == ["DeleteFlowLogs"]
        assert bench.read(flow_log) is None


class TestLaunchTemplate:
    @pytest.fixture
    def template(self, bench: Bench) -> Made:
        inputs: Properties = {
            "name": "standard",
            "updateDefaultVersion": True,
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "volumeSize": 150}}],
            "tagSpecifications": [{"resourceType": "instance", "tags": {"owner": "data"}}],
        }
        return bench.make(TEMPLATE, "standard", inputs)

    def latest(self, bench: Bench, template: Made) -> Properties:
        ec2 = bench.account.client("ec2")
        versions = ec2.describe_launch_template_versions(LaunchTemplateId=template.id, Versions=["$Latest"])
        return versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def test_its_data_is_what_the_inputs_say(self, bench: Bench, template: Made) -> None:
        data = self.latest(bench, template)
        assert data["BlockDeviceMappings"] == [
            {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 150}}
        ]
        assert data["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}

    def test_it_tags_instances_from_the_first_one_on(self, bench: Bench, template: Made) -> None:
        specifications = self.latest(bench, template)["TagSpecifications"]
        assert {"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "data"}]} in specifications

    def test_a_change_makes_a_version_and_moves_the_default(self, bench: Bench, template: Made) -> None:
        changed = bench.change(template, tagSpecifications=[])
        assert changed == ["CreateLaunchTemplateVersion", "ModifyLaunchTemplate"]
        assert (template.outputs["latestVersion"], template.outputs["defaultVersion"]) == (2, 2)

    def test_without_being_told_to_the_default_stays(self, bench: Bench, template: Made) -> None:
        bench.change(template, updateDefaultVersion=False, tagSpecifications=[])
        assert (template.outputs["latestVersion"], template.outputs["defaultVersion"]) == (2, 1)

    def test_its_own_tags_make_no_version(self, bench: Bench, template: Made) -> None:
        bench.change(template, tags={"Name": "b"})
        assert template.outputs["latestVersion"] == 1

    def test_another_name_replaces_it(self, bench: Bench, template: Made) -> None:
        assert replaced_by(bench, template, name="other") == ("name",)

    def test_it_is_deleted_and_then_gone(self, bench: Bench, template: Made) -> None:
        assert bench.remove(template) == ["DeleteLaunchTemplate"]
        assert bench.read(template) is None
