"""Objects in S3 buckets."""

import base64
from typing import ClassVar
from urllib.parse import urlencode

from airflow_infra.rehearsal.providers.aws.arguments import as_is, capitalised, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.s3_versions import delete_versions
from airflow_infra.rehearsal.providers.aws.tags import tag_list, tags_of
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_CONTENT = ("content", "contentBase64", "source")
_FIELDS = {
    **capitalised(
        "bucketKeyEnabled",
        "cacheControl",
        "contentDisposition",
        "contentEncoding",
        "contentType",
        "metadata",
        "serverSideEncryption",
        "storageClass",
    ),
    "kmsKeyId": ("SSEKMSKeyId", as_is),
}


class BucketObjectv2(Resource):
    """An object. Its id is `bucket/key`."""

    type: ClassVar[str] = "aws:s3/bucketObjectv2:BucketObjectv2"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("bucket", "etag", "forceDestroy", "key", "sourceHash", "tags", "tagsAll", *_CONTENT, *_FIELDS)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Upload it. The key is Pulumi's name where none is given."""
        key = inputs.get("key") or name
        self._upload(key, inputs)
        return f"{inputs['bucket']}/{key}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its newest version."""
        bucket, key = self._place(id_, inputs)
        answer = found(lambda: self.client("s3").head_object(Bucket=bucket, Key=key), "404", "NoSuchBucket")
        if answer is None:
            return None
        return {
            "arn": f"arn:aws:s3:::{id_}",
            "bucketKeyEnabled": answer.get("BucketKeyEnabled", False),
            "contentType": answer["ContentType"],
            "etag": answer["ETag"].strip('"'),
            "key": key,
            "kmsKeyId": answer.get("SSEKMSKeyId"),
            "serverSideEncryption": answer.get("ServerSideEncryption"),
            "storageClass": answer.get("StorageClass", "STANDARD"),
            "versionId": answer.get("VersionId", ""),
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Upload it again; when only its tags change, set those."""
        bucket, key = self._place(id_, new)
        if changed - {"forceDestroy", "tags", "tagsAll"}:
            self._upload(key, new)
        elif changed & {"tags", "tagsAll"}:
            self.client("s3").put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": tag_list(new)})

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete every version of it."""
        bucket, key = self._place(id_, inputs)
        with ignoring("NoSuchBucket"):
            delete_versions(self.client("s3"), bucket, key)

    def _upload(self, key: str, inputs: Properties) -> None:
        tags = tags_of(inputs)
        tagging = {"Tagging": urlencode(sorted(tags.items()))} if tags else {}
        self.client("s3").put_object(
            Bucket=inputs["bucket"], Key=key, Body=_content(inputs), **parameters(inputs, _FIELDS), **tagging
        )

    def _place(self, id_: str, inputs: Properties) -> tuple[str, str]:
        bucket = inputs["bucket"]
        return bucket, id_.removeprefix(f"{bucket}/")


def _content(inputs: Properties) -> bytes:
    given = [key for key in _CONTENT if inputs.get(key) is not None]
    if len(given) > 1:
        raise ProviderError(
            f"an object has one content: expected one of {', '.join(_CONTENT)}, got {' and '.join(given)}"
        )
    if "source" in given:
        return inputs["source"].read()
    if "contentBase64" in given:
        return base64.b64decode(inputs["contentBase64"])
    return (inputs.get("content") or "").encode()


RESOURCES: list[type[Resource]] = [BucketObjectv2]
