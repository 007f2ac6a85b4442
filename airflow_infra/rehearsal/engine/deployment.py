"""One run of the program: what it registers is checked, decided upon and done, in the order of its dependencies."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from airflow_infra.rehearsal.engine.custom import Applied, CustomResources
from airflow_infra.rehearsal.engine.deletion import delete_all
from airflow_infra.rehearsal.engine.journal import Journal, Record
from airflow_infra.rehearsal.engine.paths import Path, text
from airflow_infra.rehearsal.engine.provider_registry import ProviderRegistry
from airflow_infra.rehearsal.engine.redaction import Redactor
from airflow_infra.rehearsal.engine.registration import Position, Registration, inherited_aliases
from airflow_infra.rehearsal.engine.state import ResourceState, State
from airflow_infra.rehearsal.engine.urns import Naming, is_provider, is_stack, package_of, short
from airflow_infra.rehearsal.engine.values import Decoded, secrets_of_outputs, shown
from airflow_infra.rehearsal.events import Report
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError
from airflow_infra.rehearsal.result import Graph, Node, StepName


@dataclass(frozen=True)
class Stack:
    """What all runs of a stack share."""

    naming: Naming
    directory: FilePath
    state: State
    registry: ProviderRegistry
    redactor: Redactor
    report: Report
    debug: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the program is told about a resource."""

    urn: str
    id: str | None = None
    outputs: Properties = field(default_factory=dict)
    secrets: frozenset[Path] = frozenset()
    failed: bool = False


class Deployment:
    """Serves one run of the program. Requests may come from several threads; they are dealt with one at a time."""

    def __init__(self, stack: Stack, step: StepName) -> None:
        self.journal = Journal(step, stack.redactor, stack.report, debug=stack.debug)
        self.exports: Properties = {}
        """The stack's outputs, secret ones hidden."""
        self.deleted: list[ResourceState] = []
        """What the program no longer registers and is gone."""
        self.records: dict[str, Record] = {}
        self._stack = stack
        self._custom = CustomResources(stack.state, stack.registry)
        self._renamed: dict[str, str] = {}
        """By URN, the former one of a resource that was found by an alias."""
        self._ambiguous: set[str] = set()
        """URNs that were registered more than once."""
        self._lock = threading.RLock()

    @property
    def stack(self) -> Stack:
        """What all runs of the stack share."""
        return self._stack

    def register(self, registration: Registration) -> Outcome:
        """Deal with a registration. One that fails is recorded, and its outcome says so."""
        with self._lock:
            return self._settle(registration, lambda: self._apply(self._inheriting(registration)))

    def refuse(self, registration: Registration, error: Exception) -> Outcome:
        """Record a registration that cannot even be tried."""

        def fail() -> Record:
            raise error

        with self._lock:
            return self._settle(registration, fail)

    def read(self, registration: Registration, id_: str) -> Outcome:
        """Look at a resource that exists outside the program."""
        with self._lock:
            return self._settle(registration, lambda: self._read(registration, id_))

    def invoke(self, provider: str | None, token: str, arguments: Properties) -> Properties:
        """Answer a function call.

        Raises:
            ProviderError: when it fails.
        """
        with self._lock:
            return self._stack.registry.find(provider, token).invoke(token, arguments)

    def outputs(self, urn: str, outputs: Decoded) -> None:
        """Take what a component, or the stack, says its outputs are."""
        with self._lock:
            self._stack.redactor.learn(outputs.values, outputs.secrets)
            record = self.records[urn]
            if is_stack(record.registration.type):
                self.exports = shown(outputs.values, outputs.secrets, self._stack.directory)
                self._refuse_unknown_exports(record.registration, outputs)
            elif record.state is not None:
                record.state.outputs, record.state.secret_outputs = outputs.values, outputs.secrets

    def finish(self) -> None:
        """After the program: delete what it no longer registers and what was replaced, unless something failed."""
        with self._lock:
            state = self._stack.state
            dropped = [one for urn, one in state.resources.items() if urn not in self.records]
            state.resources = {record.state.urn: record.state for record in self.records.values() if record.state}
            state.resources.update({one.urn: one for one in dropped})
            self.deleted = [one for urn, one in self._custom.gone.items() if urn not in self.records]
            if self.journal.errors:
                return
            protected = [one for one in dropped if one.registration.options.protect]
            for one in protected:
                self.journal.refuse(
                    f"the program no longer registers {short(one.urn)}, which is protected, so nothing was deleted: "
                    "take the protection away first, then the resource",
                    one.urn,
                )
            if protected:
                return
            deletion = delete_all([*state.replaced, *dropped], state, self._custom, self.journal)
            left, deleted = set(deletion.left), set(deletion.deleted)
            state.replaced = [one for one in state.replaced if one in left]
            self.deleted += [one for one in dropped if one in deleted]

    def graph(self) -> Graph:
        """Everything registered in this run."""
        return Graph({urn: self._node(record, at) for at, (urn, record) in enumerate(self.records.items())})

    def _settle(self, registration: Registration, work: Callable[[], Record]) -> Outcome:
        self._stack.redactor.learn(registration.inputs.values, registration.inputs.secrets)
        urn = registration.urn
        first = self.records.get(urn)
        if first is not None:
            self._ambiguous.add(urn)
            earlier, later = _as_written(first.registration, registration)
            self.journal.refuse(_registered_twice(urn, earlier, later), urn, later)
            return Outcome(urn, failed=True)
        reason = self._reason_to_skip(registration)
        if reason is not None:
            record = Record(registration, "skipped", self._stack.state.resources.get(urn), reason=reason)
        else:
            try:
                record = work()
            except Exception as error:  # noqa: BLE001 - what one provider raises must not stop the others
                reason = self.journal.fail(registration, error)
                record = Record(registration, "failed", self._stack.state.resources.get(urn), reason=reason)
        self.records[urn] = record
        self.journal.done(record)
        if not record.stands or record.state is None:
            return Outcome(urn, failed=True)
        state = record.state
        self._stack.redactor.learn(state.outputs, state.secret_outputs)
        return Outcome(urn, state.id, state.outputs, state.secret_outputs)

    def _reason_to_skip(self, registration: Registration) -> str | None:
        for urn in registration.options.edges():
            record = self.records.get(urn)
            if record is not None and not record.stands:
                return f"{short(urn)} {'failed' if record.action == 'failed' else 'was skipped'}"
            if urn in self._ambiguous:
                return f"{short(urn)} was registered more than once"
        return None

    def _apply(self, registration: Registration) -> Record:
        self._check_references(registration)
        former = self._former(registration)
        if registration.custom and not is_provider(registration.type):
            applied = self._custom.apply(registration, former, self.records.keys())
        else:
            if is_provider(registration.type):
                package = package_of(registration.type.removeprefix("pulumi:providers:"))
                self._stack.registry.configure(registration.urn, package, registration.inputs.values)
            applied = _kept(registration, former)
        if former is not None and former.urn != registration.urn:
            self._rename(former, registration.urn)
        self._stack.state.resources[registration.urn] = applied.state
        return Record(registration, applied.action, applied.state, applied.changed)

    def _read(self, registration: Registration, id_: str) -> Record:
        self._check_references(registration)
        inputs, options = registration.inputs, registration.options
        provider = self._stack.registry.find(options.provider, registration.type)
        outputs = provider.read(registration.type, id_, inputs.values)
        if outputs is None:
            raise ProviderError(f"there is no {registration.type} with the id {id_!r}")
        secrets = secrets_of_outputs(outputs, inputs.secrets, options.additional_secret_outputs)
        state = ResourceState(registration, id_, inputs.values, outputs, inputs.secrets, secrets, external=True)
        self._stack.state.resources[registration.urn] = state
        return Record(registration, "read", state)

    def _check_references(self, registration: Registration) -> None:
        for urn in (*registration.options.edges(), *registration.options.replace_with):
            if urn not in self.records:
                raise ProviderError(f"it refers to {urn}, which the program did not register before it")
        if registration.inputs.unknowns:
            raise ProviderError(f"{text(registration.inputs.unknowns[0])}: its value is not known")

    def _inheriting(self, registration: Registration) -> Registration:
        """With what Pulumi's engine lets a resource inherit from its parent."""
        parent = self.records.get(registration.options.parent or "")
        if parent is None:
            return registration
        return registration.inheriting(parent.registration.options)

    def _former(self, registration: Registration) -> ResourceState | None:
        """How the resource stands, under its URN or under an alias of it."""
        resources = self._stack.state.resources
        candidates = [registration.urn, *registration.aliases]
        former_parent = self._renamed.get(registration.options.parent or "")
        if former_parent is not None:
            candidates += inherited_aliases(registration, former_parent, self._stack.naming)
        for urn in candidates:
            former = resources.get(urn)
            if former is not None and urn not in self.records and not former.external:
                return former
        return None

    def _rename(self, former: ResourceState, urn: str) -> None:
        """A resource that stands has got another URN."""
        self._stack.state.resources.pop(former.urn, None)
        self._renamed[urn] = former.urn

    def _refuse_unknown_exports(self, registration: Registration, outputs: Decoded) -> None:
        for path in outputs.unknowns:
            self.exports[str(path[0])] = "[unknown]"
        if outputs.unknowns and not self.journal.errors:
            self.journal.refuse(f"the stack output {text(outputs.unknowns[0])} is not known", registration.urn)

    def _node(self, record: Record, sequence: int) -> Node:
        registration, options = record.registration, record.registration.options
        state, directory = record.state, self._stack.directory
        inputs, secrets = registration.inputs.values, registration.inputs.secrets
        outputs: Properties = {}
        if state is not None and record.stands:
            inputs, secrets = state.inputs, state.secret_inputs
            outputs = shown(state.outputs, state.secret_outputs, directory)
        return Node(
            urn=registration.urn,
            type=registration.type,
            name=registration.name,
            id=state.id if state is not None else None,
            inputs=shown(inputs, secrets, directory),
            outputs=outputs,
            parent=options.parent,
            provider=options.provider_urn,
            dependencies=options.dependencies,
            property_dependencies=options.property_dependencies,
            protect=options.protect,
            ignore_changes=tuple(text(path) for path in options.ignore_changes),
            file=registration.position.file if registration.position else None,
            line=registration.position.line if registration.position else None,
            step=self.journal.step,
            action=record.action,
            sequence=sequence,
            changed=record.changed,
            reason=record.reason,
        )


def _kept(registration: Registration, former: ResourceState | None) -> Applied:
    """The state of a component or a provider, which nobody has to make."""
    inputs = registration.inputs
    id_ = None
    if registration.custom:
        id_ = former.id if former is not None else f"{registration.name}-rehearsed"
    state = ResourceState(registration, id_, inputs.values, {}, inputs.secrets)
    if registration.custom:
        state.outputs, state.secret_outputs = inputs.values, inputs.secrets
    if former is None:
        return Applied("create", state)
    before, now = former.inputs, inputs.values
    changed = tuple(sorted(key for key in {*before, *now} if before.get(key) != now.get(key)))
    return Applied("update" if changed else "same", state, changed)


def _as_written(*registrations: Registration) -> list[Position | None]:
    """Positions as a reader meets them: independent registrations arrive in any order."""
    positions = [registration.position for registration in registrations]
    return sorted(positions, key=lambda position: (position.file, position.line) if position else ("", 0))


def _registered_twice(urn: str, *positions: Position | None) -> str:
    where = " and ".join(str(position or "an unknown line") for position in positions)
    return f"{short(urn)} is registered twice, at {where}: give one of the two another name"
