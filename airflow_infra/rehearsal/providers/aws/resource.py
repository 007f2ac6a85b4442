"""The base of every AWS resource type: what a type's own module has to say, and nothing more.

Whatever is the same for all types (unknown and mistyped inputs, required ones, defaults, default tags, what
replaces, missing outputs) is done once, in `provider.py`, from the table of types.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.protocol import Properties

ClientFactory = Callable[[str], Any]
"""Gives the boto3 client of a service, such as `ec2`, with the provider's region and role."""


class Resource(ABC):
    """The operations of one resource type."""

    type: ClassVar[str]
    """Pulumi type token, such as `aws:ec2/vpc:Vpc`."""
    handles: ClassVar[frozenset[str] | None] = None
    """Top-level inputs that the type acts on; `check` refuses any other that is set. None: every input."""

    def __init__(self, client: ClientFactory) -> None:
        self.client = client

    @classmethod
    def unhandled(cls, inputs: Properties) -> list[str]:
        """Inputs that are set and that would be dropped in silence."""
        if cls.handles is None:
            return []
        return sorted(key for key, value in inputs.items() if value is not None and key not in cls.handles)

    @abstractmethod
    def create(self, name: str, inputs: Properties) -> str:
        """Create it, wait as the real provider waits, and return its id as the real provider forms it.

        `inputs` are checked: defaults filled in, `tagsAll` holding the tags to set. `name` is Pulumi's logical name.
        """

    @abstractmethod
    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Computed outputs as the account shows them now, or None when it is gone.

        Inputs need not be repeated: they are merged below what this returns.
        """

    @abstractmethod
    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it and wait. One that is already gone is no error."""

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Change it in place. `changed` are the names of the top-level inputs that differ.

        The default refuses: a type that has no update lists all its inputs as replacing.
        """
        raise NotImplementedError(f"{self.type} cannot change {', '.join(sorted(changed))} in place")
