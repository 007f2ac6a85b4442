"""URNs: how Pulumi names a resource in a stack."""

from dataclasses import dataclass

_STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Naming:
    """What every URN of a stack begins with."""

    stack: str
    project: str

    def urn(self, type_: str, name: str, parent: str | None) -> str:
        """URN of a resource: the types of its component parents are part of it, the stack's is not."""
        qualified = type_
        if parent is not None and type_of(parent) != _STACK_TYPE:
            qualified = f"{_qualified_type(parent)}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"


def type_of(urn: str) -> str:
    """Type token of a resource, without its parents'."""
    return _qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """Logical name of a resource."""
    return urn.split("::", 3)[3]


def short(urn: str) -> str:
    """Type and name, for people."""
    return f"{type_of(urn)} {name_of(urn)!r}"


def package_of(type_: str) -> str:
    """The provider package of a type or function token: of `aws:ec2/vpc:Vpc`, aws."""
    return type_.split(":", 1)[0]


def is_provider(type_: str) -> bool:
    """Whether the type is a provider's, such as `pulumi:providers:aws`."""
    return type_.startswith("pulumi:providers:")


def is_stack(type_: str) -> bool:
    """Whether the type is that of the stack itself."""
    return type_ == _STACK_TYPE


def _qualified_type(urn: str) -> str:
    return urn.split("::", 3)[2]
