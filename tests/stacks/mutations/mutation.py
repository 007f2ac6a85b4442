"""What one row of the table of mutations is: something broken on purpose, and which invariants see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.providers.kubernetes.api import InMemoryApi
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings

Undo = Callable[[], object]


@dataclass(frozen=True)
class Broken:
    """What a mutation breaks: a deployed stack."""

    standing: Rehearsal
    account: Account
    settings: StackSettings
    names: Names

    def client(self, service: str) -> Any:
        """A boto3 client of the account."""
        return self.account.client(service)

    @property
    def kubernetes(self) -> InMemoryApi:
        """The API server of the stack's cluster."""
        environment = self.standing.environment
        assert isinstance(environment, EmulatedAws)
        found = next(api for api in environment.clusters.live() if api.name == self.names.cluster)
        assert isinstance(found, InMemoryApi)
        return found


@dataclass(frozen=True)
class Mutation:
    """One row of the table of mutations."""

    invariant: str
    """Id of the invariant that must catch it."""
    what: str
    """What is broken, a sentence for the docs' table."""
    break_it: Callable[[Broken], Undo]
    """Breaks it and returns how it is undone."""
    also: tuple[str, ...] = ()
    """Ids of the other invariants that rightly fail with it."""
    stack: str = "dev"
    """The stack that it is done to."""
    own_state: str = ""
    """Why it changes the emulated account's own state instead of calling boto3; empty when it calls boto3."""
