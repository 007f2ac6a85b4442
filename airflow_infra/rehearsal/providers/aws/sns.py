"""SNS topics, their policies, and who is subscribed."""

import json
from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import capitalised, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties

_GONE = "NotFound"
_TOPIC_ATTRIBUTES = capitalised("displayName", "kmsMasterKeyId", "policy")
_OWNERS_ACTIONS = (
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
)


class Topic(Resource):
    """A topic. Its id is its ARN."""

    type: ClassVar[str] = "aws:sns/topic:Topic"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("contentBasedDeduplication", "fifoTopic", "name", "tags", "tagsAll", *_TOPIC_ATTRIBUTES)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it with its attributes."""
        attributes = parameters(inputs, _TOPIC_ATTRIBUTES)
        if inputs.get("fifoTopic"):
            deduplication = str(bool(inputs.get("contentBasedDeduplication"))).lower()
            attributes |= {"FifoTopic": "true", "ContentBasedDeduplication": deduplication}
        answer = self.client("sns").create_topic(Name=inputs["name"], Attributes=attributes, Tags=tag_list(inputs))
        return answer["TopicArn"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, owner and policy."""
        attributes = _topic_attributes(self.client("sns"), id_)
        if attributes is None:
            return None
        return {
            "arn": id_,
            "name": id_.rpartition(":")[2],
            "owner": attributes["Owner"],
            "policy": attributes["Policy"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Each attribute is a call of its own."""
        sns = self.client("sns")
        for key, (attribute, _) in _TOPIC_ATTRIBUTES.items():
            if key in changed:
                sns.set_topic_attributes(TopicArn=id_, AttributeName=attribute, AttributeValue=new.get(key) or "")
        if "contentBasedDeduplication" in changed:
            value = str(bool(new.get("contentBasedDeduplication"))).lower()
            sns.set_topic_attributes(TopicArn=id_, AttributeName="ContentBasedDeduplication", AttributeValue=value)
        removed, added = tag_changes(old, new)
        if removed:
            sns.untag_resource(ResourceArn=id_, TagKeys=removed)
        if added:
            sns.tag_resource(ResourceArn=id_, Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it with its subscriptions."""
        with ignoring(_GONE):
            self.client("sns").delete_topic(TopicArn=id_)


class TopicPolicy(Resource):
    """A topic's policy. Its id is the topic's ARN; deleting it brings the default policy back."""

    type: ClassVar[str] = "aws:sns/topicPolicy:TopicPolicy"
    handles: ClassVar[frozenset[str] | None] = frozenset(("arn", "policy"))

    def create(self, name: str, inputs: Properties) -> str:
        """Write it over the default one."""
        self._set(inputs["arn"], inputs["policy"])
        return inputs["arn"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """The topic's owner."""
        attributes = _topic_attributes(self.client("sns"), id_)
        return None if attributes is None else {"owner": attributes["Owner"]}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Write it again."""
        self._set(id_, new["policy"])

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Write the default policy, which lets the owner's account do everything."""
        with ignoring(_GONE):
            self._set(id_, json.dumps(_default_policy(id_, id_.split(":")[4])))

    def _set(self, topic: str, policy: str) -> None:
        self.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


class TopicSubscription(Resource):
    """A subscription. Its id is its ARN."""

    type: ClassVar[str] = "aws:sns/topicSubscription:TopicSubscription"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("confirmationTimeoutInMinutes", "endpoint", "endpointAutoConfirms", "protocol", "rawMessageDelivery", "topic")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Subscribe. Who is subscribed by email has to confirm, and nobody waits for that."""
        raw = {"Attributes": {"RawMessageDelivery": "true"}} if inputs.get("rawMessageDelivery") else {}
        answer = self.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            ReturnSubscriptionArn=True,
            **raw,
        )
        return answer["SubscriptionArn"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, owner, and whether it was confirmed."""
        attributes = self._attributes(id_)
        if attributes is None:
            return None
        return {
            "arn": id_,
            "confirmationWasAuthenticated": attributes.get("ConfirmationWasAuthenticated") == "true",
            "filterPolicyScope": attributes.get("FilterPolicyScope", ""),
            "ownerId": attributes["Owner"],
            "pendingConfirmation": attributes["PendingConfirmation"] == "true",
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Change the form of delivery; the others are read on creation only."""
        if "rawMessageDelivery" in changed:
            self.client("sns").set_subscription_attributes(
                SubscriptionArn=id_,
                AttributeName="RawMessageDelivery",
                AttributeValue=str(bool(new.get("rawMessageDelivery"))).lower(),
            )

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Unsubscribe. One that was never confirmed cannot be deleted: AWS forgets it after some days."""
        attributes = self._attributes(id_)
        if attributes is not None and attributes["PendingConfirmation"] != "true":
            with ignoring(_GONE):
                self.client("sns").unsubscribe(SubscriptionArn=id_)

    def _attributes(self, id_: str) -> dict[str, str] | None:
        answer = found(lambda: self.client("sns").get_subscription_attributes(SubscriptionArn=id_), _GONE)
        return answer and answer["Attributes"]


def _topic_attributes(sns: Any, arn: str) -> dict[str, str] | None:
    answer = found(lambda: sns.get_topic_attributes(TopicArn=arn), _GONE)
    return answer and answer["Attributes"]


def _default_policy(topic: str, account_id: str) -> Properties:
    """The policy that SNS gives to a new topic (Amazon SNS developer guide, access control)."""
    return {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [
            {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"SNS:{action}" for action in _OWNERS_ACTIONS],
                "Resource": topic,
                "Condition": {"StringEquals": {"AWS:SourceOwner": account_id}},
            }
        ],
    }


RESOURCES: list[type[Resource]] = [Topic, TopicPolicy, TopicSubscription]
