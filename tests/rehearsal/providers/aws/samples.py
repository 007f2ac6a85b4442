"""Samples of the resource types of IAM, KMS, S3, CloudWatch, SNS, SES and EventBridge, with what each needs."""

import json
from typing import Any

from tests.rehearsal.providers.aws.bench import Bench, Made

ACCOUNT_ID = "123456789012"
BUCKET = "airflow-dev-mwaa"


def document(*, principal: Any = None, effect: str = "Allow", resource: str | None = "*", action: str = "*:*") -> str:
    """A policy with one statement."""
    statement = {"Effect": effect, "Action": action}
    if principal is not None:
        statement["Principal"] = principal
    if resource is not None:
        statement["Resource"] = resource
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(service: str = "ec2.amazonaws.com") -> str:
    """A trust policy."""
    return document(principal={"Service": service}, resource=None, action="sts:AssumeRole")


def role(bench: Bench, name: str = "execution", **inputs: Any) -> Made:
    return bench.make("aws:iam/role:Role", name, {"name": name, "assumeRolePolicy": trust(), **inputs})


def policy(bench: Bench) -> Made:
    inputs = {"name": "reader", "policy": document(action="s3:GetObject")}
    return bench.make("aws:iam/policy:Policy", "reader", inputs)


def role_policy(bench: Bench) -> Made:
    inputs = {"name": "inline", "role": role(bench).id, "policy": document(action="s3:GetObject")}
    return bench.make("aws:iam/rolePolicy:RolePolicy", "inline", inputs)


def role_policy_attachment(bench: Bench) -> Made:
    inputs = {"role": role(bench).id, "policyArn": policy(bench).id}
    return bench.make("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "reader", inputs)


def oidc_provider(bench: Bench) -> Made:
    inputs = {"url": "https://issuer.example.com", "clientIdLists": ["sts.amazonaws.com"]}
    return bench.make("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer", inputs)


def key(bench: Bench, **inputs: Any) -> Made:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
    given = {"description": "data", "enableKeyRotation": True, "policy": document(principal=root, action="kms:*")}
    return bench.make("aws:kms/key:Key", "data", given | inputs)


def alias(bench: Bench) -> Made:
    return bench.make("aws:kms/alias:Alias", "data", {"name": "alias/data", "targetKeyId": key(bench).id})


def bucket(bench: Bench, **inputs: Any) -> Made:
    return bench.make("aws:s3/bucket:Bucket", "mwaa", {"bucket": BUCKET, **inputs})


def _setting(bench: Bench, type_: str, inputs: dict[str, Any]) -> Made:
    return bench.make(type_, "mwaa", {"bucket": bucket(bench).id, **inputs})


def bucket_versioning(bench: Bench) -> Made:
    return _setting(
        bench, "aws:s3/bucketVersioning:BucketVersioning", {"versioningConfiguration": {"status": "Enabled"}}
    )


def bucket_public_access_block(bench: Bench) -> Made:
    inputs = {"blockPublicAcls": True, "blockPublicPolicy": True}
    return _setting(bench, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", inputs)


def bucket_encryption(bench: Bench) -> Made:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    return _setting(bench, type_, {"rules": rules})


def bucket_ownership_controls(bench: Bench) -> Made:
    inputs = {"rule": {"objectOwnership": "BucketOwnerEnforced"}}
    return _setting(bench, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", inputs)


def bucket_policy(bench: Bench) -> Made:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
    text = document(principal=root, action="s3:GetObject", resource=f"arn:aws:s3:::{BUCKET}/*")
    return _setting(bench, "aws:s3/bucketPolicy:BucketPolicy", {"policy": text})


def bucket_lifecycle(bench: Bench) -> Made:
    rule = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrentVersionExpiration": {"noncurrentDays": 90.0, "newerNoncurrentVersions": 3.0},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7.0},
    }
    type_ = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    return _setting(bench, type_, {"rules": [rule]})


def bucket_object(bench: Bench, **inputs: Any) -> Made:
    versioning = bucket_versioning(bench)
    given = {"bucket": versioning.id, "key": "requirements.txt", "content": "boto3\n"}
    return bench.make("aws:s3/bucketObjectv2:BucketObjectv2", "requirements", given | inputs)


def log_group(bench: Bench, name: str = "flow-logs", **inputs: Any) -> Made:
    given = {"name": name, "retentionInDays": 90.0}
    return bench.make("aws:cloudwatch/logGroup:LogGroup", name, given | inputs)


def metric_alarm(bench: Bench) -> Made:
    inputs = {
        "name": "heartbeat",
        "comparisonOperator": "LessThanThreshold",
        "evaluationPeriods": 3.0,
        "metricName": "SchedulerHeartbeat",
        "namespace": "AmazonMWAA",
        "dimensions": {"Environment": "airflow-dev"},
        "period": 300.0,
        "statistic": "Sum",
        "threshold": 1.0,
        "treatMissingData": "breaching",
    }
    return bench.make("aws:cloudwatch/metricAlarm:MetricAlarm", "heartbeat", inputs)


def dashboard(bench: Bench) -> Made:
    inputs = {"dashboardName": "airflow-dev", "dashboardBody": json.dumps({"widgets": []})}
    return bench.make("aws:cloudwatch/dashboard:Dashboard", "dashboard", inputs)


def topic(bench: Bench) -> Made:
    return bench.make("aws:sns/topic:Topic", "alarms", {"name": "alarms", "displayName": "Airflow"})


def topic_policy(bench: Bench) -> Made:
    arn = topic(bench).id
    text = document(principal={"Service": "cloudwatch.amazonaws.com"}, action="sns:Publish", resource=arn)
    return bench.make("aws:sns/topicPolicy:TopicPolicy", "alarms", {"arn": arn, "policy": text})


def topic_subscription(bench: Bench) -> Made:
    inputs = {"topic": topic(bench).id, "protocol": "email", "endpoint": "somebody@example.com"}
    return bench.make("aws:sns/topicSubscription:TopicSubscription", "somebody", inputs)


def email_identity(bench: Bench) -> Made:
    return bench.make("aws:sesv2/emailIdentity:EmailIdentity", "airflow", {"emailIdentity": "airflow@example.com"})


def schedule(bench: Bench) -> Made:
    inputs = {
        "name": "no-rebalancing",
        "scheduleExpression": "rate(1 hours)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": "arn:aws:scheduler:::aws-sdk:autoscaling:suspendProcesses",
            "roleArn": role(bench, assumeRolePolicy=trust("scheduler.amazonaws.com")).outputs["arn"],
            "input": "{}",
        },
    }
    return bench.make("aws:scheduler/schedule:Schedule", "no-rebalancing", inputs)
