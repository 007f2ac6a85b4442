import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from airflow_infra.settings.names import Names
from infra.iam import service_policies
from infra.iam.policies import ui_access_policy
from tests.infra.recording import Recording

GITHUB = "token.actions.githubusercontent.com"


@pytest.fixture(scope="session")
def full(deploy: Callable[..., Recording]) -> Recording:
    """With kube2iam and a DAG publisher."""
    return deploy(
        mwaa={"dag_publisher": {"repository": "example-org/airflow-dags"}},
        eks={"kube2iam": {"chart_version": "0.15.0"}},
    )


def trust(recording: Recording, role: str) -> dict[str, Any]:
    return json.loads(recording.one("aws:iam/role:Role", role).inputs["assumeRolePolicy"])["Statement"][0]


def inline(recording: Recording, role: str) -> dict[str, Any]:
    policy = json.loads(recording.one("aws:iam/rolePolicy:RolePolicy", role).inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def managed(recording: Recording, role: str) -> set[str]:
    return {
        each.inputs["policyArn"].rpartition("/")[2]
        for each in recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.inputs["role"] == f"airflow-dev-{role}"
    }


def test_mwaa_assumes_the_execution_role_for_this_environment_only(deployed: Recording) -> None:
    statement = trust(deployed, "execution")
    assert statement["Principal"] == {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:airflow:eu-west-1:111122223333:environment/airflow-dev"},
    }


@pytest.mark.parametrize(
    ("role", "service_account"), [("vpc-cni", "aws-node"), ("cluster-autoscaler", "cluster-autoscaler")]
)
def test_pod_identity_serves_one_service_account_of_this_cluster(
    deployed: Recording, role: str, service_account: str
) -> None:
    statement = trust(deployed, role)
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "111122223333",
        "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-west-1:111122223333:cluster/airflow-dev",
        "aws:RequestTag/kubernetes-namespace": "kube-system",
        "aws:RequestTag/kubernetes-service-account": service_account,
    }


def test_nodes_pull_images_and_have_no_rights_of_the_cni(deployed: Recording) -> None:
    assert managed(deployed, "node") == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
    assert managed(deployed, "vpc-cni") == {"AmazonEKS_CNI_Policy"}


@pytest.mark.parametrize(
    ("role_arn", "assumed"),
    [
        ("arn:aws:iam::111122223333:role/airflow-dev/reader", True),
        ("arn:aws:iam::111122223333:role/airflow-dev/airflow-dev-kube2iam-default", True),
        ("arn:aws:iam::111122223333:role/airflow-dev-2/reader", False),
        ("arn:aws:iam::111122223333:role/airflow-dev-execution", False),
        ("arn:aws:iam::444455556666:role/airflow-dev/reader", False),
    ],
)
def test_nodes_assume_task_roles_of_their_own_environment_only(names: Names, role_arn: str, assumed: bool) -> None:
    statement = service_policies.task_role_policy(names)["Statement"][0]
    assert fnmatchcase(role_arn, statement["Resource"]) == assumed


def test_without_kube2iam_nodes_assume_nothing(deployed: Recording) -> None:
    assert not [each for each in deployed.of_type("aws:iam/rolePolicy:RolePolicy") if each.name == "node"]
    assert not [each for each in deployed.of_type("aws:iam/role:Role") if "kube2iam" in each.name]


def test_a_pod_without_annotation_gets_a_role_that_may_do_nothing(full: Recording) -> None:
    role = full.one("aws:iam/role:Role", "kube2iam-default")
    assert role.inputs["path"] == "/airflow-dev/"
    assert trust(full, "kube2iam-default")["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/airflow-dev-node"}
    assert not [each for each in full.of_type("aws:iam/rolePolicy:RolePolicy") if each.name == "kube2iam-default"]


def test_a_role_that_trusts_the_nodes_waits_for_their_role(full: Recording) -> None:
    role = full.one("aws:iam/role:Role", "kube2iam-default")
    assert full.one("aws:iam/role:Role", "node") in full.waits_for(role)


@pytest.mark.parametrize(
    ("role", "sid"), [("cluster-autoscaler", "ScaleOwnGroups"), ("rebalancing", "SuspendOwnGroups")]
)
def test_groups_of_other_clusters_are_never_changed(deployed: Recording, role: str, sid: str) -> None:
    assert inline(deployed, role)[sid]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/k8s.io/cluster-autoscaler/airflow-dev": "owned"}
    }


def test_what_the_autoscaler_may_do_everywhere_is_to_look(deployed: Recording) -> None:
    actions = [
        action
        for statement in inline(deployed, "cluster-autoscaler").values()
        if "Condition" not in statement
        for action in statement["Action"]
    ]
    assert all(action.partition(":")[2].startswith(("Describe", "Get")) for action in actions)
    assert {"eks:DescribeNodegroup", "ec2:DescribeLaunchTemplateVersions"} <= set(actions)


def test_dags_are_published_from_one_branch_of_one_repository(full: Recording) -> None:
    statement = trust(full, "dag-publisher")
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"}
    assert statement["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": "repo:example-org/airflow-dags:ref:refs/heads/main",
        }
    }


def test_the_publisher_never_touches_the_kubeconfig(full: Recording) -> None:
    statements = inline(full, "dag-publisher")
    bucket = "arn:aws:s3:::airflow-dev-mwaa-111122223333"
    assert statements["SyncDags"]["Resource"] == f"{bucket}/dags/*"
    spared = statements["SpareKubeconfig"]
    assert (spared["Effect"], spared["Resource"]) == ("Deny", f"{bucket}/dags/.kube/*")
    assert spared["Action"] == ["s3:PutObject*", "s3:DeleteObject*"]


def test_githubs_oidc_provider_is_looked_up(full: Recording) -> None:
    assert ("aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider", {"url": f"https://{GITHUB}"}) in full.invokes
    assert not full.of_type("aws:iam/openIdConnectProvider:OpenIdConnectProvider")


def test_a_stack_that_owns_the_oidc_provider_creates_it_first(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"dag_publisher": {"repository": "example/dags", "owns_oidc_provider": True}})
    provider = recording.one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "github")
    assert provider in recording.waits_for(recording.one("aws:iam/role:Role", "dag-publisher"))


def test_no_role_is_for_people_or_keys(full: Recording) -> None:
    assert not full.of_type("aws:iam/user:User")
    assert not full.of_type("aws:iam/accessKey:AccessKey")


@pytest.mark.parametrize("role", ["Admin", "Op", "User", "Viewer", "Public"])
def test_a_policy_signs_in_to_one_environment_as_one_role(names: Names, role: str) -> None:
    (statement,) = ui_access_policy(names, role)["Statement"]
    assert statement["Action"] == ["airflow:CreateWebLoginToken"]
    assert statement["Resource"] == f"arn:aws:airflow:eu-west-1:111122223333:role/airflow-dev/{role}"


def test_there_is_a_sign_in_policy_for_every_airflow_role(deployed: Recording) -> None:
    assert {policy.inputs["name"] for policy in deployed.of_type("aws:iam/policy:Policy")} == {
        f"airflow-dev-ui-{role}" for role in ("admin", "op", "user", "viewer", "public")
    }
