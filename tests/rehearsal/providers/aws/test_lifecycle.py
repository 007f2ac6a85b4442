"""What holds for every type of resource but the network's."""

from collections.abc import Callable

import pytest

from airflow_infra.rehearsal.providers.aws.registry import resource_class
from airflow_infra.rehearsal.providers.aws.types import table
from tests.rehearsal.providers.aws import platform_samples, samples
from tests.rehearsal.providers.aws.bench import Bench, Made

SAMPLES = {
    "aws:autoscaling/tag:Tag": platform_samples.auto_scaling_tag,
    "aws:cloudwatch/dashboard:Dashboard": samples.dashboard,
    "aws:cloudwatch/logGroup:LogGroup": samples.log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": samples.metric_alarm,
    "aws:eks/accessEntry:AccessEntry": platform_samples.access_entry,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": platform_samples.access_policy_association,
    "aws:eks/addon:Addon": platform_samples.addon,
    "aws:eks/cluster:Cluster": platform_samples.cluster,
    "aws:eks/nodeGroup:NodeGroup": platform_samples.node_group,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": platform_samples.pod_identity_association,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": samples.oidc_provider,
    "aws:iam/policy:Policy": samples.policy,
    "aws:iam/role:Role": samples.role,
    "aws:iam/rolePolicy:RolePolicy": samples.role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": samples.role_policy_attachment,
    "aws:kms/alias:Alias": samples.alias,
    "aws:kms/key:Key": samples.key,
    "aws:mwaa/environment:Environment": platform_samples.environment,
    "aws:s3/bucket:Bucket": samples.bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": samples.bucket_lifecycle,
    "aws:s3/bucketObjectv2:BucketObjectv2": samples.bucket_object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": samples.bucket_ownership_controls,
    "aws:s3/bucketPolicy:BucketPolicy": samples.bucket_policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": samples.bucket_public_access_block,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": samples.bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": samples.bucket_versioning,
    "aws:scheduler/schedule:Schedule": samples.schedule,
    "aws:sesv2/emailIdentity:EmailIdentity": samples.email_identity,
    "aws:sns/topic:Topic": samples.topic,
    "aws:sns/topicPolicy:TopicPolicy": samples.topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": samples.topic_subscription,
}
"""What makes one of each, by type token."""

STILL_READ = (
    "aws:s3/bucketVersioning:BucketVersioning",  # suspended: it cannot be taken back
    "aws:sns/topicPolicy:TopicPolicy",  # the default policy is back
    "aws:sns/topicSubscription:TopicSubscription",  # nobody confirmed it, so it cannot be deleted
)
"""What is there after it was deleted."""

every_type = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
Sample = Callable[[Bench], Made]


@every_type
def test_a_resource_that_was_made_is_read_as_it_was_made(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    assert bench.read(made) == made.outputs


@every_type
def test_updating_nothing_makes_no_mutating_call(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    assert bench.change(made) == []


@every_type
def test_a_resource_is_deleted(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    bench.remove(made)
    assert bench.read(made) is None or made.type in STILL_READ


@every_type
def test_deleting_twice_is_no_error(sample: Sample, bench: Bench) -> None:
    made = sample(bench)
    bench.remove(made)
    bench.remove(made)


def test_every_type_but_the_networks_has_a_sample() -> None:
    network = ("aws:ec2", "aws:vpc")
    made = {token for token in table().types() if not token.startswith(network) and resource_class(token)}
    assert made == SAMPLES.keys()


@pytest.mark.parametrize("token", SAMPLES)
def test_a_type_handles_only_inputs_that_there_are(token: str) -> None:
    described, class_ = table().type(token), resource_class(token)
    assert described is not None
    assert class_ is not None
    assert class_.handles is not None
    assert class_.handles - {"tagsAll"} <= described.inputs.keys()


@pytest.mark.parametrize("token", SAMPLES)
def test_a_type_handles_what_is_required_and_what_is_filled_in(token: str) -> None:
    described, class_ = table().type(token), resource_class(token)
    assert described is not None
    assert class_ is not None
    required = {name for name, field in described.inputs.items() if field.required}
    given = {name for name in described.defaults if "." not in name}
    assert required | given <= (class_.handles or frozenset())
