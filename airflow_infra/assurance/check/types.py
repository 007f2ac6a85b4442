"""The data of a check: what was found in files, and what is said about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Manifest = dict[str, Any]


def _nowhere(path: str) -> int | None:
    del path
    return None


@dataclass(frozen=True)
class FoundPod:
    """A pod that a file holds, or that something in it would create."""

    file: str
    line: int
    """Where the pod begins, counted from 1: its document, its item of a list, its task."""
    name: str
    kind: str
    """What held it: Pod, Job, Deployment, task ..."""
    pod: Manifest
    """The pod itself: apiVersion v1, kind Pod, metadata, spec."""
    field_line: Callable[[str], int | None] = field(default=_nowhere, compare=False, repr=False)
    """Line of a field such as spec.containers[0].image, or of the innermost block that should hold it."""
    unknown: tuple[str, ...] = ()
    """Fields that hold a placeholder, which only a running task fills in."""
    startup_timeout_s: int | None = None
    """Seconds that its operator waits for it to start. None: nobody waits."""


@dataclass(frozen=True)
class InputProblem:
    """Something in the input that cannot be checked."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """All of it on one line: file:line: what was expected."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a pod."""

    by: str
    """Who says so: a policy's name, or schema, pod security, limit range, quota, api server."""
    message: str
    path: str | None = None
    """The field in question, such as spec.containers[0].image."""
    action: Literal["deny", "warn", "dryrun"] = "deny"


@dataclass(frozen=True)
class Minutes:
    """How long something takes, minutes. An estimate."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True)
class GroupAnswer:
    """Whether a node group can take a pod."""

    name: str
    fits: bool
    reasons: tuple[str, ...] = ()
    """Why not."""
    from_zero: bool = False
    """The group may have no nodes, so that one has to start first."""
    start_minutes: Minutes | None = None
    """Until such a node is ready for the pod."""


@dataclass(frozen=True)
class Verdict:
    """What the cluster would make of a pod."""

    verdict: Literal["admitted", "refused", "unknown"]
    """Unknown: a policy looks at a field that only a running task fills in."""
    refused_by: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    """What does not refuse it: policies that warn or only record."""
    node_groups: tuple[GroupAnswer, ...] = ()
    problems: tuple[str, ...] = ()
    """What goes wrong once it is admitted: no node group fits, it starts too slowly; and what is unknown, by name."""
    role: str | None = None
    """The role that it may assume."""


class Checks(Protocol):
    """What judges pods: `checker.Checker`."""

    def check(self, pod: Manifest, unknown: tuple[str, ...] = (), startup_timeout_s: int | None = None) -> Verdict:
        """Judge one pod."""
        ...
