"""Small worlds that several tests build on, made through boto3."""

import json
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.account.account import Account


def trust(*services: str) -> str:
    """A trust policy for services."""
    principal = {"Service": list(services)}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(account: Account, name: str, *services: str) -> str:
    """A role that services may assume."""
    return account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(*services))["Role"]["Arn"]


@dataclass(frozen=True)
class Network:
    """A VPC with two subnets and a security group."""

    vpc: str
    subnets: list[str]
    group: str


def network(account: Account) -> Network:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.200.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.200.{index * 16}.0/20", AvailabilityZone=f"eu-west-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="mwaa", Description="MWAA", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
    )
    return Network(vpc, subnets, group)


def cluster(account: Account, place: Network, **overrides: Any) -> dict[str, Any]:
    """A cluster named airflow."""
    given: dict[str, Any] = {
        "name": "airflow",
        "version": "1.36",
        "roleArn": role(account, "cluster", "eks.amazonaws.com"),
        "resourcesVpcConfig": {
            "subnetIds": place.subnets,
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        **overrides,
    }
    return account.client("eks").create_cluster(**given)["cluster"]


TEMPLATE: dict[str, Any] = {
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    "BlockDeviceMappings": [
        {
            "DeviceName": "/dev/xvda",
            "Ebs": {"VolumeSize": 150, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True},
        }
    ],
    "TagSpecifications": [
        {"ResourceType": kind, "Tags": [{"Key": "team", "Value": "data"}]}
        for kind in ("instance", "volume", "network-interface")
    ],
}


def node_group(
    account: Account, place: Network, template: dict[str, Any] | None = None, **overrides: Any
) -> dict[str, Any]:
    """A node group named standard, on the cluster named airflow."""
    made = account.client("ec2").create_launch_template(
        LaunchTemplateName="standard", LaunchTemplateData=TEMPLATE if template is None else template
    )["LaunchTemplate"]
    given: dict[str, Any] = {
        "clusterName": "airflow",
        "nodegroupName": "standard",
        "subnets": place.subnets,
        "nodeRole": role(account, "nodes", "ec2.amazonaws.com"),
        "version": "1.36",
        "releaseVersion": "1.36.4-20261003",
        "amiType": "AL2023_x86_64_STANDARD",
        "instanceTypes": ["t3a.large"],
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
        "launchTemplate": {"id": made["LaunchTemplateId"], "version": "1"},
        **overrides,
    }
    given = {key: value for key, value in given.items() if value is not None}
    return account.client("eks").create_nodegroup(**given)["nodegroup"]


LOGGING = {
    module: {"Enabled": True, "LogLevel": "INFO"}
    for module in ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs")
}


def bucket(account: Account, name: str = "airflow-dags") -> str:
    """A bucket that MWAA takes, with a requirements.txt; returns the version of that."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))
    return s3.put_object(Bucket=name, Key="requirements.txt", Body=b"")["VersionId"]


def environment(account: Account, place: Network, **overrides: Any) -> str:
    """An MWAA environment named airflow; returns its ARN. An override of None leaves the input out."""
    if "RequirementsS3ObjectVersion" not in overrides:
        overrides["RequirementsS3ObjectVersion"] = bucket(account)
    given: dict[str, Any] = {
        "Name": "airflow",
        "AirflowVersion": "3.3.1",
        "ExecutionRoleArn": overrides.get("ExecutionRoleArn")
        or role(account, "execution", "airflow.amazonaws.com", "airflow-env.amazonaws.com"),
        "SourceBucketArn": "arn:aws:s3:::airflow-dags",
        "DagS3Path": "dags",
        "RequirementsS3Path": "requirements.txt",
        "NetworkConfiguration": {"SubnetIds": place.subnets, "SecurityGroupIds": [place.group]},
        "LoggingConfiguration": LOGGING,
        "WeeklyMaintenanceWindowStart": "SUN:03:30",
        **overrides,
    }
    given = {key: value for key, value in given.items() if value is not None}
    return account.client("mwaa").create_environment(**given)["Arn"]
