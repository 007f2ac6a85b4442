"""Managed node groups of the emulated account."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from tests.rehearsal.account.world import TEMPLATE, Network, cluster, network, node_group

IMAGE = "ami-0123456789abcdef0"


@pytest.fixture
def place(account: Account) -> Network:
    made = network(account)
    cluster(account, made)
    return made


def instances(account: Account) -> list[dict[str, Any]]:
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    reservations = account.client("ec2").describe_instances(Filters=running)["Reservations"]
    return [instance for reservation in reservations for instance in reservation["Instances"]]


def auto_scaling_group(account: Account, group: dict[str, Any]) -> dict[str, Any]:
    name = group["resources"]["autoScalingGroups"][0]["name"]
    found = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return found["AutoScalingGroups"][0]


def tags_of(described: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described[key]}


def test_a_node_group_brings_an_auto_scaling_group_with_the_discovery_tags(account: Account, place: Network) -> None:
    tags = tags_of(auto_scaling_group(account, node_group(account, place)))
    assert (tags["k8s.io/cluster-autoscaler/enabled"], tags["k8s.io/cluster-autoscaler/airflow"]) == ("true", "owned")


def test_the_tags_of_a_node_group_do_not_reach_its_auto_scaling_group(account: Account, place: Network) -> None:
    group = node_group(account, place, tags={"cost-centre": "1"})
    assert "cost-centre" not in tags_of(auto_scaling_group(account, group))


def test_the_auto_scaling_group_has_the_sizes_of_the_node_group(account: Account, place: Network) -> None:
    found = auto_scaling_group(account, node_group(account, place))
    assert (found["MinSize"], found["DesiredCapacity"], found["MaxSize"], len(found["Instances"])) == (1, 2, 3, 2)


def test_instances_carry_the_tags_of_the_launch_template(account: Account, place: Network) -> None:
    node_group(account, place)
    assert [tags_of(instance)["team"] for instance in instances(account)] == ["data", "data"]


def test_volumes_carry_the_tags_of_the_launch_template(account: Account, place: Network) -> None:
    node_group(account, place)
    volumes = account.client("ec2").describe_volumes()["Volumes"]
    assert [(tags_of(volume), volume["Size"], volume["VolumeType"], volume["Encrypted"]) for volume in volumes] == [
        ({"team": "data"}, 150, "gp3", True)
    ] * 2


def test_network_interfaces_carry_the_tags_of_the_launch_template(account: Account, place: Network) -> None:
    node_group(account, place)
    attached = [{"Name": "attachment.instance-id", "Values": [item["InstanceId"] for item in instances(account)]}]
    found = account.client("ec2").describe_network_interfaces(Filters=attached)["NetworkInterfaces"]
    assert [tags_of(interface, "TagSet") for interface in found] == [{"team": "data"}] * 2


def test_without_tag_specifications_volumes_stay_untagged(account: Account, place: Network) -> None:
    node_group(account, place, template={key: value for key, value in TEMPLATE.items() if key != "TagSpecifications"})
    volumes = account.client("ec2").describe_volumes()["Volumes"]
    assert [volume.get("Tags", []) for volume in volumes] == [[], []]


def test_instances_are_spread_over_the_subnets(account: Account, place: Network) -> None:
    node_group(account, place)
    assert {instance["SubnetId"] for instance in instances(account)} == set(place.subnets)


def test_instances_require_imdsv2_where_the_template_says_so(account: Account, place: Network) -> None:
    node_group(account, place)
    assert {instance["MetadataOptions"]["HttpTokens"] for instance in instances(account)} == {"required"}


def test_a_minimum_of_zero_starts_no_instance(account: Account, place: Network) -> None:
    node_group(account, place, scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0})
    assert instances(account) == []


@pytest.mark.parametrize(
    ("template", "overrides", "message"),
    [
        ({"ImageId": IMAGE}, {}, "image id"),
        ({}, {"diskSize": 20}, "Disk size must be specified within the launch template"),
        ({"InstanceType": "t3a.large"}, {}, "not in both"),
        ({"IamInstanceProfile": {"Name": "nodes"}}, {}, "IamInstanceProfile"),
        ({"UserData": "aGVsbG8="}, {}, "MIME multipart"),
        ({}, {"releaseVersion": "1.35.8-20260923"}, r"not valid for kubernetes version 1\.36"),
        ({}, {"version": "1.37", "releaseVersion": "1.37.1-20261023"}, "greater than cluster version"),
        ({}, {"version": "1.32", "releaseVersion": "1.32.1-20250101"}, "minors behind"),
        ({}, {"instanceTypes": ["t3a.lager"]}, "do not exist"),
        ({}, {"instanceTypes": ["m7g.large"]}, "not a valid instance type for requested amiType"),
        ({}, {"amiType": "AL2023"}, "is not one of"),
        ({}, {"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 3}}, "greater than maximum size"),
        ({}, {"labels": {"eks.amazonaws.com/x": "y"}}, "reserved prefixes"),
        ({}, {"labels": {"high memory": "true"}}, "not valid in Kubernetes"),
        ({}, {"taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}]}, "is not one of"),
        ({}, {"launchTemplate": {"id": "lt-00000000000000000", "version": "1"}}, "was not found"),
        ({}, {"nodeRole": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({}, {"subnets": ["subnet-00000000"]}, "subnet-00000000"),
    ],
)
def test_what_eks_does_not_take_is_refused(
    account: Account, place: Network, template: dict[str, Any], overrides: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        node_group(account, place, template=TEMPLATE | template, **overrides)


def test_a_second_group_of_the_same_name_is_refused(account: Account, place: Network) -> None:
    group = node_group(account, place)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        account.client("eks").create_nodegroup(
            clusterName="airflow",
            nodegroupName="standard",
            subnets=place.subnets,
            nodeRole=group["nodeRole"],
            releaseVersion="1.36.4-20261003",
        )


def test_a_changed_scaling_starts_and_ends_instances(account: Account, place: Network) -> None:
    node_group(account, place)
    counts: list[int] = []
    for desired in (3, 1):
        account.client("eks").update_nodegroup_config(
            clusterName="airflow", nodegroupName="standard", scalingConfig={"desiredSize": desired}
        )
        counts.append(len(instances(account)))
    assert counts == [3, 1]


def test_labels_are_added_and_removed(account: Account, place: Network) -> None:
    node_group(account, place, labels={"a": "1", "b": "2"})
    eks = account.client("eks")
    eks.update_nodegroup_config(
        clusterName="airflow",
        nodegroupName="standard",
        labels={"addOrUpdateLabels": {"c": "3"}, "removeLabels": ["a"]},
    )
    found = eks.describe_nodegroup(clusterName="airflow", nodegroupName="standard")["nodegroup"]
    assert found["labels"] == {"b": "2", "c": "3"}


def test_taints_are_added_and_removed(account: Account, place: Network) -> None:
    old = {"key": "a", "value": "1", "effect": "NO_SCHEDULE"}
    new = {"key": "b", "value": "2", "effect": "NO_SCHEDULE"}
    node_group(account, place, taints=[old])
    eks = account.client("eks")
    eks.update_nodegroup_config(
        clusterName="airflow", nodegroupName="standard", taints={"addOrUpdateTaints": [new], "removeTaints": [old]}
    )
    assert eks.describe_nodegroup(clusterName="airflow", nodegroupName="standard")["nodegroup"]["taints"] == [new]


def test_another_release_rolls_every_node(account: Account, place: Network) -> None:
    node_group(account, place)
    before = {instance["InstanceId"] for instance in instances(account)}
    account.client("eks").update_nodegroup_version(
        clusterName="airflow", nodegroupName="standard", releaseVersion="1.36.5-20261101"
    )
    after = {instance["InstanceId"] for instance in instances(account)}
    assert (len(after), before & after) == (2, set())


def test_another_template_version_tags_the_new_nodes(account: Account, place: Network) -> None:
    template_id = node_group(account, place)["launchTemplate"]["id"]
    specifications = [{"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "platform"}]}]
    account.client("ec2").create_launch_template_version(
        LaunchTemplateId=template_id, LaunchTemplateData=TEMPLATE | {"TagSpecifications": specifications}
    )
    account.client("eks").update_nodegroup_version(
        clusterName="airflow", nodegroupName="standard", launchTemplate={"id": template_id, "version": "2"}
    )
    assert {tags_of(instance)["team"] for instance in instances(account)} == {"platform"}


def test_nodes_cannot_be_downgraded(account: Account, place: Network) -> None:
    node_group(account, place)
    with pytest.raises(ClientError, match="cannot be downgraded"):
        account.client("eks").update_nodegroup_version(
            clusterName="airflow", nodegroupName="standard", version="1.35", releaseVersion="1.35.8-20260923"
        )


def test_a_deleted_group_leaves_nothing_that_eks_made(account: Account, place: Network) -> None:
    ec2 = account.client("ec2")
    before = len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    node_group(account, place)
    account.client("eks").delete_nodegroup(clusterName="airflow", nodegroupName="standard")
    left = (
        instances(account),
        ec2.describe_volumes()["Volumes"],
        len(ec2.describe_network_interfaces()["NetworkInterfaces"]) - before,
        account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"],
        [template["LaunchTemplateName"] for template in ec2.describe_launch_templates()["LaunchTemplates"]],
    )
    assert left == ([], [], 0, [], ["standard"])


def test_the_nodes_join_by_an_access_entry_of_eks(account: Account, place: Network) -> None:
    group = node_group(account, place)
    entry = account.client("eks").describe_access_entry(clusterName="airflow", principalArn=group["nodeRole"])
    assert entry["accessEntry"]["type"] == "EC2_LINUX"
