"""A misspelt key in a dict: the SDK passes it on as it is."""

import pulumi_aws as aws
from parts import options

expected = "statsu"

bucket = aws.s3.Bucket("bucket", bucket="mistakes-111122223333", opts=options)
aws.s3.BucketVersioning(  # mistake
    "versioning",
    bucket=bucket.id,
    versioning_configuration={"statsu": "Enabled"},  # type: ignore
    opts=options,
)
