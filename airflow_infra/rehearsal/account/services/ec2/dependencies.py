"""EC2: what cannot be deleted because something still needs it."""

from typing import Any

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends


class Dependencies(Service):
    """moto deletes subnets, security groups and addresses under the feet of what uses them."""

    name = "ec2"
    invalid_code = "InvalidParameterValue"

    def delete_subnet(self, request: Request) -> Answer:
        """Let moto delete a subnet that holds no network interface."""
        subnet_id = request.params["SubnetId"]
        self._refuse_if_used("subnet", subnet_id, self._interfaces(request, "subnet-id", subnet_id))
        return None

    def delete_vpc(self, request: Request) -> Answer:
        """Delete an empty VPC with its default network ACL, which moto leaves behind."""
        vpc_id = request.params["VpcId"]
        self._refuse_if_used("vpc", vpc_id, self._contents(request, vpc_id))
        ec2 = self._ec2(request)
        by_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "default", "Values": ["true"]}]
        lists = ec2.describe_network_acls(Filters=by_vpc)["NetworkAcls"]
        answer = ec2.delete_vpc(VpcId=vpc_id)
        backend: Any = ec2_backends[request.account][request.region]
        for default in lists:
            backend.network_acls.pop(default["NetworkAclId"], None)
        return answer

    def _contents(self, request: Request, vpc_id: str) -> list[str]:
        """What has to go before a VPC can."""
        ec2 = self._ec2(request)
        by_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
        by_attachment = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
        return [
            *(subnet["SubnetId"] for subnet in ec2.describe_subnets(Filters=by_vpc)["Subnets"]),
            *(
                group["GroupId"]
                for group in ec2.describe_security_groups(Filters=by_vpc)["SecurityGroups"]
                if group["GroupName"] != "default"
            ),
            *(
                table["RouteTableId"]
                for table in ec2.describe_route_tables(Filters=by_vpc)["RouteTables"]
                if not any(association["Main"] for association in table["Associations"])
            ),
            *(
                gateway["InternetGatewayId"]
                for gateway in ec2.describe_internet_gateways(Filters=by_attachment)["InternetGateways"]
            ),
            *(
                gateway["VpnGatewayId"]
                for gateway in ec2.describe_vpn_gateways(Filters=by_attachment)["VpnGateways"]
                if any(attachment["State"] == "attached" for attachment in gateway["VpcAttachments"])
            ),
            *(
                endpoint["VpcEndpointId"]
                for endpoint in ec2.describe_vpc_endpoints(Filters=by_vpc)["VpcEndpoints"]
                if endpoint["State"] != "deleted"
            ),
        ]

    def delete_security_group(self, request: Request) -> Answer:
        """Let moto delete a group that no network interface and no other group's rule uses."""
        group_id = request.params.get("GroupId", "")
        users = self._interfaces(request, "group-id", group_id)
        for direction in ("ip-permission", "egress.ip-permission"):
            by_rule = [{"Name": f"{direction}.group-id", "Values": [group_id]}]
            groups = self._ec2(request).describe_security_groups(Filters=by_rule)["SecurityGroups"]
            users += [group["GroupId"] for group in groups if group["GroupId"] != group_id]
        self._refuse_if_used("resource", group_id, users)
        return None

    def detach_internet_gateway(self, request: Request) -> Answer:
        """Let moto detach a gateway from a VPC without public addresses."""
        vpc_id = request.params["VpcId"]
        interfaces = set(self._interfaces(request, "vpc-id", vpc_id))
        mapped = [
            address["AllocationId"]
            for address in self._ec2(request).describe_addresses()["Addresses"]
            if address.get("NetworkInterfaceId") in interfaces
        ]
        if mapped:
            raise AwsError(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es): {', '.join(mapped)}. "
                "Please unmap those public address(es) before detaching the gateway.",
            )
        return None

    def release_address(self, request: Request) -> Answer:
        """Let moto release an address that nothing uses."""
        id_ = request.params.get("AllocationId")
        for address in self._ec2(request).describe_addresses()["Addresses"]:
            if address.get("AllocationId") == id_ and address.get("AssociationId"):
                raise AwsError(
                    "InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use by {address['AssociationId']}"
                )
        return None

    def delete_nat_gateway(self, request: Request) -> Answer:
        """Delete a NAT gateway with its network interface, and free its address, which moto leaves behind."""
        ec2 = self._ec2(request)
        by_id = [{"Name": "nat-gateway-id", "Values": [request.params["NatGatewayId"]]}]
        gateways = ec2.describe_nat_gateways(Filters=by_id)["NatGateways"]
        if not gateways:
            raise AwsError("NatGatewayNotFound", f"The Nat Gateway {request.params['NatGatewayId']} was not found")
        answer: dict[str, Any] = ec2.delete_nat_gateway(NatGatewayId=request.params["NatGatewayId"])
        if gateways[0]["State"] == "deleted":
            return answer
        for address in gateways[0]["NatGatewayAddresses"]:
            if "AssociationId" in address:
                ec2.disassociate_address(AssociationId=address["AssociationId"])
            if "NetworkInterfaceId" in address:
                ec2.delete_network_interface(NetworkInterfaceId=address["NetworkInterfaceId"])
        return answer

    def _ec2(self, request: Request) -> Any:
        return self._emulator.client("ec2", request.account, request.region)

    def _interfaces(self, request: Request, filter_name: str, value: str) -> list[str]:
        by_value = [{"Name": filter_name, "Values": [value]}]
        found = self._ec2(request).describe_network_interfaces(Filters=by_value)["NetworkInterfaces"]
        return [interface["NetworkInterfaceId"] for interface in found]

    def _refuse_if_used(self, what: str, id_: str, users: list[str]) -> None:
        if users:
            raise AwsError(
                "DependencyViolation",
                f"The {what} '{id_}' has dependencies and cannot be deleted: {', '.join(users)}",
            )
