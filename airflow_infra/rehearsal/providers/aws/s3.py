"""S3 buckets and the settings of a bucket that are resources of their own."""

from abc import abstractmethod
from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import (
    Fields,
    as_is,
    block,
    capitalised,
    each,
    integer,
    parameters,
)
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.s3_versions import delete_versions
from airflow_infra.rehearsal.providers.aws.tags import tag_list
from airflow_infra.rehearsal.providers.protocol import Properties

_NO_BUCKET = "NoSuchBucket"
_ABSENT = ("404", _NO_BUCKET)
_HOME_REGION = "us-east-1"
"""The one region that a create call must not name."""


class Bucket(Resource):
    """A bucket. Its id is its name."""

    type: ClassVar[str] = "aws:s3/bucket:Bucket"
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "forceDestroy", "tags", "tagsAll"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it private, then tag it."""
        s3 = self.client("s3")
        region = s3.meta.region_name
        location = {} if region == _HOME_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=inputs["bucket"], ACL="private", **location)
        self._set_tags(inputs["bucket"], inputs)
        return inputs["bucket"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, region and host names."""
        s3 = self.client("s3")
        if found(lambda: s3.head_bucket(Bucket=id_), *_ABSENT) is None:
            return None
        region = s3.get_bucket_location(Bucket=id_)["LocationConstraint"] or _HOME_REGION
        return {
            "arn": f"arn:aws:s3:::{id_}",
            "bucket": id_,
            "bucketDomainName": f"{id_}.s3.amazonaws.com",
            "bucketRegion": region,
            "bucketRegionalDomainName": f"{id_}.s3.{region}.amazonaws.com",
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set its tags; forceDestroy is only read on delete."""
        if changed & {"tags", "tagsAll"}:
            self._set_tags(id_, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it: with forceDestroy and all that is in it, otherwise it has to be empty."""
        s3 = self.client("s3")
        with ignoring(*_ABSENT):
            if inputs.get("forceDestroy"):
                delete_versions(s3, id_)
            s3.delete_bucket(Bucket=id_)

    def _set_tags(self, bucket: str, inputs: Properties) -> None:
        tags = tag_list(inputs)
        if tags:
            self.client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
        else:
            self.client("s3").delete_bucket_tagging(Bucket=bucket)


class _BucketSetting(Resource):
    """A setting of a bucket: written whole on create and update. Its id is the bucket's name."""

    absent: ClassVar[tuple[str, ...]] = ()
    """Error codes that mean that the bucket stands without the setting."""

    def create(self, name: str, inputs: Properties) -> str:
        """Write the setting."""
        self._put(self.client("s3"), inputs)
        return inputs["bucket"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Nothing is computed."""
        answer = found(lambda: self._get(self.client("s3"), id_), _NO_BUCKET, *self.absent)
        return None if answer is None else self._computed(answer)

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write the setting again."""
        self._put(self.client("s3"), new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take the setting away."""
        with ignoring(_NO_BUCKET, *self.absent):
            self._remove(self.client("s3"), id_, inputs)

    @abstractmethod
    def _put(self, s3: Any, inputs: Properties) -> None: ...

    @abstractmethod
    def _get(self, s3: Any, bucket: str) -> Any: ...

    @abstractmethod
    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None: ...

    def _computed(self, answer: Any) -> Properties:
        return {}


class BucketVersioning(_BucketSetting):
    """A bucket's versioning. Deleting it suspends versioning: it cannot be taken back."""

    type: ClassVar[str] = "aws:s3/bucketVersioning:BucketVersioning"
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "versioningConfiguration"))

    def _put(self, s3: Any, inputs: Properties) -> None:
        convert = block(capitalised("status"))
        configuration = convert(inputs["versioningConfiguration"], "versioningConfiguration")
        s3.put_bucket_versioning(Bucket=inputs["bucket"], VersioningConfiguration=configuration)

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_versioning(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        if inputs["versioningConfiguration"]["status"] == "Enabled":
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


class BucketPublicAccessBlock(_BucketSetting):
    """What a bucket refuses of public access. Deleting it lifts the block."""

    type: ClassVar[str] = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    fields: ClassVar[Fields] = capitalised(
        "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"
    )
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "skipDestroy", *fields))
    absent: ClassVar[tuple[str, ...]] = ("NoSuchPublicAccessBlockConfiguration",)

    def _put(self, s3: Any, inputs: Properties) -> None:
        configuration = parameters(inputs, self.fields)
        s3.put_public_access_block(Bucket=inputs["bucket"], PublicAccessBlockConfiguration=configuration)

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_public_access_block(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        if not inputs.get("skipDestroy"):
            s3.delete_public_access_block(Bucket=bucket)


class BucketServerSideEncryptionConfiguration(_BucketSetting):
    """A bucket's default encryption."""

    type: ClassVar[str] = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    fields: ClassVar[Fields] = {
        "applyServerSideEncryptionByDefault": (
            "ApplyServerSideEncryptionByDefault",
            block({"sseAlgorithm": ("SSEAlgorithm", as_is), "kmsMasterKeyId": ("KMSMasterKeyID", as_is)}),
        ),
        "bucketKeyEnabled": ("BucketKeyEnabled", as_is),
    }
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "rules"))
    absent: ClassVar[tuple[str, ...]] = ("ServerSideEncryptionConfigurationNotFoundError",)

    def _put(self, s3: Any, inputs: Properties) -> None:
        rules = each(block(self.fields))(inputs["rules"], "rules")
        s3.put_bucket_encryption(Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_encryption(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.delete_bucket_encryption(Bucket=bucket)


class BucketOwnershipControls(_BucketSetting):
    """Who owns what others put into a bucket."""

    type: ClassVar[str] = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "rule"))
    absent: ClassVar[tuple[str, ...]] = ("OwnershipControlsNotFoundError",)

    def _put(self, s3: Any, inputs: Properties) -> None:
        rule = block(capitalised("objectOwnership"))(inputs["rule"], "rule")
        s3.put_bucket_ownership_controls(Bucket=inputs["bucket"], OwnershipControls={"Rules": [rule]})

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_ownership_controls(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.delete_bucket_ownership_controls(Bucket=bucket)


class BucketPolicy(_BucketSetting):
    """A bucket's policy."""

    type: ClassVar[str] = "aws:s3/bucketPolicy:BucketPolicy"
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "policy"))
    absent: ClassVar[tuple[str, ...]] = ("NoSuchBucketPolicy",)

    def _put(self, s3: Any, inputs: Properties) -> None:
        s3.put_bucket_policy(Bucket=inputs["bucket"], Policy=inputs["policy"])

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_policy(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.delete_bucket_policy(Bucket=bucket)


_RULE: Fields = {
    "id": ("ID", as_is),
    "status": ("Status", as_is),
    "filter": ("Filter", block(capitalised("prefix"))),
    "expiration": (
        "Expiration",
        block({"days": ("Days", integer), "expiredObjectDeleteMarker": ("ExpiredObjectDeleteMarker", as_is)}),
    ),
    "noncurrentVersionExpiration": (
        "NoncurrentVersionExpiration",
        block(
            {
                "noncurrentDays": ("NoncurrentDays", integer),
                "newerNoncurrentVersions": ("NewerNoncurrentVersions", integer),
            }
        ),
    ),
    "abortIncompleteMultipartUpload": (
        "AbortIncompleteMultipartUpload",
        block({"daysAfterInitiation": ("DaysAfterInitiation", integer)}),
    ),
}


class BucketLifecycleConfiguration(_BucketSetting):
    """When a bucket's objects and their old versions expire."""

    type: ClassVar[str] = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    handles: ClassVar[frozenset[str] | None] = frozenset(("bucket", "rules"))
    absent: ClassVar[tuple[str, ...]] = ("NoSuchLifecycleConfiguration",)

    def _put(self, s3: Any, inputs: Properties) -> None:
        # Every rule needs a filter; the real provider sends an empty one for a rule that has none.
        rules = [{"Filter": {}, **rule} for rule in each(block(_RULE))(inputs["rules"], "rules")]
        s3.put_bucket_lifecycle_configuration(Bucket=inputs["bucket"], LifecycleConfiguration={"Rules": rules})

    def _get(self, s3: Any, bucket: str) -> Any:
        return s3.get_bucket_lifecycle_configuration(Bucket=bucket)

    def _remove(self, s3: Any, bucket: str, inputs: Properties) -> None:
        s3.delete_bucket_lifecycle(Bucket=bucket)

    def _computed(self, answer: Any) -> Properties:
        # S3's default since September 2024, where the answer does not say it (S3 user guide, lifecycle transitions).
        size = answer.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
        return {"transitionDefaultMinimumObjectSize": size}


RESOURCES: list[type[Resource]] = [
    Bucket,
    BucketVersioning,
    BucketPublicAccessBlock,
    BucketServerSideEncryptionConfiguration,
    BucketOwnershipControls,
    BucketPolicy,
    BucketLifecycleConfiguration,
]
