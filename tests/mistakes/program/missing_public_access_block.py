"""The bucket of the DAGs may be made public."""

from typing import Any

import pulumi
import pulumi_aws as aws

caught_by = "rehearsal"
expected = "must block all public access"


def nothing(name: str, **_: Any) -> pulumi.Resource:
    return pulumi.ComponentResource("mistake:s3:Nothing", name)


aws.s3.BucketPublicAccessBlock = nothing
