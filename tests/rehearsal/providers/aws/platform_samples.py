"""Samples of the resource types of EKS, MWAA and Auto Scaling, with what each needs around it."""

import json
from typing import Any

from tests.rehearsal.account import world
from tests.rehearsal.providers.aws import samples
from tests.rehearsal.providers.aws.bench import Bench, Made

LOGS = ("dagProcessingLogs", "schedulerLogs", "taskLogs", "webserverLogs", "workerLogs")
LOG_GROUPS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")


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
    return samples.role(bench, name, assumeRolePolicy=text).outputs["arn"]


def access_entry(bench: Bench) -> Made:
    inputs = {
        "clusterName": cluster(bench).id,
        "principalArn": f"arn:aws:iam::{samples.ACCOUNT_ID}:role/administrator",
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
    requirements = samples.bucket_object(bench, content="--constraint https://example.com/constraints.txt\n")
    bench.account.client("s3").put_public_access_block(
        Bucket=samples.BUCKET,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    services = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
    for name in LOG_GROUPS:
        samples.log_group(bench, f"airflow-airflow-dev-{name}")
    given = {
        "name": "airflow-dev",
        "airflowVersion": "3.2.1",
        "environmentClass": "mw1.small",
        "minWorkers": 1.0,
        "maxWorkers": 5.0,
        "sourceBucketArn": f"arn:aws:s3:::{samples.BUCKET}",
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
