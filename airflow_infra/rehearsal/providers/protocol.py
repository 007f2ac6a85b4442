"""What an engine asks of a resource provider: Pulumi's provider protocol without its wire format.

Property maps are plain JSON-like values with the schema's camelCase keys. Secrets arrive unwrapped (the engine
remembers which properties are secret), assets as `Asset`. A provider keeps no state of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Properties = dict[str, Any]


@dataclass(frozen=True)
class Asset:
    """Content of a file asset (`pulumi.FileAsset`) or a string asset (`pulumi.StringAsset`)."""

    text: str | None = None
    path: str | None = None
    digest: str | None = None
    """SHA-256 of the content when it was registered, so that a changed file is a changed asset."""

    def read(self) -> bytes:
        """The content."""
        if self.text is not None:
            return self.text.encode()
        if self.path is None:
            raise ProviderError("an asset with neither text nor path")
        return Path(self.path).read_bytes()


class ProviderError(Exception):
    """An operation failed, with a message for the author of the program."""


@dataclass(frozen=True)
class CheckFailure:
    """An input that is not acceptable."""

    property: str
    """Path of the input, such as `tags` or `vpcConfig.subnetIds[0]`."""
    reason: str
    """What is wrong and what was expected."""


@dataclass(frozen=True)
class Checked:
    """Inputs as the provider understands them (defaults filled in), or what is wrong with them."""

    inputs: Properties
    failures: tuple[CheckFailure, ...] = ()


@dataclass(frozen=True)
class Diff:
    """What would change."""

    changed: tuple[str, ...] = ()
    """Paths of the inputs that differ. Empty: nothing to do."""
    replaces: tuple[str, ...] = ()
    """Those of them that can only change by replacement."""
    delete_before_replace: bool = False
    """The old resource has to go before its successor is made."""


@dataclass(frozen=True)
class Created:
    """A new resource."""

    id: str
    outputs: Properties


class Provider(Protocol):
    """A configured provider. Every operation raises `ProviderError` with a readable message when it fails."""

    def check(self, type_: str, name: str, inputs: Properties) -> Checked:
        """Validate inputs and fill in defaults (default tags among them)."""
        ...

    def diff(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Diff:
        """Compare checked inputs; `ignoreChanges` was already applied by the engine."""
        ...

    def create(self, type_: str, name: str, inputs: Properties) -> Created:
        """Create a resource and wait as the real provider waits."""
        ...

    def read(self, type_: str, id_: str, inputs: Properties) -> Properties | None:
        """The resource's outputs as they are now, or None when it does not exist."""
        ...

    def update(self, type_: str, id_: str, old_inputs: Properties, inputs: Properties) -> Properties:
        """Change a resource in place and return its outputs."""
        ...

    def delete(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete a resource; one that is already gone is no error."""
        ...

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer a function call such as `aws:index/getCallerIdentity:getCallerIdentity`."""
        ...


ProviderFactory = Callable[[Properties], Provider]
"""Makes a provider from the checked inputs of a `pulumi:providers:...` resource (or {} for the default one)."""

Providers = Mapping[str, ProviderFactory]
"""Provider factories by package, such as `aws` and `kubernetes`."""
