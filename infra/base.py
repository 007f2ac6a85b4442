"""Config objects and global resources: the stack's settings, its names, its tags and the AWS provider."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings


@dataclass(frozen=True)
class Context:
    """What every component needs to know of its stack."""

    settings: StackSettings
    names: Names
    provider: aws.Provider


def aws_provider(settings: StackSettings, names: Names) -> aws.Provider:
    """The AWS provider of the stack."""
    return provider_as("aws", settings.account.deploy_role_arn, settings.account.id, settings, names)


def provider_as(
    name: str,
    role_arn: str,
    account_id: str,
    settings: StackSettings,
    names: Names,
    opts: pulumi.ResourceOptions | None = None,
) -> aws.Provider:
    """An AWS provider that acts as a role, in the stack's region and in no account but this one."""
    return aws.Provider(
        name,
        region=settings.account.region,
        allowed_account_ids=[account_id],
        # Its Args class: the provider gets what is inside as JSON, and a dict's names would stay snake_case.
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role_arn, session_name=f"pulumi-{names.prefix}")],
        default_tags={"tags": settings.tags},
        opts=opts,
    )


def component_options(context: Context, parent: pulumi.Resource | None = None) -> pulumi.ResourceOptions:
    """Options of a component whose AWS children use the stack's provider."""
    return pulumi.ResourceOptions(parent=parent, providers=[context.provider])
