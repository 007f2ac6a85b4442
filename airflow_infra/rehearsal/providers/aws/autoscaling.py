"""Tags of Auto Scaling groups, which EKS makes and nobody here creates."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import block, capitalised
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties


class Tag(Resource):
    """One tag of a group. Its id is `group,key`."""

    type: ClassVar[str] = "aws:autoscaling/tag:Tag"
    handles: ClassVar[frozenset[str] | None] = frozenset(("autoscalingGroupName", "tag"))

    def create(self, name: str, inputs: Properties) -> str:
        """Set it."""
        self._set(inputs)
        return f"{inputs['autoscalingGroupName']},{inputs['tag']['key']}"

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Nothing is computed."""
        group, _, key = id_.partition(",")
        filters = [{"Name": "auto-scaling-group", "Values": [group]}, {"Name": "key", "Values": [key]}]
        tags = self.client("autoscaling").describe_tags(Filters=filters)["Tags"]
        return {} if tags else None

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Set another value."""
        self._set(new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Remove it. A tag whose group went first is gone with it."""
        if self.read(id_, inputs) is not None:
            self.client("autoscaling").delete_tags(Tags=[self._tag(inputs)])

    def _set(self, inputs: Properties) -> None:
        self.client("autoscaling").create_or_update_tags(Tags=[self._tag(inputs)])

    def _tag(self, inputs: Properties) -> dict[str, Any]:
        tag = block(capitalised("key", "value", "propagateAtLaunch"))(inputs["tag"], "tag")
        return {**tag, "ResourceId": inputs["autoscalingGroupName"], "ResourceType": "auto-scaling-group"}


RESOURCES: list[type[Resource]] = [Tag]
