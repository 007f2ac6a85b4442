"""Deciding what a custom resource needs - create, update, replace or nothing - and having its provider do it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.engine.paths import Path, covers, parse, reset
from airflow_infra.rehearsal.engine.provider_registry import ProviderRegistry
from airflow_infra.rehearsal.engine.registration import Registration
from airflow_infra.rehearsal.engine.state import ResourceState, State, deletion_order
from airflow_infra.rehearsal.engine.urns import short
from airflow_infra.rehearsal.engine.values import UNKNOWN, secrets_of_outputs
from airflow_infra.rehearsal.providers.protocol import CheckFailure, Properties, Provider, ProviderError
from airflow_infra.rehearsal.result import Action


class CheckFailedError(Exception):
    """Inputs that the provider does not accept."""

    def __init__(self, failures: tuple[CheckFailure, ...]) -> None:
        super().__init__("; ".join(one.reason for one in failures))
        self.failures = failures


@dataclass(frozen=True)
class Applied:
    """What was done with a resource."""

    action: Action
    state: ResourceState
    changed: tuple[str, ...] = ()


class CustomResources:
    """Brings custom resources into the state that the program asks for. One for each run of the program."""

    def __init__(self, state: State, registry: ProviderRegistry) -> None:
        self.replaced: set[str] = set()
        """URNs of what was replaced in this run."""
        self.gone: dict[str, ResourceState] = {}
        """By URN, what was deleted because something that it depends on had to be deleted before its replacement."""
        self._state = state
        self._registry = registry

    def apply(self, registration: Registration, former: ResourceState | None, settled: Collection[str]) -> Applied:
        """Create, update or replace a resource, or leave it.

        `former` is how it stands, if it does; `settled` are the URNs already dealt with in this run.

        Raises:
            CheckFailedError: for inputs that the provider does not accept.
            ProviderError: when an operation fails, or would take away something that is protected.
        """
        provider = self._registry.find(registration.options.provider, registration.type)
        inputs = registration.inputs.values
        secrets = registration.inputs.secrets
        if former is not None:
            for pattern in registration.options.ignore_changes:
                inputs = reset(inputs, former.inputs, pattern)
                secrets |= {path for path in former.secret_inputs if covers(pattern, path)}
        checked = provider.check(registration.type, registration.name, inputs)
        if checked.failures:
            raise CheckFailedError(checked.failures)
        if former is None:
            action: Action = "replace" if registration.urn in self.gone else "create"
            return Applied(action, _created(provider, registration, checked.inputs, secrets))
        return self._change(provider, registration, former, checked.inputs, secrets, settled)

    def delete(self, resource: ResourceState) -> None:
        """Have the provider delete a resource, unless its options keep it.

        Raises:
            ProviderError: when that fails.
        """
        registration = resource.registration
        if not resource.in_cloud:
            return
        if registration.options.retain_on_delete:
            self._state.retained.append(resource)
            return
        provider = self._registry.find(registration.options.provider, registration.type)
        provider.delete(registration.type, resource.id or "", resource.inputs, resource.outputs)

    def _change(
        self,
        provider: Provider,
        registration: Registration,
        former: ResourceState,
        inputs: Properties,
        secrets: frozenset[Path],
        settled: Collection[str],
    ) -> Applied:
        id_ = former.id or ""
        diff = provider.diff(registration.type, id_, former.inputs, inputs)
        reasons = self._reasons_to_replace(registration, former, diff.changed, diff.replaces)
        if reasons:
            if former.registration.options.protect:
                raise ProviderError(
                    f"it is protected, and {', '.join(reasons)} cannot change without replacing it: undo the change, "
                    "or take the protection away first"
                )
            wanted = registration.options.delete_before_replace
            if diff.delete_before_replace if wanted is None else wanted:
                self._delete_first(former, settled)
                state = _created(provider, registration, inputs, secrets)
            else:
                state = _created(provider, registration, inputs, secrets)
                self._state.replaced.append(former)
            self.replaced.add(registration.urn)
            return Applied("replace", state, diff.changed or reasons)
        if diff.changed:
            outputs = provider.update(registration.type, id_, former.inputs, inputs)
            return Applied("update", _state(registration, id_, inputs, outputs, secrets), diff.changed)
        return Applied("same", _state(registration, id_, inputs, former.outputs, secrets))

    def _reasons_to_replace(
        self, registration: Registration, former: ResourceState, changed: tuple[str, ...], replaces: tuple[str, ...]
    ) -> tuple[str, ...]:
        options = registration.options
        reasons = list(replaces)
        for path in changed:
            if path not in reasons and any(covers(pattern, parse(path)) for pattern in options.replace_on_changes):
                reasons.append(path)
        if options.provider_urn != former.registration.options.provider_urn:
            reasons.append("the provider")
        if options.replacement_trigger != former.registration.options.replacement_trigger:
            reasons.append("the replacement trigger")
        reasons += [short(urn) for urn in options.replace_with if urn in self.replaced]
        return tuple(reasons)

    def _delete_first(self, former: ResourceState, settled: Collection[str]) -> None:
        """Delete a resource, and before it those that have to be replaced with it."""
        doomed = [former, *self._replaced_with(former, settled)]
        for resource in doomed[1:]:
            if resource.registration.options.protect:
                raise ProviderError(
                    f"it has to be deleted before it is replaced, and {short(resource.urn)}, which would have to go "
                    "with it, is protected"
                )
        for resource in deletion_order(doomed):
            self.delete(resource)
            self._state.resources.pop(resource.urn)
            if resource is not former:
                self.gone[resource.urn] = resource
                self.replaced.add(resource.urn)

    def _replaced_with(self, former: ResourceState, settled: Collection[str]) -> list[ResourceState]:
        """What could not survive the resource's absence: dependents that a changed value of it would replace."""
        dependents = self._state.dependents()
        found: dict[str, ResourceState] = {former.urn: former}
        queue = [former]
        while queue:
            for dependent in dependents.get(queue.pop().urn, ()):
                if dependent.urn in found or dependent.urn in settled:
                    continue
                if self._would_be_replaced(dependent, found):
                    found[dependent.urn] = dependent
                    queue.append(dependent)
        del found[former.urn]
        return list(found.values())

    def _would_be_replaced(self, dependent: ResourceState, absent: dict[str, ResourceState]) -> bool:
        registration = dependent.registration
        if not dependent.in_cloud:
            return False
        affected = [
            key
            for key, urns in registration.options.property_dependencies.items()
            if key in dependent.inputs and any(urn in absent for urn in urns)
        ]
        if not affected:
            return False
        inputs = {**dependent.inputs, **{key: _unknown(dependent.inputs[key]) for key in affected}}
        provider = self._registry.find(registration.options.provider, registration.type)
        return bool(provider.diff(registration.type, dependent.id or "", dependent.inputs, inputs).replaces)


def _created(
    provider: Provider, registration: Registration, inputs: Properties, secrets: frozenset[Path]
) -> ResourceState:
    created = provider.create(registration.type, registration.name, inputs)
    return _state(registration, created.id, inputs, created.outputs, secrets)


def _state(
    registration: Registration, id_: str, inputs: Properties, outputs: Properties, secrets: frozenset[Path]
) -> ResourceState:
    named = registration.options.additional_secret_outputs
    return ResourceState(registration, id_, inputs, outputs, secrets, secrets_of_outputs(outputs, secrets, named))


def _unknown(value: Any) -> Any:
    """The same shape with unknown leaves, so that a provider finds every path below changed."""
    if isinstance(value, dict):
        return {key: _unknown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unknown(item) for item in value]
    return UNKNOWN


def failure_texts(error: CheckFailedError) -> list[str]:
    """Each failure as a message of its own."""
    return [f"{one.property}: {one.reason}" if one.property else one.reason for one in error.failures]
