"""EKS clusters of the emulated account."""

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.errors import NotModelledError
from tests.rehearsal.account.world import cluster, network, node_group, role


def test_a_cluster_is_described_as_it_was_created(account: Account) -> None:
    place = network(account)
    cluster(account, place, tags={"team": "data"}, upgradePolicy={"supportType": "STANDARD"})
    found = account.client("eks").describe_cluster(name="airflow")["cluster"]
    assert (found["status"], found["version"], found["tags"], found["upgradePolicy"], found["accessConfig"]) == (
        "ACTIVE",
        "1.36",
        {"team": "data"},
        {"supportType": "STANDARD"},
        {"authenticationMode": "API"},
    )


def test_the_cluster_security_group_stands_in_ec2_and_lets_itself_in(account: Account) -> None:
    made = cluster(account, network(account))
    group_id = made["resourcesVpcConfig"]["clusterSecurityGroupId"]
    group = account.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert [pair["GroupId"] for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]] == [group_id]


def test_the_cluster_security_group_carries_the_tags_of_eks(account: Account) -> None:
    made = cluster(account, network(account))
    group_id = made["resourcesVpcConfig"]["clusterSecurityGroupId"]
    group = account.client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert {tag["Key"] for tag in group["Tags"]} == {"Name", "kubernetes.io/cluster/airflow", "aws:eks:cluster-name"}


def test_a_second_cluster_of_the_same_name_is_refused(account: Account) -> None:
    place = network(account)
    made = cluster(account, place)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        account.client("eks").create_cluster(
            name="airflow",
            version="1.36",
            roleArn=made["roleArn"],
            resourcesVpcConfig={"subnetIds": place.subnets},
        )


def test_subnets_of_one_zone_only_are_refused(account: Account) -> None:
    place = network(account)
    with pytest.raises(ClientError, match="two different AZs"):
        cluster(account, place, resourcesVpcConfig={"subnetIds": place.subnets[:1]})


def test_a_subnet_that_does_not_exist_is_refused(account: Account) -> None:
    place = network(account)
    with pytest.raises(ClientError, match="subnet-00000000"):
        cluster(account, place, resourcesVpcConfig={"subnetIds": [place.subnets[0], "subnet-00000000"]})


def test_a_role_that_eks_may_not_assume_is_refused(account: Account) -> None:
    place = network(account)
    with pytest.raises(ClientError, match=r"cannot be assumed by eks\.amazonaws\.com"):
        cluster(account, place, roleArn=role(account, "wrong", "ec2.amazonaws.com"))


def test_an_endpoint_that_nobody_can_reach_is_refused(account: Account) -> None:
    place = network(account)
    with pytest.raises(ClientError, match="cannot both be false"):
        cluster(
            account,
            place,
            resourcesVpcConfig={
                "subnetIds": place.subnets,
                "endpointPublicAccess": False,
                "endpointPrivateAccess": False,
            },
        )


def test_a_service_range_that_overlaps_the_vpc_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="overlaps the VPC"):
        cluster(account, network(account), kubernetesNetworkConfig={"serviceIpv4Cidr": "10.200.0.0/20"})


def test_an_unknown_log_type_is_refused(account: Account) -> None:
    with pytest.raises(ClientError, match="is not one of api, audit"):
        cluster(account, network(account), logging={"clusterLogging": [{"types": ["audits"], "enabled": True}]})


def test_secrets_encrypted_with_a_key_that_does_not_exist_are_refused(account: Account) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError, match="does not exist"):
        cluster(account, network(account), encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}])


def test_control_plane_logs_create_their_group_unless_somebody_made_it_before(account: Account) -> None:
    cluster(account, network(account), logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]})
    groups = account.client("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/aws/eks/airflow/cluster"]


def test_a_version_is_updated_one_minor_at_a_time(account: Account) -> None:
    cluster(account, network(account), version="1.34")
    eks = account.client("eks")
    with pytest.raises(ClientError, match=r"from 1\.34 to 1\.36"):
        eks.update_cluster_version(name="airflow", version="1.36")
    update = eks.update_cluster_version(name="airflow", version="1.35")["update"]
    found = eks.describe_update(name="airflow", updateId=update["id"])["update"]
    assert (found["status"], eks.describe_cluster(name="airflow")["cluster"]["version"]) == ("Successful", "1.35")


def test_nodes_that_would_fall_too_far_behind_stop_a_version_update(account: Account) -> None:
    place = network(account)
    cluster(account, place, version="1.33")
    node_group(account, place, version="1.33", releaseVersion="1.33.13-20260923")
    eks = account.client("eks")
    for version in ("1.34", "1.35", "1.36"):
        eks.update_cluster_version(name="airflow", version=version)
    with pytest.raises(ClientError, match="standard"):
        eks.update_cluster_version(name="airflow", version="1.37")


def test_two_kinds_of_change_in_one_call_are_refused(account: Account) -> None:
    cluster(account, network(account))
    with pytest.raises(ClientError, match="Only one type of update"):
        account.client("eks").update_cluster_config(
            name="airflow", deletionProtection=True, upgradePolicy={"supportType": "STANDARD"}
        )


def test_endpoint_access_can_be_changed(account: Account) -> None:
    cluster(account, network(account))
    eks = account.client("eks")
    eks.update_cluster_config(
        name="airflow", resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
    )
    found = eks.describe_cluster(name="airflow")["cluster"]["resourcesVpcConfig"]
    assert (found["endpointPublicAccess"], found["publicAccessCidrs"]) == (True, ["203.0.113.0/24"])


def test_the_authentication_mode_does_not_go_back(account: Account) -> None:
    cluster(account, network(account))
    with pytest.raises(ClientError, match="one way"):
        account.client("eks").update_cluster_config(
            name="airflow", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}
        )


def test_a_change_that_changes_nothing_is_refused(account: Account) -> None:
    cluster(account, network(account))
    with pytest.raises(ClientError, match="already at the desired configuration"):
        account.client("eks").update_cluster_config(name="airflow", deletionProtection=False)


def test_a_protected_cluster_is_not_deleted(account: Account) -> None:
    cluster(account, network(account), deletionProtection=True)
    with pytest.raises(ClientError, match="deletion protection"):
        account.client("eks").delete_cluster(name="airflow")


def test_a_cluster_with_node_groups_is_not_deleted(account: Account) -> None:
    place = network(account)
    cluster(account, place)
    node_group(account, place)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        account.client("eks").delete_cluster(name="airflow")


def test_a_deleted_cluster_leaves_neither_security_group_nor_interfaces(account: Account) -> None:
    made = cluster(account, network(account))
    account.client("eks").delete_cluster(name="airflow")
    ec2 = account.client("ec2")
    groups = {group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]}
    assert made["resourcesVpcConfig"]["clusterSecurityGroupId"] not in groups
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_cluster_that_does_not_exist_is_not_found(account: Account) -> None:
    with pytest.raises(ClientError) as error:
        account.client("eks").describe_cluster(name="nobody")
    response = error.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        "ResourceNotFoundException",
        404,
    )


def test_waiters_work_untouched(account: Account) -> None:
    cluster(account, network(account))
    eks = account.client("eks")
    eks.get_waiter("cluster_active").wait(name="airflow")
    eks.delete_cluster(name="airflow")
    eks.get_waiter("cluster_deleted").wait(name="airflow")


def test_paginators_work_untouched(account: Account) -> None:
    place = network(account)
    first = cluster(account, place)
    account.client("eks").create_cluster(
        name="other",
        version="1.36",
        roleArn=first["roleArn"],
        resourcesVpcConfig={"subnetIds": place.subnets},
    )
    pages = account.client("eks").get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1})
    assert [page["clusters"] for page in pages] == [["airflow"], ["other"]]


def test_what_a_caller_does_to_an_answer_does_not_reach_the_cluster(account: Account) -> None:
    made = cluster(account, network(account))
    made["tags"]["forged"] = "yes"
    assert account.client("eks").describe_cluster(name="airflow")["cluster"]["tags"] == {}


def test_an_operation_that_is_not_modelled_is_refused_loudly(account: Account) -> None:
    with pytest.raises(NotModelledError, match="the rehearsal does not model eks:DescribeAddonVersions"):
        account.client("eks").describe_addon_versions()


def test_tags_can_be_added_and_removed(account: Account) -> None:
    made = cluster(account, network(account), tags={"team": "data"})
    eks = account.client("eks")
    eks.tag_resource(resourceArn=made["arn"], tags={"cost": "1"})
    eks.untag_resource(resourceArn=made["arn"], tagKeys=["team"])
    assert eks.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"cost": "1"}


def test_calls_answered_here_are_named_as_modelled(account: Account) -> None:
    cluster(account, network(account))
    assert "eks:CreateCluster" in account.modelled()
    assert "ec2:CreateVpc" not in account.modelled()
