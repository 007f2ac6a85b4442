"""What holds for every AWS type: configuration, checks, defaults, names, tags, differences, missing outputs."""

import json
from typing import Any, ClassVar

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.providers.aws import registry
from airflow_infra.rehearsal.providers.aws.network import Vpc
from airflow_infra.rehearsal.providers.aws.provider import aws_provider
from airflow_infra.rehearsal.providers.protocol import Diff, Properties, Provider, ProviderError
from tests.rehearsal.providers.aws.bench import Bench

ENVIRONMENT = "aws:mwaa/environment:Environment"
POLICY = "aws:iam/policy:Policy"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
VPC = "aws:ec2/vpc:Vpc"


class Stub:
    """As much of an account as a provider asks before it does anything."""

    def client(self, service: str, region: str | None = None, role_arn: str | None = None) -> Any:
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


@pytest.fixture(scope="module")
def provider() -> Provider:
    """A provider whose account is never asked: checking and comparing takes none."""
    return aws_provider(Stub())({"region": "eu-west-1", "defaultTags": '{"tags": {"owner": "data"}}'})


def refusals(provider: Provider, type_: str, **inputs: Any) -> list[str]:
    return [f"{each.property}: {each.reason}" for each in provider.check(type_, "it", inputs).failures]


def difference(provider: Provider, type_: str, old: Properties, new: Properties) -> Diff:
    before, after = (provider.check(type_, "it", inputs) for inputs in (old, new))
    assert not before.failures + after.failures
    return provider.diff(type_, "id", before.inputs, after.inputs)


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


READ = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}


class TestConfiguration:
    def test_an_account_that_is_not_allowed_is_refused(self, account: Account) -> None:
        configure = aws_provider(account)
        with pytest.raises(ProviderError, match="account 123456789012 is not allowed"):
            configure({"region": "eu-west-1", "allowedAccountIds": '["210987654321"]'})

    def test_an_account_that_is_not_allowed_sees_no_call_that_changes_it(self, account: Account) -> None:
        with pytest.raises(ProviderError):
            aws_provider(account)({"region": "eu-west-1", "allowedAccountIds": '["210987654321"]'})
        assert not account.mutating_calls()

    def test_the_assumed_role_decides_whose_account_it_is(self, account: Account) -> None:
        role = "arn:aws:iam::123456789012:role/administrator"
        provider = aws_provider(account)(
            {
                "region": "eu-west-1",
                "allowedAccountIds": '["123456789012"]',
                "assumeRoles": json.dumps([{"roleArn": role}]),
            }
        )
        identity = provider.invoke("aws:index/getCallerIdentity:getCallerIdentity", {})
        assert ":assumed-role/administrator/" in identity["arn"]

    def test_a_role_that_does_not_exist_is_refused(self, account: Account) -> None:
        inputs = {"region": "eu-west-1", "assumeRoles": '[{"roleArn": "arn:aws:iam::123456789012:role/nobody"}]'}
        with pytest.raises(ProviderError, match="AccessDenied"):
            aws_provider(account)(inputs)

    def test_a_region_is_required(self, account: Account) -> None:
        with pytest.raises(ProviderError, match="region: missing"):
            aws_provider(account)({})

    def test_a_name_left_in_snake_case_is_explained(self, account: Account) -> None:
        inputs = {"region": "eu-west-1", "assumeRoles": '[{"role_arn": "arn:aws:iam::123456789012:role/deploy"}]'}
        with pytest.raises(ProviderError, match=r"did you mean roleArn.*ProviderAssumeRoleArgs"):
            aws_provider(account)(inputs)

    def test_an_option_that_would_have_no_effect_is_refused(self, account: Account) -> None:
        with pytest.raises(ProviderError, match="profile: the rehearsal does not act on this option"):
            aws_provider(account)({"region": "eu-west-1", "profile": "work"})


class TestCheck:
    def test_an_unknown_type_is_refused_by_name(self, provider: Provider) -> None:
        assert refusals(provider, "aws:ec2/vcp:Vpc") == [
            ": unknown resource type aws:ec2/vcp:Vpc; did you mean aws:ec2/vpc:Vpc?"
        ]

    def test_an_unknown_input_is_refused_with_a_suggestion(self, provider: Provider) -> None:
        assert refusals(provider, VPC, cidrBlok="10.0.0.0/16") == ["cidrBlok: unknown name; did you mean cidrBlock?"]

    def test_a_text_where_a_flag_is_expected_is_refused(self, provider: Provider) -> None:
        assert refusals(provider, VPC, cidrBlock="10.0.0.0/16", enableDnsSupport="yes") == [
            'enableDnsSupport: expected true or false, found "yes"'
        ]

    def test_a_number_where_a_text_is_expected_is_refused(self, provider: Provider) -> None:
        assert refusals(provider, "aws:ec2/vpnGateway:VpnGateway", amazonSideAsn=64512.0) == [
            "amazonSideAsn: expected a string, found the number 64512"
        ]

    def test_a_missing_required_input_is_refused(self, provider: Provider) -> None:
        assert refusals(provider, "aws:ec2/subnet:Subnet", cidrBlock="10.0.0.0/24") == [
            "vpcId: missing: a string is required"
        ]

    def test_an_unknown_name_inside_a_block_is_refused(self, provider: Provider) -> None:
        assert refusals(provider, TEMPLATE, metadataOptions={"httpToken": "required"}) == [
            "metadataOptions.httpToken: unknown name; did you mean httpTokens?"
        ]

    def test_a_snake_case_name_inside_a_list_of_blocks_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, TEMPLATE, blockDeviceMappings=[{"device_name": "/dev/xvda"}])
        assert found == ["blockDeviceMappings[0].device_name: unknown name; did you mean deviceName?"]

    def test_a_wrong_type_inside_a_block_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, TEMPLATE, metadataOptions={"httpPutResponseHopLimit": 1.5})
        assert found == ["metadataOptions.httpPutResponseHopLimit: expected a whole number, found the number 1.5"]

    def test_an_input_that_the_rehearsal_ignores_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, "aws:ec2/natGateway:NatGateway", subnetId="subnet-1", availabilityMode="regional")
        assert found == ["availabilityMode: the rehearsal does not act on this input of aws:ec2/natGateway:NatGateway"]

    def test_every_problem_is_reported_at_once(self, provider: Provider) -> None:
        assert len(refusals(provider, "aws:ec2/subnet:Subnet", cidrBlock=1.0, zone="a")) == 3

    def test_whole_numbers_lose_the_fraction_that_the_wire_gives_them(self, provider: Provider) -> None:
        checked = provider.check(TEMPLATE, "it", {"defaultVersion": 2.0}).inputs
        assert isinstance(checked["defaultVersion"], int)

    def test_defaults_are_filled_in(self, provider: Provider) -> None:
        assert provider.check(VPC, "it", {"cidrBlock": "10.0.0.0/16"}).inputs["enableDnsSupport"] is True

    def test_a_nested_default_is_filled_in_where_its_block_is_given(self, provider: Provider) -> None:
        inputs: Properties = {"roleArn": "arn:aws:iam::123456789012:role/x", "vpcConfig": {"subnetIds": []}}
        checked = provider.check("aws:eks/cluster:Cluster", "it", inputs).inputs
        assert checked["vpcConfig"]["endpointPublicAccess"] is True

    def test_default_tags_lie_below_the_resources_own(self, provider: Provider) -> None:
        inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "it", "owner": "me"}}
        assert provider.check(VPC, "it", inputs).inputs["tagsAll"] == {"Name": "it", "owner": "me"}

    def test_a_resource_without_a_name_is_named_after_its_logical_name(self, provider: Provider) -> None:
        name = provider.check("aws:ec2/securityGroup:SecurityGroup", "web", {"vpcId": "vpc-1"}).inputs["name"]
        assert name.startswith("web-")
        assert len(name) == len("web-") + 7

    def test_a_given_name_stays(self, provider: Provider) -> None:
        inputs = {"vpcId": "vpc-1", "name": "mine"}
        assert provider.check("aws:ec2/securityGroup:SecurityGroup", "web", inputs).inputs["name"] == "mine"


class TestDocuments:
    def test_a_policy_that_is_not_json_is_refused_with_its_place(self, provider: Provider) -> None:
        assert refusals(provider, POLICY, policy='{"Statement": [}') == [
            "policy: not JSON: Expecting value at line 1, column 16"
        ]

    def test_a_statement_with_a_misspelt_key_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, POLICY, policy=policy({**READ, "Conditions": {}}))
        assert found == ["policy: Statement[0]: unknown key Conditions; did you mean Condition?"]

    def test_an_effect_that_is_neither_allow_nor_deny_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, POLICY, policy=policy({**READ, "Effect": "allow"}))
        assert found == ["policy: Statement[0]: Effect is 'allow', expected Allow or Deny"]

    def test_an_action_without_a_service_is_refused(self, provider: Provider) -> None:
        found = refusals(provider, POLICY, policy=policy({**READ, "Action": "GetObject"}))
        assert found == ["policy: Statement[0]: Action 'GetObject' is not of the form service:Name"]

    def test_a_principal_has_no_place_in_an_identity_policy(self, provider: Provider) -> None:
        found = refusals(provider, POLICY, policy=policy({**READ, "Principal": "*"}))
        assert found == ["policy: Statement[0]: Principal has no place in an identity policy"]

    def test_a_trust_policy_needs_a_principal(self, provider: Provider) -> None:
        found = refusals(
            provider, "aws:iam/role:Role", assumeRolePolicy=policy({"Effect": "Allow", "Action": "sts:AssumeRole"})
        )
        assert found == ["assumeRolePolicy: Statement[0]: expected one of Principal and NotPrincipal, found neither"]


class TestDiff:
    def test_nothing_changed_is_nothing_to_do(self, provider: Provider) -> None:
        inputs = {"cidrBlock": "10.0.0.0/16"}
        assert difference(provider, VPC, inputs, inputs) == Diff()

    def test_a_changed_tag_is_changed_in_place(self, provider: Provider) -> None:
        old: Properties = {"cidrBlock": "10.0.0.0/16", "tags": {"Name": "a"}}
        assert difference(provider, VPC, old, {**old, "tags": {"Name": "b"}}) == Diff(("tags.Name", "tagsAll.Name"))

    def test_a_changed_range_replaces(self, provider: Provider) -> None:
        found = difference(provider, VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"})
        assert found == Diff(("cidrBlock",), ("cidrBlock",))

    def test_a_nested_input_replaces_by_its_own_name(self, provider: Provider) -> None:
        old: Properties = {
            "airflowVersion": "2.10.3",
            "dagS3Path": "dags/",
            "executionRoleArn": "arn:aws:iam::123456789012:role/x",
            "name": "airflow",
            "networkConfiguration": {"securityGroupIds": ["sg-1"], "subnetIds": ["subnet-1", "subnet-2"]},
            "sourceBucketArn": "arn:aws:s3:::bucket",
        }
        networks = {"securityGroupIds": ["sg-2"], "subnetIds": ["subnet-1", "subnet-3"]}
        found = difference(provider, ENVIRONMENT, old, {**old, "networkConfiguration": networks})
        assert found.replaces == ("networkConfiguration.subnetIds",)

    @pytest.mark.parametrize(
        ("before", "after", "replaces"),
        [("2.10.3", "3.0.1", True), ("2.10.3", "2.11.0", False), ("3.0.1", "2.10.3", False)],
    )
    def test_an_environment_is_replaced_when_airflows_major_version_rises(
        self, provider: Provider, before: str, after: str, replaces: bool
    ) -> None:
        old: Properties = {
            "airflowVersion": before,
            "dagS3Path": "dags/",
            "executionRoleArn": "arn:aws:iam::123456789012:role/x",
            "networkConfiguration": {"securityGroupIds": ["sg-1"], "subnetIds": ["subnet-1"]},
            "sourceBucketArn": "arn:aws:s3:::bucket",
        }
        found = difference(provider, ENVIRONMENT, old, {**old, "airflowVersion": after})
        assert found.replaces == (("airflowVersion",) if replaces else ())

    def test_another_kind_of_peer_replaces_a_rule(self, provider: Provider) -> None:
        old = {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
        new = {"securityGroupId": "sg-1", "ipProtocol": "-1", "referencedSecurityGroupId": "sg-2"}
        assert set(difference(provider, RULE, old, new).replaces) == {"cidrIpv4", "referencedSecurityGroupId"}

    def test_another_peer_of_the_same_kind_is_changed_in_place(self, provider: Provider) -> None:
        old = {"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
        assert difference(provider, RULE, old, {**old, "cidrIpv4": "10.0.0.0/9"}) == Diff(("cidrIpv4",))

    def test_an_explicit_name_makes_the_old_one_go_first(self, provider: Provider) -> None:
        old = {"name": "web", "vpcId": "vpc-1"}
        type_ = "aws:ec2/securityGroup:SecurityGroup"
        assert difference(provider, type_, old, {**old, "vpcId": "vpc-2"}).delete_before_replace

    def test_a_name_of_our_own_making_lets_the_new_one_come_first(self, provider: Provider) -> None:
        found = difference(provider, "aws:ec2/securityGroup:SecurityGroup", {"vpcId": "vpc-1"}, {"vpcId": "vpc-2"})
        assert found.replaces
        assert not found.delete_before_replace

    def test_a_flagged_type_goes_first_always(self, provider: Provider) -> None:
        old = {"role": "a", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
        found = difference(provider, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", old, {**old, "role": "b"})
        assert found.delete_before_replace

    def test_a_policy_that_means_the_same_is_the_same(self, provider: Provider) -> None:
        other = {"Statement": {**READ, "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["*"]}}
        new = json.dumps({"Version": "2012-10-17", **other}, indent=2)
        assert difference(provider, POLICY, {"policy": policy(READ)}, {"policy": new}) == Diff()

    def test_the_order_of_a_set_means_nothing(self, provider: Provider) -> None:
        old = {"subnetIds": ["subnet-1", "subnet-2"], "transitGatewayId": "tgw-1", "vpcId": "vpc-1"}
        new = {**old, "subnetIds": ["subnet-2", "subnet-1"]}
        assert difference(provider, "aws:ec2transitgateway/vpcAttachment:VpcAttachment", old, new) == Diff()

    def test_an_empty_list_is_the_same_as_none(self, provider: Provider) -> None:
        assert difference(provider, TEMPLATE, {"name": "a", "blockDeviceMappings": []}, {"name": "a"}) == Diff()

    def test_a_flag_that_is_switched_off_is_a_change(self, provider: Provider) -> None:
        old = {"name": "a", "updateDefaultVersion": True}
        assert difference(provider, TEMPLATE, old, {**old, "updateDefaultVersion": False}).changed

    def test_naming_the_providers_own_region_changes_nothing(self, provider: Provider) -> None:
        old = {"cidrBlock": "10.0.0.0/16"}
        assert difference(provider, VPC, old, {**old, "region": "eu-west-1"}) == Diff()

    def test_another_region_replaces(self, provider: Provider) -> None:
        old = {"cidrBlock": "10.0.0.0/16"}
        assert difference(provider, VPC, old, {**old, "region": "eu-west-2"}).replaces == ("region",)

    def test_taking_away_what_aws_fills_in_changes_nothing(self, provider: Provider) -> None:
        old = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-west-1a"}
        new = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
        assert difference(provider, "aws:ec2/subnet:Subnet", old, new) == Diff()


class Forgetful(Vpc):
    """A VPC whose class forgot to read its ARN."""

    type: ClassVar[str] = VPC

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        read = super().read(id_, inputs)
        return read and {name: value for name, value in read.items() if name != "arn"}


class TestOutputs:
    def test_a_missing_output_is_an_error_that_names_it(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(registry._classes("ec2"), VPC, Forgetful)
        with pytest.raises(ProviderError, match=r"missing output arn of aws:ec2/vpc:Vpc.*Forgetful.read"):
            bench.make(VPC, "it", {"cidrBlock": "10.0.0.0/16"})

    def test_the_outputs_hold_inputs_defaults_and_what_was_read(self, bench: Bench) -> None:
        outputs = bench.make(VPC, "it", {"cidrBlock": "10.0.0.0/16"}).outputs
        found = {name: outputs[name] for name in ("cidrBlock", "enableDnsSupport", "ownerId", "region")}
        assert found == {
            "cidrBlock": "10.0.0.0/16",
            "enableDnsSupport": True,
            "ownerId": "123456789012",
            "region": "eu-west-1",
        }

    def test_an_error_of_the_account_is_told_with_operation_code_and_message(self, bench: Bench) -> None:
        with pytest.raises(ProviderError, match=r"Vpc it: create: CreateVpc: InvalidVpc.Range: "):
            bench.make(VPC, "it", {"cidrBlock": "10.0.0.0/8"})


class TestInvoke:
    def test_an_unknown_function_is_refused_by_name(self, bench: Bench) -> None:
        with pytest.raises(ProviderError, match="aws:index/getRegio:getRegio; did you mean aws:index/getRegion"):
            bench.provider.invoke("aws:index/getRegio:getRegio", {})

    def test_an_unknown_argument_is_refused(self, bench: Bench) -> None:
        with pytest.raises(ProviderError, match="stat: unknown name; did you mean state"):
            bench.provider.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"stat": "available"})

    def test_availability_zones_come_in_the_order_of_their_names(self, bench: Bench) -> None:
        zones = bench.provider.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"})
        assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]

    def test_a_region_is_described(self, bench: Bench) -> None:
        region = bench.provider.invoke("aws:index/getRegion:getRegion", {})
        assert (region["region"], region["description"]) == ("eu-west-1", "Europe (Ireland)")
