"""EC2: smaller gaps of moto in VPC endpoints, flow logs and images."""

from typing import Any

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service
from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends


class Gaps(Service):
    """Answers of moto that need a hand, and questions that it could only answer wrongly."""

    name = "ec2"
    invalid_code = "InvalidParameterValue"

    def create_vpc_endpoint(self, request: Request) -> Answer:
        """Let moto create an endpoint, and put an interface endpoint's interfaces into its security groups."""
        ec2 = self._ec2(request)
        answer = ec2.create_vpc_endpoint(**request.params)
        groups = request.params.get("SecurityGroupIds")
        for interface in answer["VpcEndpoint"]["NetworkInterfaceIds"] if groups else []:
            ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=groups)
        return answer

    def modify_vpc_endpoint(self, request: Request) -> Answer:
        """Let moto modify an endpoint, and keep a gateway endpoint's route in its route tables and in no others."""
        answer = self._ec2(request).modify_vpc_endpoint(**request.params)
        backend: Any = ec2_backends[request.account][request.region]
        endpoint_id = request.params["VpcEndpointId"]
        prefix_list = backend.vpc_end_points[endpoint_id].destination_prefix_list_id
        for table_id in request.params.get("AddRouteTableIds", []):
            backend.create_route(table_id, None, gateway_id=endpoint_id, destination_prefix_list_id=prefix_list)
        for table_id in request.params.get("RemoveRouteTableIds", []):
            backend.delete_route(table_id, prefix_list)
        return answer

    def describe_flow_logs(self, request: Request) -> Answer:
        """Say whether a flow log delivers. moto fails every one that names its log group by ARN."""
        answer = self._ec2(request).describe_flow_logs(**request.params)
        logs = self._emulator.client("logs", request.account, request.region)
        for flow_log in answer["FlowLogs"]:
            if flow_log["LogDestinationType"] != "cloud-watch-logs":
                continue
            destination = flow_log.get("LogGroupName") or flow_log["LogDestination"].split(":log-group:")[-1]
            name = destination.removesuffix(":*")
            groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            if any(group["logGroupName"] == name for group in groups):
                flow_log["DeliverLogsStatus"] = "SUCCESS"
                flow_log.pop("DeliverLogsErrorMessage", None)
        return {"FlowLogs": answer["FlowLogs"]}

    def describe_images(self, request: Request) -> Answer:
        """Refuse: moto's images are years old."""
        raise NotModelledError(f"the rehearsal does not model ec2:{request.operation}: it knows no machine images")

    def describe_vpc_endpoint_services(self, request: Request) -> Answer:
        """Refuse: moto derives the list from the services that it emulates."""
        raise NotModelledError(f"the rehearsal does not model ec2:{request.operation}: it does not know AWS's services")

    def _ec2(self, request: Request) -> Any:
        return self._emulator.client("ec2", request.account, request.region)
