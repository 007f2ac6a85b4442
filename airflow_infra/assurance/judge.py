"""Judges an account by invariants."""

from collections.abc import Callable, Collection, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from airflow_infra.assurance.invariants.catalogue import all_invariants
from airflow_infra.assurance.invariants.invariant import AbsentError, Invariant, NotCheckedError, Subject
from airflow_infra.assurance.judgement import Judgement, Status

_ABSENT = ("NotFound", "NoSuch", "404", "DoesNotExist")
"""In the error code of an answer that says that something isn't there."""


def judge(
    subject: Subject,
    invariants: Sequence[Invariant] | None = None,
    *,
    modelled: Callable[[], Collection[str]] = tuple,
    accepted: bool = True,
) -> list[Judgement]:
    """Judge an account. Only reads.

    Args:
        subject: the account, and what its stack's settings ask for.
        invariants: those of `catalogue.chosen`; all when None.
        modelled: gives the calls so far that a rehearsal's own model has answered, as `service:Operation`.
        accepted: whether the owners of transit gateways have accepted. Before, what waits for them is pending.
    """
    return [
        _judge(subject, invariant, modelled, accepted=accepted)
        for invariant in (all_invariants() if invariants is None else invariants)
    ]


def _judge(
    subject: Subject, invariant: Invariant, modelled: Callable[[], Collection[str]], *, accepted: bool
) -> Judgement:
    asked = subject.look.asked
    before = len(asked)
    violated: Status = "pending" if invariant.awaits_acceptance and not accepted else "failed"
    reason = ""
    try:
        reason = "; ".join(invariant.check(subject))
        status: Status = violated if reason else "passed"
    except AbsentError as error:
        status, reason = violated, str(error)
    except ClientError as error:
        answer = error.response.get("Error", {})
        code = answer.get("Code", "")
        status = violated if any(word in code for word in _ABSENT) else "not checked"
        reason = f"{_last(asked)} answers {code}: {answer.get('Message', '')}"
    except (BotoCoreError, NotImplementedError) as error:
        status, reason = "not checked", f"{_last(asked)} has no answer: {error}"
    except NotCheckedError as error:
        status, reason = "not checked", str(error)
    except (LookupError, TypeError, ValueError) as error:
        status = "not checked"
        reason = f"an answer is not of the shape that the check expects, probably {_last(asked)}'s: {error!r}"
    return Judgement(
        id=invariant.id,
        title=invariant.title,
        severity=invariant.severity,
        status=status,
        reason=reason,
        modelled=not set(asked[before:]).isdisjoint(modelled()),
        cost=invariant.cost,
    )


def _last(asked: Sequence[str]) -> str:
    return asked[-1] if asked else "the account"
