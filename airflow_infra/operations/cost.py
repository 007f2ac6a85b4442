"""What a stack costs, as plain data. USD a month, before tax: an estimate."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Amounts:
    """Something at the minimum, as expected, and at the maximum of what autoscales."""

    min: float
    expected: float
    max: float

    def times(self, factor: float) -> "Amounts":
        """Each of the three, multiplied."""
        return Amounts(self.min * factor, self.expected * factor, self.max * factor)

    def to_json(self) -> dict[str, float]:
        """Rounded to cents."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Component:
    """A part of the bill."""

    name: str
    monthly_usd: Amounts
    """What is known of it."""
    made_of: tuple[str, ...]
    """Quantities and prices, a phrase each."""
    unknown: tuple[str, ...]
    """What the catalogue has no price for, and so is not in the amounts."""


@dataclass(frozen=True)
class Change:
    """What another value of a setting would do to the expected bill."""

    setting: str
    """Key in the stack file."""
    value: str
    """The other value."""
    monthly_usd: float | None
    """Difference: negative where it saves; None where a price is unknown."""
    note: str = ""


@dataclass(frozen=True)
class Cost:
    """What a stack costs a month."""

    components: tuple[Component, ...]
    changes: tuple[Change, ...]
    by_use: tuple[str, ...]
    """What comes on top by use, a phrase each with its price."""
    assumptions: tuple[str, ...]
    """What the figures rest on, a sentence each."""

    @property
    def monthly_usd(self) -> Amounts:
        """The sum of what is known."""
        return total(component.monthly_usd for component in self.components)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Everything that has no known price."""
        return tuple(unknown for component in self.components for unknown in component.unknown)

    def to_json(self) -> dict[str, Any]:
        """The `cost` of the document that `--json` writes."""
        return {
            "monthly_usd": self.monthly_usd.to_json(),
            "by_component": [
                {
                    "name": component.name,
                    "monthly_usd": component.monthly_usd.to_json(),
                    "made_of": component.made_of,
                    "unknown": component.unknown,
                }
                for component in self.components
            ],
            "changes": [
                {**asdict(change), "monthly_usd": None if change.monthly_usd is None else round(change.monthly_usd, 2)}
                for change in self.changes
            ],
            "by_use": self.by_use,
            "assumptions": self.assumptions,
        }


def total(amounts: Iterable[Amounts]) -> Amounts:
    """Their sum."""
    listed = list(amounts)
    return Amounts(sum(one.min for one in listed), sum(one.expected for one in listed), sum(one.max for one in listed))
