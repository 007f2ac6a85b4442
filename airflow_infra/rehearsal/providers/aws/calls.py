"""What calling AWS has in common for all types: absent things, waits, and dates."""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from airflow_infra.rehearsal.providers.protocol import ProviderError

_ATTEMPTS = 100


def error_code(error: ClientError) -> str:
    """The service's name for an error, such as NoSuchEntity."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def ignoring(*codes: str) -> Generator[None]:
    """Let errors of these codes pass: what was to be removed is not there."""
    try:
        yield
    except ClientError as error:
        if error_code(error) not in codes:
            raise


def found(call: Callable[[], Any], *codes: str) -> Any | None:
    """The answer of a call, or None when it fails with one of these codes."""
    with ignoring(*codes):
        return call()
    return None


@dataclass(frozen=True)
class State:
    """Where something stands on its way to being created, changed or deleted."""

    name: str
    """The service's word, such as CREATING."""
    reason: str = ""
    """What the service says about it."""


def wait_until(what: str, state: Callable[[], State], wanted: Collection[str], passing: Collection[str]) -> None:
    """Ask for a state until it is a wanted one. An emulated account gets there in a few answers, so nothing sleeps.

    Raises ProviderError when the state is neither wanted nor passing, or stays passing.
    """
    current = state()
    for _ in range(_ATTEMPTS):
        if current.name not in passing:
            break
        current = state()
    if current.name not in wanted:
        reason = f": {current.reason}" if current.reason else ""
        raise ProviderError(f"{what} is {current.name} where {' or '.join(sorted(wanted))} was expected{reason}")


def timestamp(value: datetime) -> str:
    """A date as the provider prints it, such as 2026-11-22T10:00:00Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
