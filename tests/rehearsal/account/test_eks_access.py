"""Access entries, Pod Identity associations and add-ons of the emulated account."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_infra.rehearsal.account.account import Account
from tests.rehearsal.account.world import cluster, network, role

ADMINISTRATORS = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Administrators"
DEPLOY = "arn:aws:iam::123456789012:role/deploy"
ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def eks(account: Account) -> Any:
    cluster(account, network(account))
    return account.client("eks")


def test_an_access_entry_keeps_its_user_name_and_groups(eks: Any) -> None:
    eks.create_access_entry(
        clusterName="airflow", principalArn=DEPLOY, username="mwaa-service", kubernetesGroups=["mwaa"]
    )
    entry = eks.describe_access_entry(clusterName="airflow", principalArn=DEPLOY)["accessEntry"]
    assert (entry["type"], entry["username"], entry["kubernetesGroups"]) == ("STANDARD", "mwaa-service", ["mwaa"])


def test_a_role_under_a_path_can_be_admitted(eks: Any) -> None:
    eks.create_access_entry(clusterName="airflow", principalArn=ADMINISTRATORS)
    assert eks.list_access_entries(clusterName="airflow")["accessEntries"] == [ADMINISTRATORS]


def test_a_role_without_its_path_is_refused(eks: Any) -> None:
    with pytest.raises(ClientError, match="there is arn:aws:iam::123456789012:role/aws-reserved"):
        eks.create_access_entry(clusterName="airflow", principalArn="arn:aws:iam::123456789012:role/Administrators")


@pytest.mark.parametrize("username", ["system:admin", "eks:admin", "aws:admin", "amazon:admin", "iam:admin"])
def test_reserved_user_names_are_refused(eks: Any, username: str) -> None:
    with pytest.raises(ClientError, match="must not begin with"):
        eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY, username=username)


def test_a_principal_is_admitted_once(eks: Any) -> None:
    eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY)


def test_an_associated_policy_is_listed(eks: Any) -> None:
    eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY)
    eks.associate_access_policy(
        clusterName="airflow", principalArn=DEPLOY, policyArn=ADMIN_POLICY, accessScope={"type": "cluster"}
    )
    found = eks.list_associated_access_policies(clusterName="airflow", principalArn=DEPLOY)
    assert [policy["policyArn"] for policy in found["associatedAccessPolicies"]] == [ADMIN_POLICY]


def test_a_policy_that_eks_does_not_have_is_refused(eks: Any) -> None:
    eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY)
    with pytest.raises(ClientError, match="is not known"):
        eks.associate_access_policy(
            clusterName="airflow",
            principalArn=DEPLOY,
            policyArn="arn:aws:iam::aws:policy/AdministratorAccess",
            accessScope={"type": "cluster"},
        )


def test_a_policy_needs_an_access_entry_first(eks: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        eks.associate_access_policy(
            clusterName="airflow", principalArn=DEPLOY, policyArn=ADMIN_POLICY, accessScope={"type": "cluster"}
        )


def associate(account: Account, eks: Any, role_arn: str) -> Any:
    return eks.create_pod_identity_association(
        clusterName="airflow", namespace="kube-system", serviceAccount="cluster-autoscaler", roleArn=role_arn
    )["association"]


def test_a_pod_identity_association_can_be_found_by_service_account(account: Account, eks: Any) -> None:
    made = associate(account, eks, role(account, "autoscaler", "pods.eks.amazonaws.com"))
    found = eks.list_pod_identity_associations(clusterName="airflow", serviceAccount="cluster-autoscaler")
    assert [item["associationId"] for item in found["associations"]] == [made["associationId"]]


def test_a_role_that_pods_may_not_assume_is_refused(account: Account, eks: Any) -> None:
    with pytest.raises(ClientError, match=r"cannot be assumed by pods\.eks\.amazonaws\.com"):
        associate(account, eks, role(account, "autoscaler", "ec2.amazonaws.com"))


def test_a_service_account_has_one_association(account: Account, eks: Any) -> None:
    arn = role(account, "autoscaler", "pods.eks.amazonaws.com")
    associate(account, eks, arn)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        associate(account, eks, arn)


def test_an_addon_brings_its_pod_identity_association_and_takes_it_away(account: Account, eks: Any) -> None:
    eks.create_addon(
        clusterName="airflow",
        addonName="vpc-cni",
        addonVersion="v1.22.4-eksbuild.3",
        podIdentityAssociations=[
            {"serviceAccount": "aws-node", "roleArn": role(account, "cni", "pods.eks.amazonaws.com")}
        ],
    )
    during = eks.list_pod_identity_associations(clusterName="airflow")["associations"]
    eks.delete_addon(clusterName="airflow", addonName="vpc-cni")
    after = eks.list_pod_identity_associations(clusterName="airflow")["associations"]
    assert ([item["serviceAccount"] for item in during], after) == (["aws-node"], [])


@pytest.mark.parametrize(
    ("name", "version", "values", "message"),
    [
        ("vpc-cnl", "v1.22.4-eksbuild.3", "{}", "is not supported; known are"),
        ("vpc-cni", "1.22.4", "{}", "expected the form"),
        ("kube-proxy", "v1.35.0-eksbuild.1", "{}", r"not supported on Kubernetes 1\.36"),
        ("vpc-cni", "v1.22.4-eksbuild.3", "{enableNetworkPolicy}", "not valid JSON"),
        ("vpc-cni", "v1.22.4-eksbuild.3", "[]", "must be an object"),
    ],
)
def test_an_addon_that_eks_does_not_take_is_refused(
    eks: Any, name: str, version: str, values: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        eks.create_addon(clusterName="airflow", addonName=name, addonVersion=version, configurationValues=values)


def test_an_addon_can_be_updated(eks: Any) -> None:
    eks.create_addon(clusterName="airflow", addonName="coredns", addonVersion="v1.14.3-eksbuild.23")
    eks.update_addon(clusterName="airflow", addonName="coredns", addonVersion="v1.14.7-eksbuild.11")
    found = eks.describe_addon(clusterName="airflow", addonName="coredns")["addon"]
    assert (found["status"], found["addonVersion"]) == ("ACTIVE", "v1.14.7-eksbuild.11")


def test_whoever_creates_a_cluster_administers_it_unless_told_otherwise(account: Account) -> None:
    cluster(account, network(account), accessConfig={"authenticationMode": "API"})
    creator = "arn:aws:iam::123456789012:user/rehearsal"
    found = account.client("eks").list_associated_access_policies(clusterName="airflow", principalArn=creator)
    assert [policy["policyArn"] for policy in found["associatedAccessPolicies"]] == [ADMIN_POLICY]
