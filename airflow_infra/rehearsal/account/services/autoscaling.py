"""Auto Scaling: tags of groups that do not exist."""

from airflow_infra.rehearsal.account.errors import AwsError
from airflow_infra.rehearsal.account.hook import Answer, Request, Service


class AutoScaling(Service):
    """Refuses what moto trips over."""

    name = "autoscaling"
    invalid_code = "ValidationError"

    def create_or_update_tags(self, request: Request) -> Answer:
        """Let moto tag groups that exist."""
        client = self._emulator.client("autoscaling", request.account, request.region)
        for name in {tag["ResourceId"] for tag in request.params["Tags"]}:
            if not client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]:
                raise AwsError(
                    "ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup: {name} not found"
                )
        return None
