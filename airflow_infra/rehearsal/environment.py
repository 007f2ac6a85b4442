"""What a rehearsal needs of the surroundings that a program is deployed into."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from airflow_infra.rehearsal.providers.protocol import Providers


class Environment(Protocol):
    """The emulated surroundings of a program: an account, and whatever else its providers reach."""

    @property
    def providers(self) -> Providers:
        """Provider factories by package."""
        ...

    def accept_attachments(self) -> Sequence[str]:
        """Let the owners of what waits for their acceptance accept it; what was accepted, for people."""
        ...

    def mutating_calls(self) -> Sequence[str]:
        """Every call so far that could change something, for people: `ec2:CreateVpc`."""
        ...

    def inventory(self) -> Mapping[str, str]:
        """Everything that stands: a unique name each, with a note on it that may be empty.

        What a deletion leaves by its nature, such as a key that awaits its deletion, is not listed.
        """
        ...

    def lift_deletion_protection(self) -> None:
        """Take away every protection from deletion that the account itself keeps, as somebody with access would."""
        ...

    def modelled(self) -> Sequence[str]:
        """Operations answered by the rehearsal's own model rather than by the emulator."""
        ...

    def not_checked(self) -> Sequence[str]:
        """What could not be looked at, by name."""
        ...
