"""What EKS allows in a managed node group.

Sources: EKS user guide (launch templates, node group API) and API errors as gathered in November 2026. Where a
message is not AWS's own wording, its rule is.
"""

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.moto_ec2 import INSTANCE_TYPES
from airflow_infra.rehearsal.account.services.eks.store import Cluster, Description, invalid, minor_of

if TYPE_CHECKING:
    from airflow_infra.rehearsal.account.services.eks.nodes import Template

DEFAULT_AMI_TYPE = "AL2023_x86_64_STANDARD"
_DEFAULT_INSTANCE_TYPE = "t3.medium"
_OLDEST_KUBELET = 3
_RESERVED_LABELS = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_AMAZON_LINUX_RELEASE = re.compile(r"(?P<minor>1\.\d+)\.\d+-\d{8}")
_BOTTLEROCKET_RELEASE = re.compile(r"\d+\.\d+\.\d+-[0-9a-f]{8}")


def check_template(given: Description, template: "Template | None") -> None:
    """Refuse a launch template that EKS does not take, or that contradicts the group's own inputs."""
    if template is None:
        return
    data = template.data
    if "ImageId" in data:
        named = [key for key in ("version", "releaseVersion", "amiType") if key in given and given[key] != "CUSTOM"]
        if named:
            raise invalid(
                f"You cannot specify {', '.join(named)} when the launch template specifies image id {data['ImageId']}"
            )
        raise NotModelledError("the rehearsal does not model node groups with an image of their own")
    if "diskSize" in given:
        raise invalid("Disk size must be specified within the launch template")
    if "remoteAccess" in given:
        raise invalid("Remote access configuration cannot be specified with a launch template")
    if template.instance_type and given.get("instanceTypes"):
        raise invalid("Instance types must be specified in the launch template or in the node group, not in both")
    for key in (
        "IamInstanceProfile",
        "HibernationOptions",
        "InstanceInitiatedShutdownBehavior",
        "InstanceMarketOptions",
    ):
        if key in data:
            raise invalid(f"Launch template {template.id} should not specify {key}")
    if any("SubnetId" in interface for interface in data.get("NetworkInterfaces", [])):
        raise invalid(f"Launch template {template.id} should not specify a subnet in its network interfaces")
    _check_user_data(data.get("UserData"), given.get("amiType", DEFAULT_AMI_TYPE))


def chosen_instance_types(given: Description, template: "Template | None") -> list[str]:
    """Instance types of a group, wherever they are said."""
    if template is not None and template.instance_type:
        return [template.instance_type]
    return given.get("instanceTypes") or [_DEFAULT_INSTANCE_TYPE]


def check_instance_types(types: list[str], ami_type: str) -> None:
    """Refuse an instance type that does not exist, or whose processor the image does not fit."""
    architecture = "arm64" if "ARM_64" in ami_type else "x86_64"
    for type_ in types:
        known: Any = INSTANCE_TYPES.get(type_)
        if known is None:
            raise invalid(f"The following supplied instance types do not exist: [{type_}]")
        if architecture not in known["ProcessorInfo"]["SupportedArchitectures"]:
            raise invalid(f"[{type_}] is not a valid instance type for requested amiType {ami_type}")


def check_version(version: str, cluster: Cluster, at_least: str | None = None) -> None:
    """Refuse nodes newer than the control plane, too old for it, or older than they were."""
    minor = minor_of(version)
    if minor > cluster.minor:
        raise invalid(
            f"Nodegroup Kubernetes version {version} is greater than cluster version {cluster.description['version']}"
        )
    if minor < cluster.minor - _OLDEST_KUBELET:
        raise invalid(
            f"Nodegroup Kubernetes version {version} is more than {_OLDEST_KUBELET} minors behind the control plane's"
        )
    if at_least is not None and minor < minor_of(at_least):
        raise invalid(
            f"Nodegroup Kubernetes version {version} is older than its current {at_least}: nodes cannot be downgraded"
        )


def check_release(release: str, version: str, ami_type: str) -> None:
    """Refuse a node image release of another form or of another Kubernetes minor."""
    if not release:
        raise NotModelledError(
            "a node group without a releaseVersion: AWS would take its newest, unknown to the rehearsal; give one"
        )
    if ami_type.startswith("BOTTLEROCKET"):
        if not _BOTTLEROCKET_RELEASE.fullmatch(release):
            raise invalid(f"Requested release version {release} is not valid: expected <x.y.z>-<8 hexadecimal digits>")
        return
    match = _AMAZON_LINUX_RELEASE.fullmatch(release)
    if match is None or match["minor"] != version:
        raise invalid(f"Requested release version {release} is not valid for kubernetes version {version}")


def check_scaling(scaling: Description) -> None:
    """Refuse a minimum above the desired size, or a desired size above the maximum."""
    minimum, maximum, desired = scaling["minSize"], scaling["maxSize"], scaling["desiredSize"]
    if minimum > maximum:
        raise invalid(f"Minimum capacity {minimum} can't be greater than maximum size {maximum}")
    if minimum > desired:
        raise invalid(f"Minimum capacity {minimum} can't be greater than desired size {desired}")
    if desired > maximum:
        raise invalid(f"Desired capacity {desired} can't be greater than max size {maximum}")


def check_labels(labels: dict[str, str]) -> None:
    """Refuse a label that Kubernetes would refuse or that is reserved."""
    for key, value in labels.items():
        prefix, _, name = key.rpartition("/")
        if not _NAME.fullmatch(name) or (prefix and not _PREFIX.fullmatch(prefix)):
            raise invalid(f"Label key {key!r} is not valid in Kubernetes")
        if prefix and any(prefix == reserved or prefix.endswith(f".{reserved}") for reserved in _RESERVED_LABELS):
            raise invalid(f"Label {key} cannot contain reserved prefixes [{', '.join(_RESERVED_LABELS)}]")
        if value and not _NAME.fullmatch(value):
            raise invalid(f"Value {value!r} of label {key} is not valid in Kubernetes")


def check_taints(taints: list[Description]) -> None:
    """Refuse a taint that Kubernetes would refuse, or the same one twice."""
    seen: set[tuple[str, str]] = set()
    for taint in taints:
        key, effect, value = taint.get("key", ""), taint.get("effect", ""), taint.get("value", "")
        prefix, _, name = key.rpartition("/")
        if not effect or not _NAME.fullmatch(name) or (prefix and not _PREFIX.fullmatch(prefix)):
            raise invalid(f"Taint {taint} is not valid: it needs an effect, and a key that Kubernetes takes")
        if value and not _NAME.fullmatch(value):
            raise invalid(f"Value {value!r} of taint {key} is not valid in Kubernetes")
        if (key, effect) in seen:
            raise invalid(f"Taint {key} with effect {effect} is given twice")
        seen.add((key, effect))


def _check_user_data(user_data: str | None, ami_type: str) -> None:
    if user_data is None or not ami_type.startswith("AL2"):
        return
    try:
        text = base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid("User data of the launch template is not base64 of text") from error
    if not text.lstrip().lower().startswith(("mime-version:", "content-type: multipart")):
        raise invalid("User data was not in the MIME multipart format")
