"""VPCs and subnets."""

from typing import ClassVar

from airflow_infra.rehearsal.providers.aws.calls import State, ignoring, wait_until
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_VPC_GONE = "InvalidVpcID.NotFound"
_SUBNET_GONE = "InvalidSubnetID.NotFound"
_VPC_ATTRIBUTES = {
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableDnsSupport": "EnableDnsSupport",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}
_SUBNET_ATTRIBUTES = {
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch",
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
}


class Vpc(Ec2Resource):
    """A VPC. AWS makes it with a main route table, a default security group and a default network ACL."""

    type: ClassVar[str] = "aws:ec2/vpc:Vpc"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("cidrBlock", "instanceTenancy", "tags", "tagsAll", *_VPC_ATTRIBUTES)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and set the attributes that are not as AWS sets them."""
        if "cidrBlock" not in inputs:
            raise ProviderError("cidrBlock: missing: the rehearsal has no IPAM pools to take a range from")
        vpc = self.ec2.create_vpc(
            CidrBlock=inputs["cidrBlock"],
            InstanceTenancy=inputs["instanceTenancy"],
            TagSpecifications=tag_specifications("vpc", inputs),
        )["Vpc"]
        id_ = vpc["VpcId"]
        if vpc["State"] != "available":
            wait_until(id_, lambda: State((self._vpc(id_) or {}).get("State", "gone")), ("available",), ("pending",))
        self._set_attributes(id_, {"enableDnsSupport": True}, inputs)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its attributes, and what AWS made with it."""
        vpc = self._vpc(id_)
        if vpc is None:
            return None
        in_vpc = {"Name": "vpc-id", "Values": [id_]}
        main = self.ec2.describe_route_tables(Filters=[in_vpc, {"Name": "association.main", "Values": ["true"]}])
        group = self.ec2.describe_security_groups(Filters=[in_vpc, {"Name": "group-name", "Values": ["default"]}])
        acl = self.ec2.describe_network_acls(Filters=[in_vpc, {"Name": "default", "Values": ["true"]}])
        attributes = {
            name: self.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[key]["Value"]
            for name, key in _VPC_ATTRIBUTES.items()
        }
        return attributes | {
            "arn": f"arn:aws:ec2:{self.region}:{vpc['OwnerId']}:vpc/{id_}",
            "cidrBlock": vpc["CidrBlock"],
            "defaultNetworkAclId": acl["NetworkAcls"][0]["NetworkAclId"],
            "defaultRouteTableId": main["RouteTables"][0]["RouteTableId"],
            "defaultSecurityGroupId": group["SecurityGroups"][0]["GroupId"],
            "dhcpOptionsId": vpc["DhcpOptionsId"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "mainRouteTableId": main["RouteTables"][0]["RouteTableId"],
            "ownerId": vpc["OwnerId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set attributes, tenancy and tags."""
        self._set_attributes(id_, old, new)
        if "instanceTenancy" in changed:
            self.ec2.modify_vpc_tenancy(VpcId=id_, InstanceTenancy=new["instanceTenancy"])
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_VPC_GONE):
            self.ec2.delete_vpc(VpcId=id_)

    def _vpc(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_vpcs(VpcIds=[id_])["Vpcs"], _VPC_GONE)

    def _set_attributes(self, id_: str, old: Properties, new: Properties) -> None:
        # Support goes on before host names, which need it, and host names go off first.
        names = sorted(_VPC_ATTRIBUTES, key=lambda name: (name == "enableDnsHostnames") == new["enableDnsSupport"])
        for name in names:
            value = new.get(name, False)
            if value != old.get(name, False):
                self.ec2.modify_vpc_attribute(VpcId=id_, **{_VPC_ATTRIBUTES[name]: {"Value": value}})


class Subnet(Ec2Resource):
    """A subnet of a VPC."""

    type: ClassVar[str] = "aws:ec2/subnet:Subnet"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("availabilityZone", "availabilityZoneId", "cidrBlock", "tags", "tagsAll", "vpcId", *_SUBNET_ATTRIBUTES)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and set the attributes that are not as AWS sets them."""
        zone = {
            parameter: inputs[name]
            for name, parameter in (
                ("availabilityZone", "AvailabilityZone"),
                ("availabilityZoneId", "AvailabilityZoneId"),
            )
            if name in inputs
        }
        subnet = self.ec2.create_subnet(
            VpcId=inputs["vpcId"],
            CidrBlock=inputs["cidrBlock"],
            TagSpecifications=tag_specifications("subnet", inputs),
            **zone,
        )["Subnet"]
        id_ = subnet["SubnetId"]
        if subnet["State"] != "available":
            wait_until(id_, lambda: State((self._subnet(id_) or {}).get("State", "gone")), ("available",), ("pending",))
        self._set_attributes(id_, {}, inputs)
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Where it lies, and its attributes."""
        subnet = self._subnet(id_)
        if subnet is None:
            return None
        names = subnet["PrivateDnsNameOptionsOnLaunch"]
        return {
            "arn": subnet["SubnetArn"],
            "assignIpv6AddressOnCreation": subnet["AssignIpv6AddressOnCreation"],
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "cidrBlock": subnet["CidrBlock"],
            "enableResourceNameDnsARecordOnLaunch": names["EnableResourceNameDnsARecord"],
            "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
            "ownerId": subnet["OwnerId"],
            "privateDnsHostnameTypeOnLaunch": names["HostnameType"],
            "vpcId": subnet["VpcId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set attributes and tags."""
        self._set_attributes(id_, old, new)
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_SUBNET_GONE):
            self.ec2.delete_subnet(SubnetId=id_)

    def _subnet(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_subnets(SubnetIds=[id_])["Subnets"], _SUBNET_GONE)

    def _set_attributes(self, id_: str, old: Properties, new: Properties) -> None:
        """One attribute a call, as EC2 wants it."""
        for name, parameter in _SUBNET_ATTRIBUTES.items():
            value = new.get(name, False)
            if value != old.get(name, False):
                self.ec2.modify_subnet_attribute(SubnetId=id_, **{parameter: {"Value": value}})


RESOURCES: tuple[type[Resource], ...] = (Vpc, Subnet)
