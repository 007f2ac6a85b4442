"""The base of every settings block and the constrained types that several blocks share."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Block(BaseModel):
    """One block of a stack file: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, str_strip_whitespace=True)


def _ipv4_network(value: str) -> str:
    try:
        IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"expected an IPv4 CIDR block such as 10.200.0.0/16 with no host bits set: {error}") from None
    return value


def _pattern(pattern: str, expected: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"expected {expected}")
        return value

    return AfterValidator(check)


Cidr = Annotated[str, AfterValidator(_ipv4_network)]
"""An IPv4 CIDR block, as text."""

AccountId = Annotated[str, _pattern(r"\d{12}", 'an account number of 12 digits, in quotes, such as "111122223333"')]
RoleArn = Annotated[
    str,
    _pattern(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "a role's ARN, such as arn:aws:iam::111122223333:role/name"),
]
Region = Annotated[str, _pattern(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region, such as eu-west-1")]
EmailAddress = Annotated[str, _pattern(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address")]
Name = Annotated[
    str,
    _pattern(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and hyphens, 63 characters at most"),
]
KubernetesMinor = Annotated[str, _pattern(r"1\.\d{2}", 'a Kubernetes minor version in quotes, such as "1.36"')]
AddonVersion = Annotated[
    str, _pattern(r"v\d+\.\d+\.\d+-eksbuild\.\d+", "an add-on version such as v1.22.4-eksbuild.3")
]
Text = Annotated[str, StringConstraints(min_length=1)]
