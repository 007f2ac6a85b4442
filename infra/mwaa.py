"""The Airflow environment."""

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.airflow import configuration_options
from airflow_infra.settings.mwaa import LogLevels
from infra.base import Context, component_options
from infra.iam.roles import Roles
from infra.s3 import MwaaBucket
from infra.vpc import Network


def logging_configuration(levels: LogLevels) -> aws.mwaa.EnvironmentLoggingConfigurationArgsDict:
    """All five logs on, each at its level."""
    return {
        "dag_processing_logs": {"enabled": True, "log_level": levels.dag_processing},
        "scheduler_logs": {"enabled": True, "log_level": levels.scheduler},
        "task_logs": {"enabled": True, "log_level": levels.task},
        "webserver_logs": {"enabled": True, "log_level": levels.webserver},
        "worker_logs": {"enabled": True, "log_level": levels.worker},
    }


class Environment(pulumi.ComponentResource):
    """The MWAA environment and its log groups.

    It waits for everything without which its creation fails after hours, or succeeds half: ways out of the private
    subnets, the security group's rules, the bucket's protection and versions, the execution role's policy, the log
    groups. It does not wait for the cluster.
    """

    def __init__(
        self,
        context: Context,
        network: Network,
        roles: Roles,
        bucket: MwaaBucket,
        key_arn: pulumi.Output[str] | None,
    ) -> None:
        super().__init__("airflow:mwaa:Environment", "environment", None, component_options(context))
        self._context = context
        settings, names = context.settings, context.names
        mwaa = settings.mwaa
        self._sender()
        # Made beforehand: the groups that MWAA would make never expire, and stay behind.
        self.log_groups = [
            aws.cloudwatch.LogGroup(
                name.removeprefix(f"airflow-{names.environment}-").lower(),
                name=name,
                retention_in_days=mwaa.log_retention_days,
                kms_key_id=key_arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for name in names.airflow_log_groups
        ]
        self.environment = aws.mwaa.Environment(
            "airflow",
            name=names.environment,
            airflow_version=mwaa.airflow_version,
            airflow_configuration_options=configuration_options(mwaa),
            environment_class=mwaa.environment_class,
            min_workers=mwaa.min_workers,
            max_workers=mwaa.max_workers,
            schedulers=mwaa.schedulers,
            min_webservers=mwaa.min_webservers,
            max_webservers=mwaa.max_webservers,
            webserver_access_mode=mwaa.webserver_access_mode,
            weekly_maintenance_window_start=mwaa.weekly_maintenance_window_start,
            worker_replacement_strategy=mwaa.worker_replacement_strategy,
            logging_configuration=logging_configuration(mwaa.log_levels),
            execution_role_arn=roles.execution.role.arn,
            kms_key=key_arn,
            # Exactly two, in two zones, for the environment's life (MWAA user guide).
            network_configuration={
                "subnet_ids": [subnet.id for subnet in network.private_subnets[:2]],
                "security_group_ids": [network.mwaa_security_group.id],
            },
            source_bucket_arn=bucket.bucket.arn,
            dag_s3_path="dags/",
            requirements_s3_path=bucket.requirements.key,
            requirements_s3_object_version=bucket.requirements.version_id,
            startup_script_s3_path=bucket.startup_script.key,
            startup_script_s3_object_version=bucket.startup_script.version_id,
            plugins_s3_path=bucket.plugins.key if bucket.plugins else None,
            plugins_s3_object_version=bucket.plugins.version_id if bucket.plugins else None,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Replacing it loses the metadata database, and with it every DAG's history.
                protect=settings.protection.stateful,
                depends_on=[
                    *network.egress,
                    *network.mwaa_security_group_rules,
                    bucket.public_access_block,
                    bucket.versioning,
                    bucket.requirements,
                    *roles.execution.policies,
                    *self.log_groups,
                ],
            ),
        )
        self.register_outputs({"webserverUrl": self.environment.webserver_url})

    def _sender(self) -> None:
        """The SES identity of the sender. It belongs to the whole account, so one stack owns it and others look."""
        email = self._context.settings.mwaa.email
        if email is None:
            return
        if email.owns_identity:
            aws.sesv2.EmailIdentity("sender", email_identity=email.sender, opts=pulumi.ResourceOptions(parent=self))
            return
        identity = aws.sesv2.get_email_identity(
            email_identity=email.sender, opts=pulumi.InvokeOptions(provider=self._context.provider)
        )
        if not identity.verified_for_sending_status:
            pulumi.log.warn(
                f"SES identity {email.sender} is not verified: Airflow's mails are refused until somebody follows "
                "the link that Amazon SES sent to it",
                self,
            )
