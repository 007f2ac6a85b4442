"""What a stack has deployed, kept in memory between the steps of a rehearsal."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from airflow_infra.rehearsal.engine.paths import Path
from airflow_infra.rehearsal.engine.registration import Registration
from airflow_infra.rehearsal.engine.urns import is_provider
from airflow_infra.rehearsal.providers.protocol import Properties


@dataclass(eq=False)
class ResourceState:
    """One deployed resource, equal to itself only. `registration` is how the program asked for it last."""

    registration: Registration
    id: str | None
    inputs: Properties
    """As the provider checked them."""
    outputs: Properties
    secret_inputs: frozenset[Path] = frozenset()
    secret_outputs: frozenset[Path] = frozenset()
    external: bool = False
    """It was read, not made: it is never deleted."""

    @property
    def urn(self) -> str:
        """The URN."""
        return self.registration.urn

    @property
    def in_cloud(self) -> bool:
        """Whether a provider made it: components, providers and what was only read were not."""
        return self.registration.custom and not self.external and not is_provider(self.registration.type)


@dataclass
class State:
    """All deployed resources of a stack."""

    resources: dict[str, ResourceState] = field(default_factory=dict[str, ResourceState])
    """By URN, what they depend on first."""
    replaced: list[ResourceState] = field(default_factory=list[ResourceState])
    """Replaced by a successor and still to be deleted."""
    retained: list[ResourceState] = field(default_factory=list[ResourceState])
    """Dropped without being deleted, as the option retain_on_delete says."""

    def dependents(self) -> dict[str, list[ResourceState]]:
        """By URN, the deployed resources that need it."""
        found: dict[str, list[ResourceState]] = {}
        for resource in self.resources.values():
            for urn in resource.registration.options.edges():
                found.setdefault(urn, []).append(resource)
        return found


def deletion_order(doomed: Collection[ResourceState]) -> list[ResourceState]:
    """Each before what it depends on. Takes time in proportion to resources and dependencies."""
    by_urn: dict[str, list[ResourceState]] = {}
    for resource in doomed:
        by_urn.setdefault(resource.urn, []).append(resource)
    creation: list[ResourceState] = []
    seen: set[ResourceState] = set()
    for first in doomed:
        stack = [(first, iter(_needed(first, by_urn)))]
        if first in seen:
            continue
        seen.add(first)
        while stack:
            resource, needed = stack[-1]
            following = next((one for one in needed if one not in seen), None)
            if following is None:
                creation.append(resource)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(_needed(following, by_urn))))
    creation.reverse()
    return creation


def _needed(resource: ResourceState, by_urn: dict[str, list[ResourceState]]) -> Iterable[ResourceState]:
    for urn in resource.registration.options.edges():
        yield from by_urn.get(urn, ())
