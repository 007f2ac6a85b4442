"""The data of a check: what was found in files, and what is said about it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Manifest = dict[str, Any]

MOST_SHOWN = 50
"""Answers of a kind, ok or not, that are kept to be shown one by one."""


def _nowhere(path: str) -> int | None:
    del path
    return None


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a pod."""

    by: str
    """Who says so: a policy's name, or access, schema, pod security, limit range, quota, api server."""
    message: str
    path: str | None = None
    """The field in question, such as spec.containers[0].image."""
    action: Literal["deny", "warn", "dryrun"] = "deny"
    line: int | None = None
    """Line of the field, once the pod is known to be of a file."""
    failed: bool = False
    """A policy that could not be evaluated says so, and refuses."""


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
    reasons: tuple[str, ...] = ()
    """Why it is not known in full, where the placeholders themselves do not tell."""
    refused_by: tuple[Finding, ...] = ()
    """What refuses it before anybody looks into it: who would create it may not."""


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
    fatal: tuple[str, ...] = ()
    """Those of the problems that keep it from running in time."""


@dataclass(frozen=True)
class Answer:
    """A pod of a file, and what is said about it."""

    file: str
    line: int
    """Where the pod begins."""
    name: str
    kind: str
    verdict: Verdict
    startup_timeout_s: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the pod would run, as far as can be told: admitted, and on a node that is there in time."""
        return self.verdict.verdict != "refused" and self.placed and not self.too_late

    @property
    def placed(self) -> bool:
        """Whether some node group can take it."""
        groups = self.verdict.node_groups
        return not groups or any(group.fits for group in groups)

    @property
    def too_late(self) -> bool:
        """Whether its operator gives up before a node is ready, as a rule."""
        fitting = [group for group in self.verdict.node_groups if group.fits]
        if self.startup_timeout_s is None or not fitting:
            return False
        minutes = [group.start_minutes.typical if group.start_minutes else 0 for group in fitting]
        return min(minutes) * 60 >= self.startup_timeout_s


@dataclass
class Judged:
    """What came of a part of the input."""

    file: str
    pods: int = 0
    verdicts: Counter[str] = field(default_factory=Counter[str])
    """Number of pods by verdict."""
    failed: int = 0
    """Pods that would not run: refused ones, and admitted ones that no node group can take in time."""
    warnings: int = 0
    without_pod: int = 0
    """Objects of known kinds, and DAG files, that hold no pod."""
    texts: tuple[bytes, ...] = ()
    """The answers as text, for each way of rendering."""
    shown: list[Answer] = field(default_factory=list[Answer])
    """The first answers of each kind."""
    problems: list[InputProblem] = field(default_factory=list[InputProblem])

    def add(self, answer: Answer) -> None:
        """Count an answer, and keep it if there are few of its kind so far."""
        ok = answer.ok
        if (self.pods - self.failed if ok else self.failed) < MOST_SHOWN:
            self.shown.append(answer)
        self.pods += 1
        self.verdicts[answer.verdict.verdict] += 1
        self.failed += not ok
        self.warnings += len(answer.verdict.warnings)

    def include(self, part: "Judged") -> None:
        """Count what came of a part, its texts excepted."""
        for answer in part.shown:
            kept = sum(one.ok == answer.ok for one in self.shown)
            if kept < MOST_SHOWN:
                self.shown.append(answer)
        self.pods += part.pods
        self.verdicts += part.verdicts
        self.failed += part.failed
        self.warnings += part.warnings
        self.without_pod += part.without_pod
        self.problems += part.problems


class Checks(Protocol):
    """What judges pods: `checker.Checker`."""

    @property
    def at_once(self) -> bool:
        """Whether many pods are judged much faster by `check_all` than one by one."""
        ...

    def check(self, pod: Manifest, unknown: tuple[str, ...] = (), startup_timeout_s: int | None = None) -> Verdict:
        """Judge one pod."""
        ...

    def check_all(self, pods: Sequence[FoundPod]) -> list[Verdict]:
        """Judge pods as `check` does."""
        ...
