"""VPC flow logs."""

from typing import ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import capitalised, parameters
from airflow_infra.rehearsal.providers.aws.calls import ignoring
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "InvalidFlowLogId.NotFound"
_RESOURCES = {"subnetId": "Subnet", "vpcId": "VPC"}


class FlowLog(Ec2Resource):
    """A flow log of a VPC or a subnet."""

    type: ClassVar[str] = "aws:ec2/flowLog:FlowLog"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        (
            "iamRoleArn",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "tags",
            "tagsAll",
            "trafficType",
            *_RESOURCES,
        )
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it. EC2 answers with what it could not create rather than an error."""
        given = [name for name in _RESOURCES if name in inputs]
        if len(given) != 1:
            raise ProviderError(f"a flow log is of one of {', '.join(_RESOURCES)}, found {len(given)} of them")
        fields = capitalised(
            "logDestination", "logDestinationType", "logFormat", "maxAggregationInterval", "trafficType"
        )
        role = {"DeliverLogsPermissionArn": inputs["iamRoleArn"]} if "iamRoleArn" in inputs else {}
        answer = self.ec2.create_flow_logs(
            ResourceIds=[inputs[given[0]]],
            ResourceType=_RESOURCES[given[0]],
            TagSpecifications=tag_specifications("vpc-flow-log", inputs),
            **parameters(inputs, fields),
            **role,
        )
        for failed in answer["Unsuccessful"]:
            raise ProviderError(f"CreateFlowLogs: {failed['Error']['Code']}: {failed['Error']['Message']}")
        return answer["FlowLogIds"][0]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Where it delivers, and its format."""
        log = only(lambda: self.ec2.describe_flow_logs(FlowLogIds=[id_])["FlowLogs"], _GONE)
        if log is None:
            return None
        return {
            "arn": self.arn("vpc-flow-log", id_),
            "iamRoleArn": log.get("DeliverLogsPermissionArn"),
            "logDestination": log.get("LogDestination"),
            "logDestinationType": log["LogDestinationType"],
            "logFormat": log["LogFormat"],
            "maxAggregationInterval": log["MaxAggregationInterval"],
            "trafficType": log.get("TrafficType"),
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set tags."""
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_GONE):
            self.ec2.delete_flow_logs(FlowLogIds=[id_])


RESOURCES: tuple[type[Resource], ...] = (FlowLog,)
