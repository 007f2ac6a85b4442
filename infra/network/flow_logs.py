"""Flow logs of the VPC."""

import pulumi
import pulumi_aws as aws

from infra.base import Context, component_options
from infra.iam.roles import ServiceRole


class FlowLogs(pulumi.ComponentResource):
    """Flow logs to a log group of their own, which the execution role's policy does not cover."""

    def __init__(
        self, context: Context, vpc: aws.ec2.Vpc, writer: ServiceRole, key_arn: pulumi.Output[str] | None
    ) -> None:
        super().__init__("airflow:network:FlowLogs", "flow-logs", None, component_options(context))
        settings = context.settings.vpc.flow_logs
        self.log_group = aws.cloudwatch.LogGroup(
            "flow-logs",
            name=context.names.flow_log_group,
            retention_in_days=settings.retention_days,
            kms_key_id=key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.flow_log = aws.ec2.FlowLog(
            "vpc",
            vpc_id=vpc.id,
            traffic_type=settings.traffic_type,
            log_destination_type="cloud-watch-logs",
            log_destination=self.log_group.arn,
            iam_role_arn=writer.role.arn,
            tags={"Name": context.names.prefix},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(writer.policies)),
        )
        self.register_outputs({"logGroupName": self.log_group.name})
