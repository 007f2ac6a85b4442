import json
from collections.abc import Callable

import pytest

from tests.infra.eks.conftest import Deploy
from tests.infra.recording import Recording, Registration

CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADDON = "aws:eks/addon:Addon"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
PROVIDER = "pulumi:providers:kubernetes"


@pytest.fixture
def cluster(eks: Recording) -> Registration:
    return eks.one(CLUSTER, "cluster")


def _kubernetes_objects(recording: Recording) -> list[Registration]:
    return [each for each in recording.registrations.values() if each.type.startswith("kubernetes:")]


def test_nothing_comes_with_the_cluster_that_this_program_does_not_register(cluster: Registration) -> None:
    assert cluster.inputs["bootstrapSelfManagedAddons"] is False
    assert cluster.inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }


def test_the_api_server_is_reached_privately_and_from_the_configured_ranges(cluster: Registration) -> None:
    network = cluster.inputs["vpcConfig"]
    assert network["endpointPrivateAccess"] is True
    assert network["endpointPublicAccess"] is True
    assert network["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_without_public_ranges_the_public_endpoint_is_off(deploy_eks: Deploy) -> None:
    endpoint = {"public_access_cidrs": [], "runner_cidrs": ["10.40.0.0/24"]}
    network = deploy_eks(cluster={"endpoint": endpoint}).one(CLUSTER, "cluster").inputs["vpcConfig"]
    assert network["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in network


def test_secrets_are_encrypted_with_a_key_of_the_cluster(eks: Recording, cluster: Registration) -> None:
    (config,) = [cluster.inputs["encryptionConfig"]]
    assert config["resources"] == ["secrets"]
    assert config["provider"]["keyArn"].endswith("key/secrets")
    key = eks.one("aws:kms/key:Key", "secrets")
    assert key.protect
    assert key.inputs["enableKeyRotation"] is True


def test_the_key_lets_the_cluster_role_encrypt(eks: Recording) -> None:
    policy = json.loads(eks.one("aws:kms/key:Key", "secrets").inputs["policy"])
    principals = {statement["Sid"]: statement["Principal"]["AWS"] for statement in policy["Statement"]}
    assert principals["ClusterEncryptsSecrets"] == "arn:aws:iam::111122223333:role/airflow-dev-cluster"


def test_a_stateful_cluster_is_protected_twice(cluster: Registration) -> None:
    assert cluster.protect
    assert cluster.inputs["deletionProtection"] is True


def test_the_support_type_is_the_settings(cluster: Registration) -> None:
    assert cluster.inputs["upgradePolicy"] == {"supportType": "STANDARD"}


def test_the_log_group_of_the_control_plane_stands_before_the_cluster(eks: Recording, cluster: Registration) -> None:
    group = eks.one("aws:cloudwatch/logGroup:LogGroup", "control-plane")
    assert group.urn in cluster.dependencies
    assert group.inputs["name"] == "/aws/eks/airflow-dev/cluster"
    assert group.inputs["retentionInDays"] == 90


def test_the_cluster_role_has_its_policies_before_the_cluster(eks: Recording, cluster: Registration) -> None:
    policy = eks.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-AmazonEKSClusterPolicy")
    assert policy.urn in cluster.dependencies


def test_the_deploying_role_is_the_only_administrator_unless_told_otherwise(eks: Recording) -> None:
    (association,) = eks.of_type(ASSOCIATION)
    assert association.inputs["principalArn"] == "arn:aws:iam::111122223333:role/restricted-admin"
    assert association.inputs["policyArn"].endswith("AmazonEKSClusterAdminPolicy")
    assert association.inputs["accessScope"] == {"type": "cluster"}


def test_administrators_get_cluster_admin_each(deploy_eks: Deploy) -> None:
    role = "arn:aws:iam::111122223333:role/admins"
    recording = deploy_eks(cluster={"administrators": [role]})
    assert recording.one(ASSOCIATION, "administrator-admins").inputs["principalArn"] == role


def test_an_administrator_who_is_the_deployer_gets_one_entry(deploy_eks: Deploy) -> None:
    recording = deploy_eks(cluster={"administrators": ["arn:aws:iam::111122223333:role/restricted-admin"]})
    assert len(recording.of_type(ASSOCIATION)) == 1


def test_mwaa_gets_a_user_and_a_group_and_no_cluster_policy(eks: Recording) -> None:
    entry = eks.one(ENTRY, "mwaa-service").inputs
    assert (entry["type"], entry["userName"], entry["kubernetesGroups"]) == (
        "STANDARD",
        "mwaa-service",
        ["airflow-tasks"],
    )
    assert entry["principalArn"] == "arn:aws:iam::111122223333:role/airflow-dev-execution"
    assert not [each for each in eks.of_type(ASSOCIATION) if each.inputs["principalArn"] == entry["principalArn"]]


def test_every_kubernetes_object_comes_after_the_deployers_rights(eks: Recording) -> None:
    association = eks.one(ASSOCIATION, "deployer")
    objects = _kubernetes_objects(eks)
    assert objects
    assert not [each.urn for each in objects if association.urn not in each.dependencies]


@pytest.mark.parametrize("name", ["standard", "high-memory"])
def test_every_kubernetes_object_comes_after_the_nodes(eks: Recording, name: str) -> None:
    group = eks.one(NODE_GROUP, name)
    assert not [each.urn for each in _kubernetes_objects(eks) if group.urn not in each.dependencies]


def test_every_kubernetes_object_comes_after_coredns(eks: Recording) -> None:
    coredns = eks.one(ADDON, "coredns")
    assert not [each.urn for each in _kubernetes_objects(eks) if coredns.urn not in each.dependencies]


def test_every_kubernetes_object_uses_this_clusters_provider(eks: Recording) -> None:
    provider = eks.one(PROVIDER, "kubernetes")
    assert not [each.urn for each in _kubernetes_objects(eks) if not each.provider.startswith(provider.urn)]


def test_mwaas_security_group_reaches_the_api_server(eks: Recording) -> None:
    rule = eks.one(RULE, "api-from-mwaa").inputs
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (443, 443, "tcp")
    assert rule["securityGroupId"] == "sg-cluster"
    assert rule["referencedSecurityGroupId"] == "mwaa-id"


def test_runners_reach_the_api_server_before_any_object_is_made(deploy_eks: Deploy) -> None:
    endpoint = {"runner_cidrs": ["10.40.0.0/24"], "runner_security_group_ids": ["sg-0123456789abcdef0"]}
    recording = deploy_eks(cluster={"endpoint": endpoint})
    by_cidr = recording.one(RULE, "api-from-runner-10.40.0.0-24")
    by_group = recording.one(RULE, "api-from-runner-sg-0123456789abcdef0")
    assert by_cidr.inputs["cidrIpv4"] == "10.40.0.0/24"
    assert by_group.inputs["referencedSecurityGroupId"] == "sg-0123456789abcdef0"
    assert not [
        each.urn for each in _kubernetes_objects(recording) if not {by_cidr.urn, by_group.urn} <= each.dependencies
    ]


def test_the_provider_tells_the_cluster_by_its_arn(eks: Recording) -> None:
    provider = eks.one(PROVIDER, "kubernetes").inputs
    assert provider["clusterIdentifier"] == "arn:aws:eks:eu-west-1:111122223333:cluster/airflow-dev"


def test_the_providers_kubeconfig_asks_for_a_token_as_the_deploying_role(eks: Recording) -> None:
    kubeconfig = json.loads(eks.one(PROVIDER, "kubernetes").inputs["kubeconfig"])
    (user,) = kubeconfig["users"]
    assert set(user["user"]) == {"exec"}
    arguments = user["user"]["exec"]["args"]
    assert arguments[-2:] == ["--role-arn", "arn:aws:iam::111122223333:role/restricted-admin"]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("vpc-cni", "v1.22.4-eksbuild.3"),
        ("kube-proxy", "v1.36.0-eksbuild.25"),
        ("eks-pod-identity-agent", "v1.3.10-eksbuild.3"),
        ("coredns", "v1.14.3-eksbuild.23"),
    ],
)
def test_an_addon_has_the_version_of_the_settings(eks: Recording, name: str, version: str) -> None:
    addon = eks.one(ADDON, name).inputs
    assert addon["addonVersion"] == version
    assert addon["resolveConflictsOnCreate"] == "OVERWRITE"
    assert addon["resolveConflictsOnUpdate"] == "PRESERVE"


@pytest.mark.parametrize("name", ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"])
def test_nodes_wait_for_the_addons_that_make_them_ready(eks: Recording, name: str) -> None:
    addon = eks.one(ADDON, name)
    assert not [group.name for group in eks.of_type(NODE_GROUP) if addon.urn not in group.dependencies]


def test_coredns_waits_for_every_node_group(eks: Recording) -> None:
    coredns = eks.one(ADDON, "coredns")
    assert {group.urn for group in eks.of_type(NODE_GROUP)} <= coredns.dependencies


def test_network_policies_are_enforced(eks: Recording) -> None:
    assert json.loads(eks.one(ADDON, "vpc-cni").inputs["configurationValues"]) == {"enableNetworkPolicy": "true"}


def test_the_cni_has_its_role_before_it_is_installed(eks: Recording) -> None:
    association = eks.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "vpc-cni")
    assert association.urn in eks.one(ADDON, "vpc-cni").dependencies
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", "aws-node")


def test_kubernetes_objects_wait_for_the_way_back_to_a_runner_behind_a_gateway(
    deploy: Callable[..., Recording],
) -> None:
    gateway = {"name": "platform", "id": "tgw-00000000000000001", "routes": ["10.40.0.0/16"], "auto_accept": True}
    recording = deploy(
        vpc={"transit_gateways": [gateway], "vpn_gateway": {}},
        eks={"cluster": {"endpoint": {"public_access_cidrs": [], "runner_cidrs": ["10.40.0.0/24"]}}},
    )
    ways_back = {
        *(route for route in recording.of_type("aws:ec2/route:Route") if "transitGatewayId" in route.inputs),
        *recording.of_type("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"),
    }
    assert len(ways_back) == 6
    for each in _kubernetes_objects(recording):
        assert ways_back <= recording.waits_for(each)
