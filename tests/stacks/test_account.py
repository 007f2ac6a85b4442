"""What a deployed account holds, asked through boto3."""

from typing import Any

import pytest

from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack

EFFECTS = {"NoSchedule": "NO_SCHEDULE", "PreferNoSchedule": "PREFER_NO_SCHEDULE", "NoExecute": "NO_EXECUTE"}


@pytest.fixture
def names(stack: Stack) -> Names:
    return Names(stack.name, stack.settings.account.id, stack.settings.account.region)


def client(standing: Rehearsal, service: str) -> Any:
    environment = standing.environment
    assert isinstance(environment, EmulatedAws)
    return environment.account.client(service)


def auto_scaling_groups(standing: Rehearsal, names: Names) -> dict[str, dict[str, Any]]:
    """Auto Scaling group by node group."""
    eks, groups = client(standing, "eks"), client(standing, "autoscaling").describe_auto_scaling_groups()
    by_name = {group["AutoScalingGroupName"]: group for group in groups["AutoScalingGroups"]}
    found: dict[str, dict[str, Any]] = {}
    for node_group in eks.list_nodegroups(clusterName=names.cluster)["nodegroups"]:
        described = eks.describe_nodegroup(clusterName=names.cluster, nodegroupName=node_group)["nodegroup"]
        found[node_group] = by_name[described["resources"]["autoScalingGroups"][0]["name"]]
    return found


def test_both_node_groups_stand_with_their_labels_and_taints(standing: Rehearsal, stack: Stack, names: Names) -> None:
    eks = client(standing, "eks")
    for group in stack.settings.eks.cluster.node_groups:
        described = eks.describe_nodegroup(clusterName=names.cluster, nodegroupName=group.name)["nodegroup"]
        assert described["status"] == "ACTIVE"
        assert described.get("labels", {}) == group.labels
        assert [(taint["key"], taint["value"], taint["effect"]) for taint in described.get("taints", [])] == [
            (taint.key, taint.value, EFFECTS[taint.effect]) for taint in group.taints
        ]


def test_auto_scaling_groups_carry_the_stacks_tags_and_the_autoscalers(
    standing: Rehearsal, stack: Stack, names: Names
) -> None:
    for group in auto_scaling_groups(standing, names).values():
        tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
        assert stack.settings.tags.items() <= tags.items()
        assert tags["k8s.io/cluster-autoscaler/enabled"] == "true"
        assert tags[f"k8s.io/cluster-autoscaler/{names.cluster}"] == "owned"


def test_the_high_memory_group_can_start_from_zero(standing: Rehearsal, names: Names) -> None:
    group = auto_scaling_groups(standing, names)["high-memory"]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    template = "k8s.io/cluster-autoscaler/node-template"
    assert tags[f"{template}/label/high-memory"] == "true"
    assert tags[f"{template}/taint/high-memory"] == "true:NoSchedule"
    assert f"{template}/resources/ephemeral-storage" in tags


def test_no_instance_and_no_volume_starts_untagged(standing: Rehearsal, stack: Stack) -> None:
    ec2 = client(standing, "ec2")
    reservations = ec2.describe_instances()["Reservations"]
    carriers = [instance for reservation in reservations for instance in reservation["Instances"]]
    carriers += ec2.describe_volumes()["Volumes"]
    assert len(carriers) >= 2
    for carrier in carriers:
        assert stack.settings.tags.items() <= {tag["Key"]: tag["Value"] for tag in carrier.get("Tags", [])}.items()


def test_the_five_log_groups_expire(standing: Rehearsal, stack: Stack, names: Names) -> None:
    groups = client(standing, "logs").describe_log_groups(logGroupNamePrefix=f"airflow-{names.environment}-")
    retention = {group["logGroupName"]: group.get("retentionInDays") for group in groups["logGroups"]}
    assert retention == dict.fromkeys(names.airflow_log_groups, stack.settings.mwaa.log_retention_days)


def test_the_environment_names_the_newest_version_of_its_requirements(standing: Rehearsal, names: Names) -> None:
    environment = client(standing, "mwaa").get_environment(Name=names.environment)["Environment"]
    newest = client(standing, "s3").head_object(Bucket=names.bucket, Key="requirements.txt")["VersionId"]
    assert environment["Status"] == "AVAILABLE"
    assert environment["RequirementsS3ObjectVersion"] == newest


def test_every_gateway_is_attached(standing: Rehearsal, stack: Stack) -> None:
    attachments = client(standing, "ec2").describe_transit_gateway_vpc_attachments()["TransitGatewayVpcAttachments"]
    assert {one["TransitGatewayId"]: one["State"] for one in attachments} == {
        gateway.id: "available" for gateway in stack.settings.vpc.transit_gateways
    }


def test_every_route_to_a_gateway_is_in_every_private_table(standing: Rehearsal, stack: Stack) -> None:
    tables = client(standing, "ec2").describe_route_tables()["RouteTables"]
    private = [table for table in tables if any(route.get("NatGatewayId") for route in table["Routes"])]
    wanted = {(gateway.id, cidr) for gateway in stack.settings.vpc.transit_gateways for cidr in gateway.routes}
    assert len(private) == len(stack.settings.vpc.private_subnets)
    for table in private:
        routes = {(route.get("TransitGatewayId"), route.get("DestinationCidrBlock")) for route in table["Routes"]}
        assert wanted <= routes


def test_mwaa_and_the_administrators_have_access_entries(standing: Rehearsal, stack: Stack, names: Names) -> None:
    eks = client(standing, "eks")
    execution_role = client(standing, "mwaa").get_environment(Name=names.environment)["Environment"]["ExecutionRoleArn"]
    entries = eks.list_access_entries(clusterName=names.cluster)["accessEntries"]
    mwaa = eks.describe_access_entry(clusterName=names.cluster, principalArn=execution_role)["accessEntry"]
    assert mwaa["username"] == "mwaa-service"
    assert {stack.settings.account.deploy_role_arn, *stack.settings.eks.cluster.administrators} <= set(entries)


def test_the_four_add_ons_are_the_stack_files(standing: Rehearsal, stack: Stack, names: Names) -> None:
    eks, cluster = client(standing, "eks"), stack.settings.eks.cluster
    versions = {
        name: eks.describe_addon(clusterName=names.cluster, addonName=name)["addon"]["addonVersion"]
        for name in eks.list_addons(clusterName=names.cluster)["addons"]
    }
    assert versions == {
        "vpc-cni": cluster.vpc_cni_version,
        "kube-proxy": cluster.kube_proxy_version,
        "coredns": cluster.coredns_version,
        "eks-pod-identity-agent": cluster.pod_identity_agent_version,
    }
