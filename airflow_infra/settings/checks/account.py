"""The account, its roles, its tags, and who is told."""

import re
from collections.abc import Iterator

from airflow_infra.settings.checks.surroundings import Check, Surroundings, duplicates
from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings

# AWS tagging rules: 128 characters in a key, 256 in a value, 50 tags (AWS General Reference, tagging). The program
# adds tags of its own, the Kubernetes ones among them.
_LONGEST_KEY, _LONGEST_VALUE, _MOST_TAGS = 128, 256, 40
_TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]*")
_RESERVED_TAGS = ("aws:", "kubernetes.io/", "k8s.io/", "eks:")


def deploying_role_is_of_this_account(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """The provider refuses every account but the configured one, so its role has to be there."""
    role = settings.account.deploy_role_arn
    if role.split(":")[4] != settings.account.id:
        yield Finding(
            ("account", "deploy_role_arn"),
            f"expected a role of account.id {settings.account.id}, found another's",
            role,
        )


def administrators(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """One access entry for each role: the deploying role has its own."""
    path = ("eks", "cluster", "administrators")
    roles = settings.eks.cluster.administrators
    yield from duplicates(path, roles, "role")
    deployer = settings.account.deploy_role_arn
    if deployer in roles:
        message = "account.deploy_role_arn administers the cluster anyway, by its own access entry: remove it here"
        yield Finding((*path, roles.index(deployer)), message, deployer)


def tags(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """What AWS would refuse as a tag, and tags that mean something to Kubernetes."""
    if len(settings.tags) > _MOST_TAGS:
        yield Finding(("tags",), f"{len(settings.tags)} tags: expected at most {_MOST_TAGS}, AWS takes 50 in all")
    folded: dict[str, str] = {}
    for key, value in settings.tags.items():
        path = ("tags", key)
        reserved = next((prefix for prefix in _RESERVED_TAGS if key.lower().startswith(prefix)), None)
        if reserved:
            yield Finding(path, f"tags that begin with {reserved} are reserved: expected another key")
        if len(key) > _LONGEST_KEY or len(value) > _LONGEST_VALUE:
            message = f"expected at most {_LONGEST_KEY} characters in a key and {_LONGEST_VALUE} in a value"
            yield Finding(path, message, value)
        if not (_TAG_TEXT.fullmatch(key) and _TAG_TEXT.fullmatch(value)):
            yield Finding(path, "expected letters, digits, spaces and . : / = + - @ _", value)
        if key.lower() in folded:
            yield Finding(path, f"IAM does not tell this key from {folded[key.lower()]}: expected one of them")
        folded[key.lower()] = key


def addresses(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """An address is subscribed once."""
    yield from duplicates(("alerts", "email_addresses"), settings.alerts.email_addresses, "address")


CHECKS: tuple[Check, ...] = (deploying_role_is_of_this_account, administrators, tags, addresses)
