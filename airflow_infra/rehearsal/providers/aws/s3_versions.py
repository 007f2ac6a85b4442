"""Removing objects from a bucket for good: every version and every delete marker."""

from collections.abc import Iterator
from typing import Any

_BATCH = 1000
"""Objects that one DeleteObjects call takes at most (S3 API reference)."""


def delete_versions(s3: Any, bucket: str, key: str | None = None) -> None:
    """Delete all versions of one key, or of every key of the bucket."""
    versions = list(_versions(s3, bucket, key))
    for start in range(0, len(versions), _BATCH):
        batch = versions[start : start + _BATCH]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})


def _versions(s3: Any, bucket: str, key: str | None) -> Iterator[dict[str, str]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key or ""):
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            # A prefix also finds longer keys.
            if key is None or version["Key"] == key:
                yield {"Key": version["Key"], "VersionId": version["VersionId"]}
