"""One sample of each resource type but the network's, with what it needs around it."""

import json
from typing import Any

from tests.rehearsal.account import world
from tests.rehearsal.providers.aws.bench import Bench, Made

ACCOUNT_ID = "123456789012"
BUCKET = "airflow-dev-mwaa"
LOGS = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")
LOG_GROUPS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


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


def cluster(bench: Bench, subnets: list[str] | None = None, **inputs: Any) -> Made:
    given = {
        "name": "airflow-dev",
        "version": "1.35",
        "roleArn": world.role(bench.account, "cluster", "eks.amazonaws.com"),
        "bootstrapSelfManagedAddons": False,
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "vpcConfig": {
            "subnetIds": subnets or world.network(bench.account).subnets,
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "enabledClusterLogTypes": ["api", "audit"],
        "upgradePolicy": {"supportType": "STANDARD"},
    }
    return bench.make("aws:eks/cluster:Cluster", "cluster", given | inputs)


def node_group(bench: Bench, **inputs: Any) -> Made:
    subnets = world.network(bench.account).subnets
    ec2 = bench.account.client("ec2")
    template = ec2.create_launch_template(LaunchTemplateName="standard", LaunchTemplateData=world.TEMPLATE)
    given = {
        "clusterName": cluster(bench, subnets).id,
        "nodeGroupName": "standard",
        "nodeRoleArn": world.role(bench.account, "nodes", "ec2.amazonaws.com"),
        "subnetIds": subnets,
        "amiType": "AL2023_x86_64_STANDARD",
        "version": "1.35",
        "releaseVersion": "1.35.8-20260923",
        "capacityType": "ON_DEMAND",
        "instanceTypes": ["t3a.large"],
        "launchTemplate": {"id": template["LaunchTemplate"]["LaunchTemplateId"], "version": "1"},
        "scalingConfig": {"minSize": 1.0, "maxSize": 3.0, "desiredSize": 1.0},
        "labels": {"kind": "standard"},
        "taints": [{"key": "high-memory", "value": "true", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailable": 1.0},
    }
    return bench.make("aws:eks/nodeGroup:NodeGroup", "standard", given | inputs)


def addon(bench: Bench, **inputs: Any) -> Made:
    given = {
        "clusterName": cluster(bench).id,
        "addonName": "vpc-cni",
        "addonVersion": "v1.22.4-eksbuild.3",
        "configurationValues": json.dumps({"enableNetworkPolicy": "true"}),
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "PRESERVE",
    }
    return bench.make("aws:eks/addon:Addon", "vpc-cni", given | inputs)


def pod_identity_association(bench: Bench) -> Made:
    inputs = {
        "clusterName": cluster(bench).id,
        "namespace": "kube-system",
        "serviceAccount": "aws-node",
        "roleArn": pod_role(bench, "vpc-cni"),
    }
    return bench.make("aws:eks/podIdentityAssociation:PodIdentityAssociation", "vpc-cni", inputs)


def pod_role(bench: Bench, name: str) -> str:
    actions = ["sts:AssumeRole", "sts:TagSession"]
    statement = {"Effect": "Allow", "Action": actions, "Principal": {"Service": "pods.eks.amazonaws.com"}}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return role(bench, name, assumeRolePolicy=text).outputs["arn"]


def access_entry(bench: Bench) -> Made:
    inputs = {
        "clusterName": cluster(bench).id,
        "principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/administrator",
        "userName": "mwaa-service",
        "kubernetesGroups": ["airflow-tasks"],
    }
    return bench.make("aws:eks/accessEntry:AccessEntry", "mwaa", inputs)


def access_policy_association(bench: Bench) -> Made:
    entry = access_entry(bench)
    inputs = {
        "clusterName": entry.inputs["clusterName"],
        "principalArn": entry.inputs["principalArn"],
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "accessScope": {"type": "cluster"},
    }
    return bench.make("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "administrator", inputs)


def auto_scaling_tag(bench: Bench) -> Made:
    group = node_group(bench).outputs["resources"][0]["autoscalingGroups"][0]["name"]
    tag = {"key": "owner", "value": "data", "propagateAtLaunch": True}
    return bench.make("aws:autoscaling/tag:Tag", "owner", {"autoscalingGroupName": group, "tag": tag})


def environment(bench: Bench, **inputs: Any) -> Made:
    place = world.network(bench.account)
    requirements = bucket_object(bench, content="--constraint https://example.com/constraints.txt\n")
    bench.account.client("s3").put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    services = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
    for name in LOG_GROUPS:
        log_group(bench, f"airflow-airflow-dev-{name}")
    given = {
        "name": "airflow-dev",
        "airflowVersion": "3.2.1",
        "environmentClass": "mw1.small",
        "minWorkers": 1.0,
        "maxWorkers": 5.0,
        "sourceBucketArn": f"arn:aws:s3:::{BUCKET}",
        "dagS3Path": "dags/",
        "requirementsS3Path": "requirements.txt",
        "requirementsS3ObjectVersion": requirements.outputs["versionId"],
        "executionRoleArn": world.role(bench.account, "execution", *services),
        "networkConfiguration": {"subnetIds": place.subnets, "securityGroupIds": [place.group]},
        "loggingConfiguration": {log: {"enabled": True, "logLevel": "INFO"} for log in LOGS},
        "airflowConfigurationOptions": {"core.default_timezone": "utc"},
        "workerReplacementStrategy": "GRACEFUL",
    }
    return bench.make("aws:mwaa/environment:Environment", "airflow", given | inputs)


SAMPLES = {
    "aws:autoscaling/tag:Tag": auto_scaling_tag,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metric_alarm,
    "aws:eks/accessEntry:AccessEntry": access_entry,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": access_policy_association,
    "aws:eks/addon:Addon": addon,
    "aws:eks/cluster:Cluster": cluster,
    "aws:eks/nodeGroup:NodeGroup": node_group,
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": pod_identity_association,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": oidc_provider,
    "aws:iam/policy:Policy": policy,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": role_policy_attachment,
    "aws:kms/alias:Alias": alias,
    "aws:kms/key:Key": key,
    "aws:mwaa/environment:Environment": environment,
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucket_lifecycle,
    "aws:s3/bucketObjectv2:BucketObjectv2": bucket_object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": bucket_ownership_controls,
    "aws:s3/bucketPolicy:BucketPolicy": bucket_policy,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": bucket_public_access_block,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": bucket_versioning,
    "aws:scheduler/schedule:Schedule": schedule,
    "aws:sesv2/emailIdentity:EmailIdentity": email_identity,
    "aws:sns/topic:Topic": topic,
    "aws:sns/topicPolicy:TopicPolicy": topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": topic_subscription,
}
"""By type token."""
