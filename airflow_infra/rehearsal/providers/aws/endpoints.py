"""VPC endpoints."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.calls import State, ignoring, wait_until
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "InvalidVpcEndpointId.NotFound"
_MEMBERS = {
    "routeTableIds": "RouteTableIds",
    "securityGroupIds": "SecurityGroupIds",
    "subnetIds": "SubnetIds",
}


class VpcEndpoint(Ec2Resource):
    """An endpoint of an AWS service in a VPC: a gateway in route tables, or an interface in subnets."""

    type: ClassVar[str] = "aws:ec2/vpcEndpoint:VpcEndpoint"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("policy", "privateDnsEnabled", "serviceName", "tags", "tagsAll", "vpcEndpointType", "vpcId", *_MEMBERS)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it and wait until it is available."""
        if "serviceName" not in inputs:
            raise ProviderError("serviceName: missing: the rehearsal knows endpoints of AWS services only")
        optional: dict[str, str] = _MEMBERS | {"policy": "PolicyDocument", "privateDnsEnabled": "PrivateDnsEnabled"}
        endpoint = self.ec2.create_vpc_endpoint(
            VpcId=inputs["vpcId"],
            VpcEndpointType=inputs["vpcEndpointType"],
            ServiceName=inputs["serviceName"],
            TagSpecifications=tag_specifications("vpc-endpoint", inputs),
            **{parameter: inputs[name] for name, parameter in optional.items() if name in inputs},
        )["VpcEndpoint"]
        id_ = endpoint["VpcEndpointId"]
        if endpoint["State"] != "available":
            wait_until(id_, lambda: self._state(id_), ("available", "pendingAcceptance"), ("pending",))
        return id_

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Where it stands, its names and interfaces."""
        endpoint = self._endpoint(id_)
        if endpoint is None or endpoint["State"] in ("deleted", "deleting"):
            return None
        gateway = endpoint["VpcEndpointType"] == "Gateway"
        return {
            "arn": self.arn("vpc-endpoint", id_),
            "dnsEntries": [
                {"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")}
                for entry in endpoint.get("DnsEntries", [])
            ],
            "ipAddressType": endpoint.get("IpAddressType"),
            "networkInterfaceIds": endpoint.get("NetworkInterfaceIds", []),
            "ownerId": endpoint["OwnerId"],
            "policy": endpoint.get("PolicyDocument"),
            "prefixListId": self._prefix_list(endpoint["ServiceName"]) if gateway else "",
            "privateDnsEnabled": endpoint["PrivateDnsEnabled"],
            "requesterManaged": endpoint.get("RequesterManaged"),
            "routeTableIds": endpoint.get("RouteTableIds", []),
            "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])],
            "serviceName": endpoint["ServiceName"],
            "serviceRegion": endpoint.get("ServiceRegion"),
            "state": endpoint["State"],
            "subnetIds": endpoint.get("SubnetIds", []),
            "vpcEndpointType": endpoint["VpcEndpointType"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Add and remove route tables, subnets and security groups; set policy, private DNS and tags."""
        request: dict[str, Any] = {}
        for name in changed & _MEMBERS.keys():
            before, after = set(old.get(name, [])), set(new.get(name, []))
            request |= {f"Add{_MEMBERS[name]}": sorted(after - before)} if after - before else {}
            request |= {f"Remove{_MEMBERS[name]}": sorted(before - after)} if before - after else {}
        if "policy" in changed:
            request |= {"PolicyDocument": new["policy"]} if "policy" in new else {"ResetPolicy": True}
        if "privateDnsEnabled" in changed:
            request["PrivateDnsEnabled"] = new.get("privateDnsEnabled", False)
        if request:
            self.ec2.modify_vpc_endpoint(VpcEndpointId=id_, **request)
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait until it is gone. EC2 answers with what it could not delete rather than an error."""
        with ignoring(_GONE):
            failed = self.ec2.delete_vpc_endpoints(VpcEndpointIds=[id_]).get("Unsuccessful", [])
            reasons = [each["Error"] for each in failed if each["Error"]["Code"] != _GONE]
            if reasons:
                raise ProviderError(f"DeleteVpcEndpoints: {reasons[0]['Code']}: {reasons[0]['Message']}")
            wait_until(id_, lambda: self._state(id_), ("deleted",), ("deleting",))

    def _endpoint(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"], _GONE)

    def _state(self, id_: str) -> State:
        return State((self._endpoint(id_) or {"State": "deleted"})["State"])

    def _prefix_list(self, service_name: str) -> str:
        lists = self.ec2.describe_prefix_lists()["PrefixLists"]
        return next((each["PrefixListId"] for each in lists if each["PrefixListName"] == service_name), "")


RESOURCES: tuple[type[Resource], ...] = (VpcEndpoint,)
