"""What serves and watches the VPC: endpoints, addresses, flow logs, the default security group."""

from collections.abc import Iterator

from airflow_infra.assurance.iam import POLICY_CALLS, allowed
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.vpc import TABLE_CALLS, in_vpc, label, private_subnets, private_tables, vpc
from airflow_infra.catalogue.instance_types import instance_types

# EKS recommends 16 free addresses in a subnet of the cluster (EKS user guide, network requirements).
_FOR_EKS = 16
_WRITES = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogGroup", "logs:DeleteLogStream")


def s3_endpoint(subject: Subject) -> Iterator[str]:
    """S3 is reached from every private subnet without a NAT gateway."""
    service = f"com.amazonaws.{subject.names.region}.s3"
    served = {
        table
        for endpoint in in_vpc(subject, "describe_vpc_endpoints", "VpcEndpoints")
        if (endpoint["ServiceName"], endpoint["VpcEndpointType"]) == (service, "Gateway")
        and endpoint["State"].lower() == "available"
        for table in endpoint["RouteTableIds"]
    }
    for table in private_tables(subject):
        if table["RouteTableId"] not in served:
            yield f"{label(table)} has no available gateway endpoint of {service}"


def free_addresses(subject: Subject) -> Iterator[str]:
    """Every private subnet holds all nodes: the Auto Scaling groups may put them into one zone.

    A full node takes its interfaces times their addresses (VPC CNI without prefix delegation); what the cluster's
    nodes hold already is not counted against them.
    """
    types = instance_types().types
    needed = _FOR_EKS
    for group in subject.settings.eks.cluster.node_groups:
        unknown = [name for name in group.instance_types if name not in types]
        if unknown:
            raise NotCheckedError(f"how many addresses a node takes is not known of {', '.join(unknown)}")
        needed += group.scaling_config.max_size * max(types[name].max_addresses for name in group.instance_types)
    held = _held_by_nodes(subject)
    for subnet in private_subnets(subject):
        free = subnet["AvailableIpAddressCount"] + held.get(subnet["SubnetId"], 0)
        if free < needed:
            yield f"{label(subnet)} has {free} addresses for nodes; expected {needed}, all of them in one zone"


def _held_by_nodes(subject: Subject) -> dict[str, int]:
    """Addresses that the cluster's nodes hold, by subnet."""
    of_cluster = [{"Name": "tag:eks:cluster-name", "Values": [subject.names.cluster]}]
    held: dict[str, int] = {}
    for reservation in subject.look.all("ec2", "describe_instances", "Reservations", Filters=of_cluster):
        for instance in reservation["Instances"]:
            for interface in instance.get("NetworkInterfaces", []):
                subnet = interface["SubnetId"]
                held[subnet] = held.get(subnet, 0) + len(interface["PrivateIpAddresses"])
    return held


def flow_log(subject: Subject) -> Iterator[str]:
    """The VPC's traffic is recorded."""
    id_ = vpc(subject)["VpcId"]
    of_vpc = [{"Name": "resource-id", "Values": [id_]}]
    group = f":log-group:{subject.names.flow_log_group}"
    found = [
        one
        for one in subject.look.all("ec2", "describe_flow_logs", "FlowLogs", Filters=of_vpc)
        if one.get("LogDestination", "").removesuffix(":*").endswith(group)
    ]
    if not found:
        yield f"{id_} has no flow log to {subject.names.flow_log_group}"
    wanted = subject.settings.vpc.flow_logs.traffic_type
    for one in found:
        delivery = one.get("DeliverLogsStatus", "SUCCESS")
        if one["FlowLogStatus"] != "ACTIVE" or delivery != "SUCCESS":
            error = one.get("DeliverLogsErrorMessage", "no reason given")
            yield f"{one['FlowLogId']} is {one['FlowLogStatus']}, its delivery {delivery} ({error})"
        if one["TrafficType"] not in (wanted, "ALL"):
            yield f"{one['FlowLogId']} records {one['TrafficType']} traffic; expected {wanted}"


def flow_log_group_is_apart(subject: Subject) -> Iterator[str]:
    """Tasks cannot write to the flow logs, nor delete them."""
    names = subject.names
    environment = subject.look.one("mwaa", "get_environment", Name=names.environment)["Environment"]
    role = environment["ExecutionRoleArn"].rpartition("/")[2]
    group = f"arn:aws:logs:{names.region}:{names.account_id}:log-group:{names.flow_log_group}"
    for action in _WRITES:
        if any(allowed(subject.look, role, action, arn) for arn in (group, f"{group}:log-stream:any")):
            yield f"{role} may {action} on {names.flow_log_group}"


def default_security_group(subject: Subject) -> Iterator[str]:
    """The default security group lets nothing in or out."""
    groups = in_vpc(subject, "describe_security_groups", "SecurityGroups")
    found = [group for group in groups if group["GroupName"] == "default"]
    if not found:
        yield f"{vpc(subject)['VpcId']} shows no default security group"
    for group in found:
        rules = [*group["IpPermissions"], *group["IpPermissionsEgress"]]
        if rules:
            yield f"the default security group {group['GroupId']} has {len(rules)} rules; expected none"


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "network-13",
        "Every private route table reaches S3 through a gateway endpoint",
        "medium",
        "All that tasks and nodes read from S3 is paid for by the gigabyte at the NAT gateway.",
        (*TABLE_CALLS, "ec2:DescribeVpcEndpoints"),
        s3_endpoint,
    ),
    Invariant(
        "network-15",
        "Every private subnet has addresses for all nodes at once",
        "high",
        "Pods wait for an address and never start.",
        ("ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeInstances"),
        free_addresses,
    ),
    Invariant(
        "network-16",
        "The VPC's flow log is active and delivers",
        "medium",
        "Nobody can say afterwards who talked to whom.",
        ("ec2:DescribeVpcs", "ec2:DescribeFlowLogs"),
        flow_log,
    ),
    Invariant(
        "network-17",
        "The execution role cannot write to the flow logs' group",
        "high",
        "A DAG can forge or delete the record of its own traffic.",
        ("mwaa:GetEnvironment", *POLICY_CALLS),
        flow_log_group_is_apart,
    ),
    Invariant(
        "network-18",
        "The default security group has no rules",
        "medium",
        "Whatever is created without a security group of its own reaches everything else of that kind.",
        ("ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"),
        default_security_group,
    ),
)
