import json

import pytest

from airflow_infra.settings.eks import NodeGroup, ScalingConfig, Taint
from infra.eks.node_groups import allocatable_storage, block_devices, eks_taint, scale_from_zero_tags
from tests.infra.recording import Recording, Registration

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TAG = "aws:autoscaling/tag:Tag"
SCHEDULE = "aws:scheduler/schedule:Schedule"
PREFIX = "k8s.io/cluster-autoscaler/node-template"


@pytest.fixture
def standard(eks: Recording) -> Registration:
    return eks.one(NODE_GROUP, "standard")


@pytest.fixture
def high_memory(eks: Recording) -> Registration:
    return eks.one(NODE_GROUP, "high-memory")


@pytest.fixture
def template(eks: Recording) -> Registration:
    return eks.one(TEMPLATE, "high-memory")


@pytest.mark.parametrize(
    ("effect", "expected"),
    [("NoSchedule", "NO_SCHEDULE"), ("PreferNoSchedule", "PREFER_NO_SCHEDULE"), ("NoExecute", "NO_EXECUTE")],
)
def test_a_taint_is_written_as_eks_spells_it(effect: str, expected: str) -> None:
    taint = Taint.model_validate({"key": "k", "value": "v", "effect": effect})
    assert eks_taint(taint) == {"key": "k", "value": "v", "effect": expected}


def test_the_storage_promised_to_the_autoscaler_is_what_pods_can_have() -> None:
    assert allocatable_storage(150) == "134Gi"


def test_a_group_that_can_be_empty_tells_the_autoscaler_what_a_node_would_be() -> None:
    group = NodeGroup(
        name="spare",
        instance_types=("r6i.4xlarge",),
        scaling_config=ScalingConfig(min_size=0, max_size=1),
        disk_size=150,
        labels={"high-memory": "true"},
        taints=(Taint(key="high-memory", value="true", effect="NoSchedule"),),
    )
    assert scale_from_zero_tags(group) == {
        f"{PREFIX}/label/high-memory": "true",
        f"{PREFIX}/taint/high-memory": "true:NoSchedule",
        f"{PREFIX}/resources/ephemeral-storage": "134Gi",
    }


def test_a_group_that_is_never_empty_needs_no_such_tags() -> None:
    group = NodeGroup(
        name="standard",
        instance_types=("t3a.large",),
        scaling_config=ScalingConfig(min_size=1, max_size=2),
        labels={"a": "b"},
    )
    assert scale_from_zero_tags(group) == {}


def test_a_bottlerocket_node_has_the_configured_size_on_its_second_volume() -> None:
    first, second = block_devices("BOTTLEROCKET_x86_64", 150)
    assert "volume_size" not in first["ebs"]  # pyright: ignore[reportTypedDictNotRequiredAccess, reportOperatorIssue]
    assert second == {
        "device_name": "/dev/xvdb",
        "ebs": {"volume_type": "gp3", "encrypted": "true", "delete_on_termination": "true", "volume_size": 150},
    }


def test_a_launch_template_leaves_to_the_node_group_what_belongs_to_it(template: Registration) -> None:
    assert not {"imageId", "instanceType", "iamInstanceProfile", "networkInterfaces"} & set(template.inputs)


def test_a_pod_is_one_hop_too_far_from_the_nodes_credentials(template: Registration) -> None:
    assert template.inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_an_encrypted_gp3_of_the_configured_size(template: Registration) -> None:
    (device,) = template.inputs["blockDeviceMappings"]
    assert device["deviceName"] == "/dev/xvda"
    assert device["ebs"] == {
        "volumeType": "gp3",
        "encrypted": "true",
        "deleteOnTermination": "true",
        "volumeSize": 100,
    }


@pytest.mark.parametrize("kind", ["instance", "volume", "network-interface"])
def test_everything_that_a_node_brings_is_tagged_from_the_first_one_on(template: Registration, kind: str) -> None:
    tags = {each["resourceType"]: each["tags"] for each in template.inputs["tagSpecifications"]}
    assert tags[kind] == {"application": "airflow", "owner": "data", "Name": "airflow-dev-high-memory"}


def test_the_node_group_follows_the_templates_version_by_number(high_memory: Registration) -> None:
    assert high_memory.inputs["launchTemplate"] == {"id": "high-memory-id", "version": "1"}


def test_labels_and_taints_are_the_settings(high_memory: Registration) -> None:
    assert high_memory.inputs["labels"] == {"high-memory": "true"}
    assert high_memory.inputs["taints"] == [{"key": "high-memory", "value": "true", "effect": "NO_SCHEDULE"}]


def test_the_standard_group_has_no_labels_and_no_taints(standard: Registration) -> None:
    assert not standard.inputs.get("labels")
    assert not standard.inputs.get("taints")


def test_the_number_of_nodes_is_the_autoscalers(standard: Registration) -> None:
    assert standard.ignore_changes == ("scalingConfig.desiredSize",)


def test_a_group_without_a_release_of_its_own_has_the_default(standard: Registration) -> None:
    assert standard.inputs["releaseVersion"] == "1.36.4-20261003"


def test_a_group_may_have_a_release_of_its_own(high_memory: Registration) -> None:
    assert high_memory.inputs["releaseVersion"] == "1.36.4-20261010"


def test_an_update_never_forces_pods_off_a_node(standard: Registration) -> None:
    assert standard.inputs["forceUpdateVersion"] is False
    assert standard.inputs["updateConfig"] == {"maxUnavailable": 1}


def test_nodes_wait_for_the_ways_out_of_their_subnets(eks: Recording, standard: Registration) -> None:
    routes = {route.urn for route in eks.of_type("aws:ec2/route:Route") if route.name.startswith("private-")}
    assert routes
    assert routes <= standard.dependencies


def test_nodes_wait_for_the_policies_of_their_role(eks: Recording, standard: Registration) -> None:
    policies = {
        each.urn
        for each in eks.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.name.startswith("node-")
    }
    assert len(policies) == 2
    assert policies <= standard.dependencies


def test_mandatory_tags_reach_the_auto_scaling_group_and_its_instances(eks: Recording) -> None:
    tag = eks.one(TAG, "standard-owner").inputs
    assert tag["autoscalingGroupName"] == "eks-standard"
    assert tag["tag"] == {"key": "owner", "value": "data", "propagateAtLaunch": True}


def test_tags_for_the_autoscaler_do_not_reach_the_instances(eks: Recording) -> None:
    tag = eks.one(TAG, f"high-memory-{PREFIX}/taint/high-memory").inputs["tag"]
    assert tag["value"] == "true:NoSchedule"
    assert tag["propagateAtLaunch"] is False


@pytest.mark.parametrize("name", ["standard", "high-memory"])
def test_zone_rebalancing_is_suspended(eks: Recording, name: str) -> None:
    schedule = eks.one(SCHEDULE, name).inputs
    assert schedule["scheduleExpression"] == "rate(1 hours)"
    assert schedule["target"]["arn"] == "arn:aws:scheduler:::aws-sdk:autoscaling:suspendProcesses"
    assert json.loads(schedule["target"]["input"]) == {
        "AutoScalingGroupName": f"eks-{name}",
        "ScalingProcesses": ["AZRebalance"],
    }


def test_the_schedule_waits_for_what_its_role_may_do(eks: Recording) -> None:
    assert eks.one("aws:iam/rolePolicy:RolePolicy", "rebalancing").urn in eks.one(SCHEDULE, "standard").dependencies
