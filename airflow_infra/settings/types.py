"""The base of every settings block and the constrained types that several blocks share."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class Block(BaseModel):
    """One block of a stack file: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, str_strip_whitespace=True)


def text_like(pattern: str, expected: str) -> tuple[AfterValidator, object]:
    """Metadata of a text that matches a pattern as a whole, and how to say what it must be.

    The pattern goes into the JSON schema too, where an editor checks it.
    """
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check), Field(json_schema_extra={"pattern": f"^(?:{pattern})$"})


def _ipv4_network(value: str) -> str:
    try:
        network = IPv4Network(value)
    except ValueError as error:
        reason = f": {error}" if "host bits" in str(error) else ""
        raise ValueError(f"expected an IPv4 CIDR block such as 10.200.0.0/16{reason}") from None
    if str(network) != value:
        raise ValueError(f"expected an IPv4 CIDR block with its prefix length, such as {network}")
    return value


_CIDR_PATTERN = r"^\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}$"
# What CloudWatch Logs accepts (PutRetentionPolicy, retentionInDays; AWS API reference).
_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def _retention_days(value: int) -> int:
    if value not in _RETENTION_DAYS:
        known = ", ".join(map(str, _RETENTION_DAYS))
        raise ValueError(f"expected a retention that CloudWatch Logs knows: {known} days")
    return value


Cidr = Annotated[str, AfterValidator(_ipv4_network), Field(json_schema_extra={"pattern": _CIDR_PATTERN})]
"""An IPv4 CIDR block, as text."""

RetentionDays = Annotated[
    int, AfterValidator(_retention_days), Field(json_schema_extra={"enum": list(_RETENTION_DAYS)})
]
"""Days that CloudWatch Logs keeps events."""

AccountId = Annotated[str, *text_like(r"\d{12}", 'an account number of 12 digits, in quotes, such as "111122223333"')]
RoleArn = Annotated[
    str,
    *text_like(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "a role's ARN, such as arn:aws:iam::111122223333:role/name"
    ),
]
Region = Annotated[str, *text_like(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region, such as eu-west-1")]
Zone = Annotated[
    str, *text_like(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "an availability zone by name, such as eu-west-1a (no Local Zone)")
]
EmailAddress = Annotated[str, *text_like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address")]
Name = Annotated[
    str,
    *text_like(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "lower-case letters, digits and hyphens, 63 characters at most, no hyphen at either end",
    ),
]
KubernetesMinor = Annotated[str, *text_like(r"1\.\d{2}", 'a Kubernetes minor version in quotes, such as "1.36"')]
AddonVersion = Annotated[
    str, *text_like(r"v\d+\.\d+\.\d+-eksbuild\.\d+", "an add-on version such as v1.22.4-eksbuild.3")
]
ImageRelease = Annotated[
    str,
    *text_like(
        r"1\.\d{2}\.\d+-\d{8}|\d+\.\d+\.\d+-[0-9a-f]{8}",
        "a release of the node image: <kubernetes x.y.z>-<YYYYMMDD> such as 1.36.4-20261003 for Amazon Linux 2023, "
        "<x.y.z>-<8 hexadecimal digits> for Bottlerocket",
    ),
]
ImageRegistry = Annotated[
    str,
    *text_like(
        r"([a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?|[a-z0-9-]+:\d+)(/[a-z0-9]+([._-]+[a-z0-9]+)*)*",
        "a registry such as public.ecr.aws, or a path in one such as docker.io/apache, without a scheme or a tag",
    ),
]
ChartVersion = Annotated[
    str, *text_like(r"\d+\.\d+\.\d+([-+][\w.+-]+)?", "a chart version such as 9.59.0, without a leading v")
]
InstanceType = Annotated[str, *text_like(r"[a-z0-9-]+\.[a-z0-9-]+", "an EC2 instance type such as t3a.large")]
Quantity = Annotated[
    str, *text_like(r"\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i)?", "a Kubernetes quantity in quotes, such as 500m or 16Gi")
]
Text = Annotated[str, StringConstraints(min_length=1)]
