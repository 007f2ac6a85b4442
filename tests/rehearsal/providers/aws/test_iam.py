"""IAM roles, policies and OIDC providers."""

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws import samples
from tests.rehearsal.providers.aws.bench import Bench


def test_a_changed_trust_policy_is_written_over_the_old_one(bench: Bench) -> None:
    role = samples.role(bench)
    called = bench.change(role, assumeRolePolicy=samples.trust("eks.amazonaws.com"))
    assert called == ["UpdateAssumeRolePolicy"]


def test_a_changed_tag_of_a_role_sets_that_tag_only(bench: Bench) -> None:
    role = samples.role(bench)
    assert bench.change(role, tags={"stage": "dev"}) == ["TagRole"]


def test_a_tag_that_is_taken_away_leaves_the_role(bench: Bench) -> None:
    role = samples.role(bench, tags={"stage": "dev"})
    bench.change(role, tags=None)
    tags = bench.account.client("iam").list_role_tags(RoleName=role.id)["Tags"]
    assert tags == [{"Key": "owner", "Value": "data"}]


def test_a_role_with_an_attached_policy_is_not_deleted(bench: Bench) -> None:
    attachment = samples.role_policy_attachment(bench)
    role = samples.Made("aws:iam/role:Role", attachment.inputs["role"], {}, {})
    with pytest.raises(ProviderError, match="DeleteConflict"):
        bench.remove(role)


def test_a_role_that_detaches_by_force_is_deleted_with_its_policies(bench: Bench) -> None:
    attachment = samples.role_policy_attachment(bench)
    inputs = {"forceDetachPolicies": True}
    role = samples.Made("aws:iam/role:Role", attachment.inputs["role"], inputs, {})
    assert bench.remove(role) == ["DetachRolePolicy", "DeleteRole"]


def test_a_role_of_a_name_that_is_taken_is_refused(bench: Bench) -> None:
    samples.role(bench)
    with pytest.raises(ProviderError, match=r"aws:iam/role:Role execution: create: CreateRole: EntityAlreadyExists"):
        samples.role(bench)


def test_a_changed_policy_becomes_the_default_version(bench: Bench) -> None:
    policy = samples.policy(bench)
    assert bench.change(policy, policy=samples.document(action="s3:PutObject")) == ["CreatePolicyVersion"]


def test_the_oldest_of_five_versions_of_a_policy_makes_room(bench: Bench) -> None:
    policy = samples.policy(bench)
    actions = ("s3:A", "s3:B", "s3:C", "s3:D", "s3:E")
    called = [bench.change(policy, policy=samples.document(action=action)) for action in actions]
    assert called[-1] == ["DeletePolicyVersion", "CreatePolicyVersion"]


def test_the_newest_document_of_a_policy_holds_after_many_changes(bench: Bench) -> None:
    policy = samples.policy(bench)
    for action in ("s3:A", "s3:B", "s3:C", "s3:D", "s3:E"):
        bench.change(policy, policy=samples.document(action=action))
    iam = bench.account.client("iam")
    version = iam.get_policy(PolicyArn=policy.id)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy.id, VersionId=version)["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "s3:E"


def test_a_policy_with_several_versions_is_deleted(bench: Bench) -> None:
    policy = samples.policy(bench)
    bench.change(policy, policy=samples.document(action="s3:PutObject"))
    assert bench.remove(policy) == ["DeletePolicyVersion", "DeletePolicy"]


def test_a_changed_inline_policy_is_written_again(bench: Bench) -> None:
    policy = samples.role_policy(bench)
    assert bench.change(policy, policy=samples.document(action="s3:PutObject")) == ["PutRolePolicy"]


def test_an_inline_policy_is_known_by_its_role_and_name(bench: Bench) -> None:
    assert samples.role_policy(bench).id == "execution:inline"


def test_a_managed_policy_that_does_not_exist_is_not_attached(bench: Bench) -> None:
    inputs = {"role": samples.role(bench).id, "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolcy"}
    with pytest.raises(ProviderError, match="AmazonEKSClusterPolcy"):
        bench.make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster", inputs)


def test_a_policy_that_somebody_detached_is_gone(bench: Bench) -> None:
    attachment = samples.role_policy_attachment(bench)
    iam = bench.account.client("iam")
    iam.detach_role_policy(RoleName=attachment.inputs["role"], PolicyArn=attachment.inputs["policyArn"])
    assert bench.read(attachment) is None


def test_the_accounts_oidc_provider_is_found_by_its_url(bench: Bench) -> None:
    token = "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider"
    answer = bench.provider.invoke(token, {"url": "https://token.actions.githubusercontent.com"})
    assert answer["arn"].endswith(":oidc-provider/token.actions.githubusercontent.com")


def test_an_oidc_provider_that_is_not_there_is_an_error(bench: Bench) -> None:
    token = "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider"
    with pytest.raises(ProviderError, match=r"no IAM OIDC provider for https://gitlab\.example\.com"):
        bench.provider.invoke(token, {"url": "https://gitlab.example.com"})
