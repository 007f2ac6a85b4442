"""The settings of one stack: the root of the model that every stack file is read into."""

from typing import Annotated

from pydantic import Field

from airflow_infra.settings.eks import EksSettings
from airflow_infra.settings.mwaa import MwaaSettings
from airflow_infra.settings.types import AccountId, Block, EmailAddress, Region, RoleArn, Text
from airflow_infra.settings.vpc import VpcSettings


class AccountSettings(Block):
    """The AWS account that the stack is deployed to. Any other is refused before the first change."""

    id: AccountId
    """Account number, 12 digits."""
    region: Region
    """AWS region."""
    deploy_role_arn: RoleArn
    """Role that the AWS provider assumes and that administers the cluster."""


class AlertSettings(Block):
    """Who is told when something should wake somebody."""

    email_addresses: tuple[EmailAddress, ...] = ()
    """Addresses subscribed to the alarm topic. Each has to confirm once."""
    queued_tasks: Annotated[int, Field(ge=1)] = 50
    """Tasks queued for 15 minutes that raise an alarm."""
    pending_pods: Annotated[int, Field(ge=1)] = 10
    """Pods pending for 15 minutes that raise an alarm."""


class ProtectionSettings(Block):
    """What may not be deleted by accident. Off in a stack that comes and goes."""

    stateful: bool = True
    """Protect the environment, the cluster, the DAG bucket and KMS keys."""
    elastic_ips: bool = False
    """Protect the NAT gateways' elastic IPs, where others have them on an allow list."""


class EncryptionSettings(Block):
    """Encryption of the bucket, the environment and their logs."""

    customer_managed_key: bool = False
    """Use a KMS key of the stack's own for bucket, environment and logs. Changing it later replaces the environment."""


class QuotaSettings(Block):
    """AWS service quotas of the account, where they were raised. Defaults of November 2026."""

    node_groups_per_cluster: Annotated[int, Field(ge=1)] = 30
    """EKS managed node groups per cluster."""
    workers_per_environment: Annotated[int, Field(ge=1)] = 25
    """MWAA workers per environment."""
    routes_per_route_table: Annotated[int, Field(ge=1)] = 50
    """Non-propagated routes per route table."""


class StackSettings(Block):
    """The settings of one stack."""

    account: AccountSettings
    """Where the stack is deployed."""
    tags: Annotated[dict[Text, Text], Field(min_length=1)]
    """Tags of every resource that can carry tags. Each key is mandatory on instances and volumes too."""
    alerts: AlertSettings = AlertSettings()
    """Alarms."""
    protection: ProtectionSettings = ProtectionSettings()
    """Protection from deletion."""
    encryption: EncryptionSettings = EncryptionSettings()
    """Encryption keys."""
    quotas: QuotaSettings = QuotaSettings()
    """Service quotas."""
    vpc: VpcSettings
    """Network."""
    mwaa: MwaaSettings
    """Airflow environment."""
    eks: EksSettings
    """Kubernetes cluster."""
