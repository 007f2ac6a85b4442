"""Launch templates."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import as_is, block, capitalised, each, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import ignoring
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.aws.tags import as_list
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException")


def _flag(value: Any, path: str) -> bool:
    """A yes or no that the provider's schema keeps as a text, so that unset is not no."""
    if value not in ("true", "false"):
        raise ProviderError(f'{path}: expected "true" or "false", found {value!r}')
    return value == "true"


def _tags(value: Any, path: str) -> list[dict[str, str]]:  # noqa: ARG001
    return as_list(value)


_EBS = {
    **capitalised("kmsKeyId", "snapshotId", "volumeType"),
    "deleteOnTermination": ("DeleteOnTermination", _flag),
    "encrypted": ("Encrypted", _flag),
    "iops": ("Iops", integer),
    "throughput": ("Throughput", integer),
    "volumeSize": ("VolumeSize", integer),
}
_METADATA = {
    **capitalised("httpEndpoint", "httpProtocolIpv6", "httpTokens", "instanceMetadataTags"),
    "httpPutResponseHopLimit": ("HttpPutResponseHopLimit", integer),
}
_DATA = {
    **capitalised("imageId", "instanceType", "keyName", "userData"),
    "blockDeviceMappings": (
        "BlockDeviceMappings",
        each(block({**capitalised("deviceName", "noDevice", "virtualName"), "ebs": ("Ebs", block(_EBS))})),
    ),
    "ebsOptimized": ("EbsOptimized", _flag),
    "iamInstanceProfile": ("IamInstanceProfile", block(capitalised("arn", "name"))),
    "metadataOptions": ("MetadataOptions", block(_METADATA)),
    "monitoring": ("Monitoring", block(capitalised("enabled"))),
    "tagSpecifications": (
        "TagSpecifications",
        each(block({**capitalised("resourceType"), "tags": ("Tags", _tags)})),
    ),
    "vpcSecurityGroupIds": ("SecurityGroupIds", as_is),
}
"""Inputs that are part of a version."""


class LaunchTemplate(Ec2Resource):
    """A launch template. Whatever changes in it makes a new version; the default moves only when told to."""

    type: ClassVar[str] = "aws:ec2/launchTemplate:LaunchTemplate"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("defaultVersion", "description", "name", "namePrefix", "tags", "tagsAll", "updateDefaultVersion", *_DATA)
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it with its first version."""
        answer = self.ec2.create_launch_template(
            LaunchTemplateName=inputs["name"],
            LaunchTemplateData=parameters(inputs, _DATA),
            TagSpecifications=tag_specifications("launch-template", inputs),
            **_description(inputs),
        )
        return answer["LaunchTemplate"]["LaunchTemplateId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """The numbers of its default and latest version."""
        template = only(lambda: self.ec2.describe_launch_templates(LaunchTemplateIds=[id_])["LaunchTemplates"], *_GONE)
        if template is None:
            return None
        return {
            "arn": self.arn("launch-template", id_),
            "defaultVersion": template["DefaultVersionNumber"],
            "latestVersion": template["LatestVersionNumber"],
            "name": template["LaunchTemplateName"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Make a version, move the default where the program says so, set tags."""
        default = new.get("defaultVersion") if "defaultVersion" in changed else None
        if changed & {"description", *_DATA}:
            answer = self.ec2.create_launch_template_version(
                LaunchTemplateId=id_, LaunchTemplateData=parameters(new, _DATA), **_description(new)
            )
            if new.get("updateDefaultVersion"):
                default = answer["LaunchTemplateVersion"]["VersionNumber"]
        if default is not None:
            self.ec2.modify_launch_template(LaunchTemplateId=id_, DefaultVersion=str(default))
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it with all its versions."""
        with ignoring(*_GONE):
            self.ec2.delete_launch_template(LaunchTemplateId=id_)


def _description(inputs: Properties) -> dict[str, str]:
    return {"VersionDescription": inputs["description"]} if "description" in inputs else {}


RESOURCES: tuple[type[Resource], ...] = (LaunchTemplate,)
