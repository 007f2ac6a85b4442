"""What came of judging an account, as plain data."""

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "high", "medium", "low"]
Status = Literal["passed", "failed", "pending", "not checked"]


@dataclass(frozen=True)
class Judgement:
    """What came of one invariant."""

    id: str
    title: str
    severity: Severity
    status: Status
    reason: str = ""
    """What was found, or why it was not checked. Empty when it passed."""
    modelled: bool = False
    """It rests on answers of the rehearsal's own model of AWS."""
    cost: str = ""
    """What a violation costs, a sentence."""

    def to_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        return {
            "id": self.id,
            "title": self.title,
            "severity": self.severity,
            "reason": self.reason,
            "modelled": self.modelled,
        }


@dataclass(frozen=True)
class Assurance:
    """What the invariants of a rehearsal came to."""

    after_first_up: tuple[Judgement, ...] = ()
    """When transit gateways' owners had not accepted yet: what waits for them is pending. Empty: not judged."""
    final: tuple[Judgement, ...] = ()
    """After the last `up`. Empty: not judged."""

    def of(self, status: Status) -> list[Judgement]:
        """The invariants that ended so. What failed after the first `up` counts as failed, whatever came later."""
        failed_first = [one for one in self.after_first_up if one.status == "failed"]
        failed = {one.id: one for one in [*failed_first, *self.final] if one.status == "failed"}
        if status == "failed":
            return list(failed.values())
        return [one for one in self.final if one.status == status and one.id not in failed]

    @property
    def pending(self) -> list[Judgement]:
        """What waited for a transit gateway's owner after the first `up`."""
        return [one for one in self.after_first_up if one.status == "pending"]

    @property
    def ok(self) -> bool:
        """No invariant failed."""
        return not self.of("failed")

    def to_json(self) -> dict[str, Any]:
        """The `invariants` of the document that `--json` writes."""
        return {
            "passed": [one.to_json() for one in self.of("passed")],
            "failed": [one.to_json() for one in self.of("failed")],
            "not_checked": [one.to_json() for one in self.of("not checked")],
            "pending": [one.to_json() for one in self.pending],
        }
