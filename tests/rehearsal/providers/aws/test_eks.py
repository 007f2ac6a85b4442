"""EKS clusters, node groups, add-ons and access."""

import json

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.account import world
from tests.rehearsal.providers.aws import platform_samples, samples
from tests.rehearsal.providers.aws.bench import Bench, Made


def test_a_cluster_tells_what_a_kubeconfig_needs(bench: Bench) -> None:
    outputs = platform_samples.cluster(bench).outputs
    assert outputs["endpoint"].startswith("https://")
    assert outputs["certificateAuthority"]["data"]


def test_a_cluster_tells_the_security_group_that_eks_made(bench: Bench) -> None:
    assert platform_samples.cluster(bench).outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")


def test_a_cluster_tells_its_oidc_issuer(bench: Bench) -> None:
    assert "oidc.eks" in platform_samples.cluster(bench).outputs["identities"][0]["oidcs"][0]["issuer"]


def test_a_cluster_goes_one_minor_up_in_place(bench: Bench) -> None:
    cluster = platform_samples.cluster(bench)
    assert bench.change(cluster, version="1.36") == ["UpdateClusterVersion"]
    assert cluster.outputs["version"] == "1.36"


def test_a_cluster_that_skips_a_minor_is_refused_with_both_versions(bench: Bench) -> None:
    with pytest.raises(ProviderError, match=r"from 1\.35 to 1\.37"):
        bench.change(platform_samples.cluster(bench), version="1.37")


def test_each_kind_of_change_of_a_cluster_is_a_call_of_its_own(bench: Bench) -> None:
    cluster = platform_samples.cluster(bench)
    called = bench.change(cluster, enabledClusterLogTypes=["audit"], upgradePolicy={"supportType": "EXTENDED"})
    assert called == ["UpdateClusterConfig", "UpdateClusterConfig"]


def test_a_log_type_that_is_taken_away_is_switched_off(bench: Bench) -> None:
    cluster = platform_samples.cluster(bench)
    bench.change(cluster, enabledClusterLogTypes=["audit"])
    logging = bench.account.client("eks").describe_cluster(name=cluster.id)["cluster"]["logging"]["clusterLogging"]
    assert [kind["types"] for kind in logging if kind["enabled"]] == [["audit"]]


def test_opening_the_public_endpoint_leaves_the_subnets_alone(bench: Bench) -> None:
    cluster = platform_samples.cluster(bench)
    vpc_config = {**cluster.inputs["vpcConfig"], "endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}
    assert bench.change(cluster, vpcConfig=vpc_config) == ["UpdateClusterConfig"]


def test_encryption_that_is_added_later_is_associated(bench: Bench) -> None:
    cluster = platform_samples.cluster(bench)
    encryption = {"provider": {"keyArn": samples.key(bench).outputs["arn"]}, "resources": ["secrets"]}
    assert bench.change(cluster, encryptionConfig=encryption) == ["AssociateEncryptionConfig"]


def test_another_encryption_key_reaches_nothing(bench: Bench) -> None:
    first, second = samples.key(bench).outputs["arn"], samples.key(bench).outputs["arn"]
    cluster = platform_samples.cluster(
        bench, encryptionConfig={"provider": {"keyArn": first}, "resources": ["secrets"]}
    )
    encryption = {"provider": {"keyArn": second}, "resources": ["secrets"]}
    assert bench.change(cluster, encryptionConfig=encryption) == []


def test_a_changed_tag_of_a_cluster_is_one_call(bench: Bench) -> None:
    assert bench.change(platform_samples.cluster(bench), tags={"stage": "dev"}) == ["TagResource"]


def test_a_cluster_with_deletion_protection_is_not_deleted(bench: Bench) -> None:
    with pytest.raises(ProviderError, match="deletion protection"):
        bench.remove(platform_samples.cluster(bench, deletionProtection=True))


def test_a_block_of_a_cluster_that_is_not_handled_is_refused(bench: Bench) -> None:
    checked = bench.provider.check("aws:eks/cluster:Cluster", "c", {"computeConfig": {"enabled": True}})
    assert "computeConfig" in [failure.property for failure in checked.failures]


def test_a_key_inside_a_block_of_a_cluster_that_is_not_handled_is_refused(bench: Bench) -> None:
    vpc_config = {"subnetIds": world.network(bench.account).subnets, "controlPlaneEgressMode": "AWS_MANAGED"}
    with pytest.raises(ProviderError, match=r"vpcConfig\.controlPlaneEgressMode is not handled"):
        platform_samples.cluster(bench, vpcConfig=vpc_config)


def test_a_node_group_tells_its_auto_scaling_group(bench: Bench) -> None:
    name = platform_samples.node_group(bench).outputs["resources"][0]["autoscalingGroups"][0]["name"]
    groups = bench.account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    assert len(groups["AutoScalingGroups"]) == 1


def test_a_node_group_is_known_by_cluster_and_name(bench: Bench) -> None:
    assert platform_samples.node_group(bench).id == "airflow-dev:standard"


def test_another_release_rolls_the_nodes_in_place(bench: Bench) -> None:
    group = platform_samples.node_group(bench)
    assert bench.change(group, releaseVersion="1.35.9-20261012") == ["UpdateNodegroupVersion"]
    assert group.outputs["releaseVersion"] == "1.35.9-20261012"


def test_labels_taints_and_sizes_change_in_one_call(bench: Bench) -> None:
    group = platform_samples.node_group(bench)
    called = bench.change(
        group, labels={"kind": "other"}, taints=None, scalingConfig={"minSize": 0.0, "maxSize": 5.0, "desiredSize": 1.0}
    )
    assert called == ["UpdateNodegroupConfig"]


def test_labels_that_are_taken_away_leave_the_node_group(bench: Bench) -> None:
    group = platform_samples.node_group(bench)
    bench.change(group, labels={"team": "data"})
    described = bench.account.client("eks").describe_nodegroup(clusterName="airflow-dev", nodegroupName="standard")
    assert described["nodegroup"]["labels"] == {"team": "data"}


def test_a_taint_with_another_value_stays_one_taint(bench: Bench) -> None:
    group = platform_samples.node_group(bench)
    taint = {"key": "high-memory", "value": "false", "effect": "NO_SCHEDULE"}
    bench.change(group, taints=[taint])
    described = bench.account.client("eks").describe_nodegroup(clusterName="airflow-dev", nodegroupName="standard")
    assert described["nodegroup"]["taints"] == [taint]


def test_a_cluster_with_node_groups_is_not_deleted(bench: Bench) -> None:
    group = platform_samples.node_group(bench)
    cluster = Made("aws:eks/cluster:Cluster", group.inputs["clusterName"], {}, {})
    with pytest.raises(ProviderError, match="nodegroups attached"):
        bench.remove(cluster)


def test_a_tag_of_an_auto_scaling_group_is_known_by_group_and_key(bench: Bench) -> None:
    tag = platform_samples.auto_scaling_tag(bench)
    assert tag.id == f"{tag.inputs['autoscalingGroupName']},owner"


def test_a_tag_of_an_auto_scaling_group_changes_in_place(bench: Bench) -> None:
    tag = platform_samples.auto_scaling_tag(bench)
    changed = {**tag.inputs["tag"], "value": "platform"}
    assert bench.change(tag, tag=changed) == ["CreateOrUpdateTags"]


def test_an_addon_changes_its_configuration_in_place(bench: Bench) -> None:
    addon = platform_samples.addon(bench)
    assert bench.change(addon, configurationValues=json.dumps({"enableNetworkPolicy": "false"})) == ["UpdateAddon"]


def test_another_way_of_resolving_conflicts_calls_nothing(bench: Bench) -> None:
    assert bench.change(platform_samples.addon(bench), resolveConflictsOnUpdate="OVERWRITE") == []


def test_a_pod_identity_association_gets_another_role_in_place(bench: Bench) -> None:
    association = platform_samples.pod_identity_association(bench)
    other = platform_samples.pod_role(bench, "other")
    assert bench.change(association, roleArn=other) == ["UpdatePodIdentityAssociation"]


def test_an_access_entry_tells_its_user_name(bench: Bench) -> None:
    assert platform_samples.access_entry(bench).outputs["userName"] == "mwaa-service"


def test_the_groups_of_an_access_entry_change_in_place(bench: Bench) -> None:
    entry = platform_samples.access_entry(bench)
    assert bench.change(entry, kubernetesGroups=["others"]) == ["UpdateAccessEntry"]


def test_an_access_policy_association_is_known_by_its_three_parts(bench: Bench) -> None:
    association = platform_samples.access_policy_association(bench)
    assert association.id.split("#") == [
        association.inputs[key] for key in ("clusterName", "principalArn", "policyArn")
    ]


def test_an_access_policy_that_does_not_exist_is_refused(bench: Bench) -> None:
    entry = platform_samples.access_entry(bench)
    inputs = {
        **{key: entry.inputs[key] for key in ("clusterName", "principalArn")},
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolcy",
        "accessScope": {"type": "cluster"},
    }
    with pytest.raises(ProviderError, match="AmazonEKSClusterAdminPolcy"):
        bench.make("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "administrator", inputs)
