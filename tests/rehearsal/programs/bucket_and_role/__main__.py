"""A bucket that a role may read: a program that has nothing to do with Airflow."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
provider = aws.Provider("aws", region="eu-west-1", default_tags={"tags": {"owner": config.require("owner")}})
here = pulumi.ResourceOptions(provider=provider)
bucket = aws.s3.Bucket("reports", bucket="quarterly-reports", opts=here)
aws.s3.BucketVersioning("reports", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=here)
role = aws.iam.Role(
    "reader",
    name="report-reader",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
            ],
        }
    ),
    opts=here,
)
policy = bucket.arn.apply(
    lambda arn: json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/*"}],
        }
    )
)
aws.iam.RolePolicy("reader", name="read-reports", role=role.name, policy=policy, opts=here)
pulumi.export("bucket", bucket.bucket)
