"""Makes, changes and removes resources as an engine would, and tells which calls changed the account."""

from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.providers.aws.provider import AwsProvider
from airflow_infra.rehearsal.providers.protocol import Properties


@dataclass
class Made:
    """A resource that a test made."""

    type: str
    id: str
    inputs: Properties
    outputs: Properties


class Bench:
    """The AWS provider on an emulated account."""

    def __init__(self, account: Account, provider: AwsProvider) -> None:
        self.account = account
        self.provider = provider

    def make(self, type_: str, name: str, inputs: Properties) -> Made:
        """Check and create."""
        checked = self._checked(type_, name, inputs)
        created = self.provider.create(type_, name, checked)
        return Made(type_, created.id, checked, created.outputs)

    def change(self, made: Made, **inputs: Any) -> list[str]:
        """Change some inputs in place (None takes one away); the operations that changed the account, in order."""
        given = {key: value for key, value in {**made.inputs, **inputs}.items() if key != "tagsAll"}
        checked = self._checked(made.type, "changed", given)
        diff = self.provider.diff(made.type, made.id, made.inputs, checked)
        assert not diff.replaces, f"{diff.replaces} would replace"
        before = len(self.account.mutating_calls())
        made.outputs = self.provider.update(made.type, made.id, made.inputs, checked)
        made.inputs = checked
        return self._operations(before)

    def remove(self, made: Made) -> list[str]:
        """Delete; the operations that changed the account, in order."""
        before = len(self.account.mutating_calls())
        self.provider.delete(made.type, made.id, made.inputs, made.outputs)
        return self._operations(before)

    def read(self, made: Made) -> Properties | None:
        """The outputs as they are now."""
        return self.provider.read(made.type, made.id, made.inputs)

    def _checked(self, type_: str, name: str, inputs: Properties) -> Properties:
        checked = self.provider.check(type_, name, inputs)
        assert not checked.failures, checked.failures
        return checked.inputs

    def _operations(self, before: int) -> list[str]:
        return [call.operation for call in self.account.mutating_calls()[before:]]
