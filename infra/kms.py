"""The customer's KMS key, for stacks that encrypt with one of their own."""

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.names import Names
from infra.base import Context, component_options
from infra.iam.documents import Document, document, to_json


def key_policy(names: Names) -> Document:
    """Who may use the key.

    The account's administrators decide by IAM policies, and through them the deploying role, which makes the grants
    for MWAA, and the execution role, whose own policy names the key. CloudWatch Logs has no role: the key names it,
    for the log groups of this stack (CloudWatch Logs user guide, encrypting log data).
    """
    logs = f"arn:aws:logs:{names.region}:{names.account_id}:log-group"
    return document(
        {
            "Sid": "AccountDecidesByIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{names.account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "CloudWatchLogs",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{names.region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        f"{logs}:airflow-{names.environment}-*",
                        f"{logs}:{names.flow_log_group}",
                        f"{logs}:{names.control_plane_log_group}",
                    ]
                }
            },
        },
    )


class CustomerKey(pulumi.ComponentResource):
    """One key for the bucket, the environment and the log groups."""

    def __init__(self, context: Context) -> None:
        super().__init__("airflow:kms:CustomerKey", "customer-key", None, component_options(context))
        names = context.names
        protect = context.settings.protection.stateful
        self.key = aws.kms.Key(
            "data",
            description=f"Bucket, environment and logs of {names.prefix}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if protect else 7,
            policy=to_json(key_policy(names)),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.alias = aws.kms.Alias(
            "data",
            name=f"alias/{names.prefix}",
            target_key_id=self.key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"keyArn": self.key.arn})
