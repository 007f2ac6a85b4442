"""What a rehearsal yields, as plain data: the graph of what was registered, and what each step did."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

StepName = Literal["up", "accept", "up-2", "again", "destroy"]
Action = Literal["create", "update", "replace", "delete", "same", "read", "failed", "skipped"]
"""`read`: it exists outside the program, which only looked at it (`Resource.get`)."""


@dataclass(frozen=True)
class Node:
    """One registered resource."""

    urn: str
    type: str
    name: str
    id: str | None
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    parent: str | None
    provider: str | None
    dependencies: tuple[str, ...]
    """URNs of every resource that this one waits for."""
    property_dependencies: dict[str, tuple[str, ...]]
    """URNs by the input property that carries their values."""
    protect: bool
    ignore_changes: tuple[str, ...]
    file: str | None
    """Source file that registered it, relative to the program."""
    line: int | None
    step: StepName
    """The step that registered it last."""
    action: Action
    """What that step did with it."""
    sequence: int
    """Position in the order of registration: what a resource depends on comes before it; the rest is left to chance."""
    changed: tuple[str, ...] = ()
    """Paths of the inputs that differed from the step before."""
    reason: str | None = None
    """Why it failed or was skipped."""


@dataclass(frozen=True)
class Graph:
    """Everything registered, by URN."""

    nodes: dict[str, Node]


@dataclass(frozen=True)
class ErrorReport:
    """Something that failed."""

    message: str
    resource: str | None = None
    """URN of the resource it concerns."""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class StepResult:
    """What one step did. Counts are of resources that exist in the cloud: no components, no providers."""

    step: StepName
    created: int = 0
    updated: int = 0
    replaced: int = 0
    deleted: int = 0
    same: int = 0
    mutating_calls: int = 0
    """Calls that could change the account, as recorded behind boto3 and the Kubernetes API."""
    duration_s: float = 0.0


@dataclass(frozen=True)
class Leftover:
    """Something that `destroy` leaves: kept because it is protected, or a failure to clean up.

    What is protected is deleted in the end as well, with its protection lifted, to see that it can be.
    """

    what: str
    reason: str
    protected: bool


@dataclass
class RehearsalResult:
    """The outcome of a rehearsal."""

    stack: str
    graph: Graph
    duration_s: float = 0.0
    outputs: dict[str, Any] = field(default_factory=dict)
    """Stack outputs of the last `up`; secret ones read `[secret]`."""
    errors: list[ErrorReport] = field(default_factory=list)
    steps: list[StepResult] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    modelled: list[str] = field(default_factory=list)
    """Operations that were answered by the rehearsal's own model rather than by the emulator."""
    not_checked: list[str] = field(default_factory=list)
    """What could not be looked at, by name."""

    @property
    def ok(self) -> bool:
        """Nothing failed, and nothing was left behind but what is protected."""
        return not self.errors and all(leftover.protected for leftover in self.leftovers)

    def to_json(self) -> dict[str, Any]:
        """The document that `--json` writes."""
        by_type: dict[str, int] = {}
        for node in self.graph.nodes.values():
            by_type[node.type] = by_type.get(node.type, 0) + 1
        return {
            "stack": self.stack,
            "ok": self.ok,
            "duration_s": round(self.duration_s, 3),
            "resources": {"total": len(self.graph.nodes), "by_type": dict(sorted(by_type.items()))},
            "outputs": self.outputs,
            "errors": [asdict(error) for error in self.errors],
            "steps": [asdict(step) for step in self.steps],
            "leftovers": [asdict(leftover) for leftover in self.leftovers],
            "modelled": self.modelled,
            "not_checked": self.not_checked,
        }
