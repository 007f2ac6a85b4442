"""The provider against an EKS cluster of the emulated account, as a program meets it."""

import json
from collections.abc import Iterator

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.providers.kubernetes.provider import kubernetes_provider
from airflow_infra.rehearsal.providers.kubernetes.resolver import EksApis
from airflow_infra.rehearsal.providers.protocol import Provider, ProviderError
from tests.rehearsal.account.world import cluster, network

NAMESPACE = "kubernetes:core/v1:Namespace"
DEPLOY = "arn:aws:iam::123456789012:role/deploy"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(AccountSetup("123456789012", "eu-west-1", roles=(DEPLOY,))) as entered:
        yield entered


@pytest.fixture
def apis(account: Account) -> EksApis:
    return EksApis(account)


@pytest.fixture
def provider(account: Account, apis: EksApis) -> Provider:
    """A provider as the deploying role, to a cluster that lets it in."""
    made = cluster(account, network(account))
    eks = account.client("eks")
    eks.create_access_entry(clusterName="airflow", principalArn=DEPLOY)
    eks.associate_access_policy(
        clusterName="airflow", principalArn=DEPLOY, policyArn=ADMIN, accessScope={"type": "cluster"}
    )
    standing = eks.describe_cluster(name=made["name"])["cluster"]
    arguments = ["eks", "get-token", "--cluster-name", "airflow", "--role-arn", DEPLOY]
    server = {
        "server": standing["endpoint"],
        "certificate-authority-data": standing["certificateAuthority"]["data"],
    }
    kubeconfig = {
        "clusters": [{"name": "c", "cluster": server}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
        "users": [{"name": "u", "user": {"exec": {"command": "aws", "args": arguments}}}],
    }
    return kubernetes_provider(apis.connect)({"kubeconfig": json.dumps(kubeconfig)})


def create_namespace(provider: Provider) -> str:
    checked = provider.check(NAMESPACE, "airflow", {"metadata": {"name": "airflow"}})
    assert not checked.failures
    return provider.create(NAMESPACE, "airflow", checked.inputs).id


def test_objects_stand_in_the_cluster_and_die_with_it(account: Account, apis: EksApis, provider: Provider) -> None:
    create_namespace(provider)
    assert apis.inventory() == {"airflow: v1 Namespace airflow": "managed by pulumi-kubernetes"}
    account.client("eks").delete_cluster(name="airflow")
    assert apis.inventory() == {}
    with pytest.raises(ProviderError, match="no such host"):
        create_namespace(provider)


def test_without_its_access_entry_the_deploying_role_is_locked_out(account: Account, provider: Provider) -> None:
    id_ = create_namespace(provider)
    account.client("eks").delete_access_entry(clusterName="airflow", principalArn=DEPLOY)
    with pytest.raises(ProviderError, match=f"no access entry for {DEPLOY}"):
        provider.delete(NAMESPACE, id_, {}, {})


def test_looking_a_cluster_up_makes_no_mutating_call(account: Account, provider: Provider) -> None:
    before = len(account.mutating_calls())
    create_namespace(provider)
    assert len(account.mutating_calls()) == before
