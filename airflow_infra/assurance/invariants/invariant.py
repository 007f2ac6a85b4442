"""What an invariant is, and what it is judged by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from airflow_infra.assurance.judgement import Severity
from airflow_infra.assurance.kubernetes import KubernetesReader
from airflow_infra.assurance.look import Look
from airflow_infra.policies.stack import StackPolicies
from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings


class NotCheckedError(Exception):
    """An invariant could not be looked at. The message is the reason."""


class AbsentError(Exception):
    """What an invariant looks at is not there, and ought to be: it is violated. The message is what was found."""


@dataclass(frozen=True)
class Subject:
    """What invariants are judged by: an account, and what the settings of its stack ask for."""

    look: Look
    settings: StackSettings
    names: Names
    as_of: date
    kubernetes: KubernetesReader | None = None
    """The API of the stack's cluster. None: what needs it is not checked."""
    policies: StackPolicies | None = None
    """The admission policies that the stack should have. None: what needs them is not checked."""


Check = Callable[[Subject], Iterable[str]]
"""Yields what violates an invariant, a sentence each: which resource, what was found, what was expected.

Nothing yielded means that it holds, so a check that finds nothing to look at has to say so: as a violation where
something ought to be there (or by AbsentError, which ends the check), or by NotCheckedError.
"""


@dataclass(frozen=True)
class Invariant:
    """Something that must hold."""

    id: str
    """Group and number, such as network-03."""
    title: str
    """What must hold, a sentence."""
    severity: Severity
    cost: str
    """What a violation costs, a sentence."""
    calls: tuple[str, ...]
    """The calls that show it, as `service:Operation`."""
    check: Check
    awaits_acceptance: bool = False
    """A violation is expected as long as a transit gateway's owner has not accepted: then it is pending."""
