"""Drives the engine without a program: registrations in, what became of them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_infra.rehearsal.engine.custom import CustomResources
from airflow_infra.rehearsal.engine.deployment import Deployment, Stack
from airflow_infra.rehearsal.engine.destruction import Destruction, destroy
from airflow_infra.rehearsal.engine.journal import Journal
from airflow_infra.rehearsal.engine.provider_registry import ProviderRegistry
from airflow_infra.rehearsal.engine.redaction import Redactor
from airflow_infra.rehearsal.engine.registration import Options, Position, Registration
from airflow_infra.rehearsal.engine.state import State
from airflow_infra.rehearsal.engine.urns import Naming
from airflow_infra.rehearsal.engine.values import Decoded
from airflow_infra.rehearsal.events import Event
from tests.rehearsal.engine.fake_cloud import THING, FakeCloud

NAMING = Naming("dev", "shop")


def urn(name: str, type_: str = THING, parent: str | None = None) -> str:
    return NAMING.urn(type_, name, parent)


def thing(
    name: str,
    needs: Sequence[str] = (),
    *,
    type_: str = THING,
    line: int = 1,
    secrets: Sequence[tuple[str | int, ...]] = (),
    options: dict[str, Any] | None = None,
    aliases: Sequence[str] = (),
    **inputs: Any,
) -> Registration:
    """A registration of a thing that depends on others, by name."""
    given: dict[str, Any] = {"dependencies": tuple(urn(one) for one in needs), **(options or {})}
    all_options = Options(**given)
    return Registration(
        urn=urn(name, type_, all_options.parent),
        type=type_,
        name=name,
        custom=not type_.startswith("shop:"),
        inputs=Decoded(inputs, frozenset(secrets)),
        options=all_options,
        position=Position("__main__.py", line),
        aliases=tuple(aliases),
    )


@dataclass
class Bench:
    cloud: FakeCloud = field(default_factory=FakeCloud)
    events: list[Event] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = State()
        self.redactor = Redactor()
        self.registry = ProviderRegistry(self.cloud.providers, self.config)

    def start(self) -> Deployment:
        stack = Stack(NAMING, Path("/nowhere"), self.state, self.registry, self.redactor, self.events.append)
        return Deployment(stack, "up")

    def up(self, *registrations: Registration) -> Deployment:
        """One run of a program that registers these."""
        deployment = self.start()
        for registration in registrations:
            deployment.register(registration)
        deployment.finish()
        return deployment

    def destroy(self) -> tuple[Destruction, Journal]:
        journal = Journal("destroy", self.redactor, self.events.append)
        custom = CustomResources(self.state, self.registry)
        return destroy(self.state, custom, journal, self.cloud.lift_deletion_protection), journal

    def labels(self) -> list[str]:
        return sorted(inputs["label"] for inputs in self.cloud.things.values())


def actions(deployment: Deployment) -> dict[str, str]:
    return {record.registration.name: record.action for record in deployment.records.values()}


def messages(deployment: Deployment) -> list[str]:
    return [error.message for error in deployment.journal.errors]
