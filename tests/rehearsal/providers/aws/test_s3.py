"""S3 buckets, their settings, and objects."""

import pytest

from airflow_infra.rehearsal.providers.protocol import Asset, ProviderError
from tests.rehearsal.providers.aws import samples
from tests.rehearsal.providers.aws.bench import Bench


def test_a_bucket_carries_its_tags_and_the_default_ones(bench: Bench) -> None:
    samples.bucket(bench, tags={"Name": "mwaa"})
    tags = bench.account.client("s3").get_bucket_tagging(Bucket=samples.BUCKET)["TagSet"]
    assert tags == [{"Key": "Name", "Value": "mwaa"}, {"Key": "owner", "Value": "data"}]


def test_a_changed_tag_writes_the_tags_of_a_bucket(bench: Bench) -> None:
    assert bench.change(samples.bucket(bench), tags={"stage": "dev"}) == ["PutBucketTagging"]


def test_a_bucket_that_holds_something_is_not_deleted(bench: Bench) -> None:
    bucket = samples.bucket(bench)
    bench.account.client("s3").put_object(Bucket=bucket.id, Key="dags/one.py", Body=b"")
    with pytest.raises(ProviderError, match="BucketNotEmpty"):
        bench.remove(bucket)


def test_a_bucket_that_is_destroyed_by_force_goes_with_all_versions(bench: Bench) -> None:
    bucket = samples.bucket(bench, forceDestroy=True)
    s3 = bench.account.client("s3")
    s3.put_bucket_versioning(Bucket=bucket.id, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"one", b"two"):
        s3.put_object(Bucket=bucket.id, Key="dags/one.py", Body=content)
    s3.delete_object(Bucket=bucket.id, Key="dags/one.py")
    bench.remove(bucket)
    assert bench.read(bucket) is None


def test_deleting_versioning_suspends_it(bench: Bench) -> None:
    bench.remove(samples.bucket_versioning(bench))
    status = bench.account.client("s3").get_bucket_versioning(Bucket=samples.BUCKET)["Status"]
    assert status == "Suspended"


def test_a_changed_lifecycle_is_written_whole(bench: Bench) -> None:
    lifecycle = samples.bucket_lifecycle(bench)
    rule = {**lifecycle.inputs["rules"][0], "noncurrentVersionExpiration": {"noncurrentDays": 30.0}}
    assert bench.change(lifecycle, rules=[rule]) == ["PutBucketLifecycleConfiguration"]


def test_a_part_of_a_lifecycle_rule_that_is_not_handled_is_refused(bench: Bench) -> None:
    rule = {"id": "glacier", "status": "Enabled", "transitions": [{"days": 30.0, "storageClass": "GLACIER"}]}
    inputs = {"bucket": samples.bucket(bench).id, "rules": [rule]}
    type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    with pytest.raises(ProviderError, match=r"rules\[0\]\.transitions is not handled"):
        bench.make(type_, "mwaa", inputs)


def test_an_input_of_a_bucket_that_is_not_handled_is_refused(bench: Bench) -> None:
    checked = bench.provider.check("aws:s3/bucket:Bucket", "mwaa", {"bucket": "mwaa", "acl": "public-read"})
    assert [failure.property for failure in checked.failures] == ["acl"]


def test_a_setting_of_a_bucket_that_is_not_there_is_refused(bench: Bench) -> None:
    inputs = {"bucket": "elsewhere", "rule": {"objectOwnership": "BucketOwnerEnforced"}}
    with pytest.raises(ProviderError, match="NoSuchBucket"):
        bench.make("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "mwaa", inputs)


def test_an_object_is_known_by_bucket_and_key(bench: Bench) -> None:
    assert samples.bucket_object(bench).id == f"{samples.BUCKET}/requirements.txt"


def test_new_content_is_a_new_version(bench: Bench) -> None:
    made = samples.bucket_object(bench)
    before = made.outputs["versionId"]
    bench.change(made, content="boto3==2\n")
    assert made.outputs["versionId"] != before


def test_a_changed_tag_of_an_object_uploads_nothing(bench: Bench) -> None:
    assert bench.change(samples.bucket_object(bench), tags={"stage": "dev"}) == ["PutObjectTagging"]


def test_an_asset_is_uploaded(bench: Bench) -> None:
    made = samples.bucket_object(bench, content=None, source=Asset(text="from an asset"))
    body = bench.account.client("s3").get_object(Bucket=samples.BUCKET, Key=made.inputs["key"])["Body"]
    assert body.read() == b"from an asset"


def test_an_object_with_two_contents_is_refused(bench: Bench) -> None:
    with pytest.raises(ProviderError, match="an object has one content"):
        samples.bucket_object(bench, source=Asset(text="another"))


def test_a_deleted_object_leaves_no_version_behind(bench: Bench) -> None:
    made = samples.bucket_object(bench)
    bench.change(made, content="boto3==2\n")
    bench.remove(made)
    assert "Versions" not in bench.account.client("s3").list_object_versions(Bucket=samples.BUCKET)


def test_deleting_an_object_spares_longer_keys(bench: Bench) -> None:
    made = samples.bucket_object(bench)
    s3 = bench.account.client("s3")
    s3.put_object(Bucket=samples.BUCKET, Key="requirements.txt.old", Body=b"")
    bench.remove(made)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=samples.BUCKET)["Contents"]] == ["requirements.txt.old"]
