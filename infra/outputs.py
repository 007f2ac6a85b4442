"""The stack's outputs: what a person and a pipeline need to go on."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.platform import Platform


def stack_outputs(platform: Platform) -> dict[str, pulumi.Input[Any]]:
    """Every output of the stack, by name."""
    context = platform.context
    names, region = context.names, context.settings.account.region
    publisher = platform.roles.dag_publisher
    outputs: dict[str, pulumi.Input[Any]] = {
        "webserver_url": pulumi.Output.concat("https://", platform.environment.environment.webserver_url),
        "environment_name": platform.environment.environment.name,
        "environment_arn": platform.environment.environment.arn,
        "cluster_name": platform.cluster.cluster.name,
        "cluster_arn": platform.cluster.cluster.arn,
        "cluster_endpoint": platform.cluster.cluster.endpoint,
        "bucket": platform.bucket.bucket.bucket,
        "dags_url": pulumi.Output.concat("s3://", platform.bucket.bucket.bucket, "/dags/"),
        "execution_role_arn": platform.roles.execution.role.arn,
        "ui_access_policy_arns": {role: policy.arn for role, policy in platform.ui_access.policies.items()},
        "kubeconfig_command": f"aws eks update-kubeconfig --region {region} --name {names.cluster}",
        "vpc_id": platform.network.vpc.id,
        "nat_addresses": [address.public_ip for address in platform.network.elastic_ips.values()],
        "alarm_topic_arn": platform.monitoring.topic.arn,
        "transit_gateways": _transit_gateways(platform),
        "next_steps": _next_steps(platform),
    }
    if publisher is not None:
        outputs["dag_publisher_role_arn"] = publisher.role.arn
    return outputs


def _transit_gateways(platform: Platform) -> Mapping[str, pulumi.Input[Any]]:
    return {attachment.gateway.name: attachment.state for attachment in platform.network.transit_gateways}


def _next_steps(platform: Platform) -> pulumi.Output[list[str]]:
    """What is left for a person to do."""
    settings = platform.context.settings
    steps = [
        "Attach one of ui_access_policy_arns to the role of everybody who signs in to webserver_url",
        "Publish DAGs to dags_url; a sync that deletes must exclude .kube/*",
    ]
    if settings.alerts.email_addresses:
        addresses = ", ".join(settings.alerts.email_addresses)
        steps.append(f"Confirm the alarm subscriptions sent to {addresses}")
    email = settings.mwaa.email
    if email is not None and email.owns_identity:
        steps.append(f"Follow the link that Amazon SES sends to {email.sender}: until then it refuses Airflow's mails")
    asks = [attachment.ask for attachment in platform.network.transit_gateways if attachment.ask is not None]
    return pulumi.Output.all(*asks).apply(lambda resolved: [*resolved, *steps])
