"""Destroying a stack: first what may go, then, to see that it can, what was protected."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from airflow_infra.rehearsal.engine.custom import CustomResources
from airflow_infra.rehearsal.engine.deletion import delete_all
from airflow_infra.rehearsal.engine.journal import Journal
from airflow_infra.rehearsal.engine.state import ResourceState, State
from airflow_infra.rehearsal.engine.urns import short
from airflow_infra.rehearsal.result import Leftover


@dataclass
class Destruction:
    """What the destruction of a stack did."""

    deleted: list[ResourceState] = field(default_factory=list[ResourceState])
    kept: list[Leftover] = field(default_factory=list[Leftover])
    """What `pulumi destroy --exclude-protected` would have left."""


def destroy(
    state: State, custom: CustomResources, journal: Journal, lift_protection: Callable[[], None]
) -> Destruction:
    """Delete all resources, each before what it depends on.

    What is protected, and what it depends on, stays at first; so does what has the option retain_on_delete. It is
    named. Then the protection is lifted and it is deleted as well.
    """
    destruction = Destruction()
    replaced, state.replaced = state.replaced, []
    destruction.deleted += delete_all(replaced, state, custom, journal).deleted
    reasons = _reasons_to_keep(state)
    kept = [one for urn, one in state.resources.items() if urn in reasons]
    doomed = [one for urn, one in state.resources.items() if urn not in reasons]
    destruction.deleted += delete_all(doomed, state, custom, journal).deleted
    kept_reasons = [(one, reasons[one.urn]) for one in kept if one.in_cloud]
    kept_reasons += [(one, "kept, as its option retain_on_delete says") for one in state.retained]
    destruction.kept = [Leftover(_described(one), reason, protected=True) for one, reason in kept_reasons]
    if kept_reasons:
        lift_protection()
        unprotected = [_unprotected(one) for one in (*kept, *state.retained)]
        retained, state.retained = {one.urn for one in state.retained}, []
        state.resources.update({one.urn: one for one in unprotected if one.urn not in retained})
        last = delete_all(unprotected, state, custom, journal)
        # what was retained had been counted as deleted already
        destruction.deleted += [one for one in last.deleted if one.urn not in retained]
    return destruction


def _reasons_to_keep(state: State) -> dict[str, str]:
    """By URN, why something stays: it is protected, or something protected depends on it."""
    reasons: dict[str, str] = {}
    queue: list[tuple[ResourceState, str]] = []
    for urn, resource in state.resources.items():
        if resource.registration.options.protect and resource.in_cloud:
            reasons[urn] = "protected"
            queue.append((resource, short(urn)))
    while queue:
        needing, by_whom = queue.pop()
        for urn in needing.registration.options.edges():
            if urn in state.resources and urn not in reasons:
                reasons[urn] = f"needed by the protected {by_whom}"
                queue.append((state.resources[urn], by_whom))
    return reasons


def _unprotected(resource: ResourceState) -> ResourceState:
    options = replace(resource.registration.options, protect=False, retain_on_delete=False)
    return replace(resource, registration=replace(resource.registration, options=options))


def _described(resource: ResourceState) -> str:
    return f"{short(resource.urn)} ({resource.id})"
