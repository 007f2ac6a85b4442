"""Everything that stands in an account, asked through boto3, so that two moments can be compared."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Inventory = dict[str, str]
"""Notes, which may be empty, by unique name such as `ec2 vpc vpc-0123`."""
Client = Callable[[str], Any]
Item = tuple[str, str]

_ENDED = {"deleted", "deleting", "rejected", "terminated", "shutting-down"}


def inventory(client: Client, services: Iterable[str]) -> Inventory:
    """Everything of the services that stands.

    What goes by itself is left out: KMS keys that await their deletion, secrets in their recovery window, terminated
    instances, and gateways and attachments that AWS still shows as deleted. So is what AWS itself keeps in every
    account (aliases `alias/aws/*`, AWS's own policies).

    Args:
        client: gives the boto3 client of a service.
        services: the services to look at, of `KNOWN_SERVICES`.
    """
    found: Inventory = {}
    for service in services:
        for name, note in KNOWN_SERVICES[service](client(service)):
            found[f"{service} {name}"] = note
    return found


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    if not client.can_paginate(operation):
        yield from getattr(client, operation)(**arguments)[key]
        return
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def _label(item: Mapping[str, Any]) -> str:
    """The item's Name tag, or its name or description."""
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags") or item.get("TagSet") or []}
    return tags.get("Name") or item.get("GroupName") or item.get("Description") or ""


_EC2: tuple[tuple[str, str, str, str], ...] = (
    ("vpc", "describe_vpcs", "Vpcs", "VpcId"),
    ("subnet", "describe_subnets", "Subnets", "SubnetId"),
    ("security group", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("route table", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("network ACL", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    ("internet gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("NAT gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("VPN gateway", "describe_vpn_gateways", "VpnGateways", "VpnGatewayId"),
    ("elastic IP", "describe_addresses", "Addresses", "AllocationId"),
    ("VPC endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("flow log", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("network interface", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("volume", "describe_volumes", "Volumes", "VolumeId"),
    ("launch template", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
    (
        "transit gateway attachment",
        "describe_transit_gateway_vpc_attachments",
        "TransitGatewayVpcAttachments",
        "TransitGatewayAttachmentId",
    ),
)


def _ec2(client: Any) -> Iterator[Item]:
    for what, operation, key, id_key in _EC2:
        for item in _pages(client, operation, key):
            if item.get("State") not in _ENDED:
                yield f"{what} {item[id_key]}", _label(item)
    for reservation in _pages(client, "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in _ENDED:
                yield f"instance {instance['InstanceId']}", _label(instance)
    for prefix_list in _pages(client, "describe_managed_prefix_lists", "PrefixLists"):
        if prefix_list["OwnerId"] != "AWS":
            yield f"prefix list {prefix_list['PrefixListId']}", prefix_list["PrefixListName"]


def _eks(client: Any) -> Iterator[Item]:
    for cluster in _pages(client, "list_clusters", "clusters"):
        yield f"cluster {cluster}", ""
        for what, operation, key in (
            ("node group", "list_nodegroups", "nodegroups"),
            ("add-on", "list_addons", "addons"),
        ):
            for name in _pages(client, operation, key, clusterName=cluster):
                yield f"{what} {cluster}/{name}", ""


def _s3(client: Any) -> Iterator[Item]:
    for bucket in client.list_buckets()["Buckets"]:
        versions = client.list_object_versions(Bucket=bucket["Name"])
        count = len(versions.get("Versions", [])) + len(versions.get("DeleteMarkers", []))
        yield f"bucket {bucket['Name']}", f"{count} object versions" if count else ""


def _iam(client: Any) -> Iterator[Item]:
    for what, operation, key, name_key, arguments in (
        ("role", "list_roles", "Roles", "RoleName", {}),
        ("policy", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
        ("user", "list_users", "Users", "UserName", {}),
        ("instance profile", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", {}),
    ):
        for item in _pages(client, operation, key, **arguments):
            yield f"{what} {item[name_key]}", ""
    for provider in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        yield f"OIDC provider {provider['Arn'].split('/', 1)[-1]}", ""


def _kms(client: Any) -> Iterator[Item]:
    for key in _pages(client, "list_keys", "Keys"):
        metadata = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if metadata["KeyManager"] == "CUSTOMER" and metadata["KeyState"] != "PendingDeletion":
            yield f"key {key['KeyId']}", metadata["Description"]
    for alias in _pages(client, "list_aliases", "Aliases"):
        if not alias["AliasName"].startswith("alias/aws/"):
            yield f"alias {alias['AliasName']}", ""


def _logs(client: Any) -> Iterator[Item]:
    for group in _pages(client, "describe_log_groups", "logGroups"):
        yield f"log group {group['logGroupName']}", "" if "retentionInDays" in group else "never expires"
    for policy in client.describe_resource_policies()["resourcePolicies"]:
        yield f"resource policy {policy['policyName']}", ""


def _sns(client: Any) -> Iterator[Item]:
    for topic in _pages(client, "list_topics", "Topics"):
        yield f"topic {topic['TopicArn'].rsplit(':', 1)[-1]}", ""
    for subscription in _pages(client, "list_subscriptions", "Subscriptions"):
        yield f"subscription {subscription['SubscriptionArn']}", ""


def _cloudwatch(client: Any) -> Iterator[Item]:
    for page in client.get_paginator("describe_alarms").paginate():
        for alarm in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])):
            yield f"alarm {alarm['AlarmName']}", ""
    for dashboard in _pages(client, "list_dashboards", "DashboardEntries"):
        yield f"dashboard {dashboard['DashboardName']}", ""


def _named(what: str, operation: str, key: str, name_key: str | None) -> Callable[[Any], Iterator[Item]]:
    """A service of which one list says all."""

    def items(client: Any) -> Iterator[Item]:
        for item in _pages(client, operation, key):
            yield f"{what} {item[name_key] if name_key else item}", ""

    return items


KNOWN_SERVICES: Mapping[str, Callable[[Any], Iterator[Item]]] = {
    "autoscaling": _named(
        "Auto Scaling group", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"
    ),
    "cloudwatch": _cloudwatch,
    "ec2": _ec2,
    "eks": _eks,
    "events": _named("rule", "list_rules", "Rules", "Name"),
    "iam": _iam,
    "kms": _kms,
    "lambda": _named("function", "list_functions", "Functions", "FunctionName"),
    "logs": _logs,
    "mwaa": _named("environment", "list_environments", "Environments", None),
    "s3": _s3,
    "scheduler": _named("schedule", "list_schedules", "Schedules", "Name"),
    "secretsmanager": _named("secret", "list_secrets", "SecretList", "Name"),
    "sesv2": _named("email identity", "list_email_identities", "EmailIdentities", "IdentityName"),
    "sns": _sns,
    "sqs": lambda client: ((f"queue {url}", "") for url in client.list_queues().get("QueueUrls", [])),
    "ssm": _named("parameter", "describe_parameters", "Parameters", "Name"),
}
"""Services that can be looked at."""
