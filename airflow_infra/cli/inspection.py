"""What is true of a rehearsed account while everything stands in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.judgement import Assurance
from airflow_infra.assurance.look import Look
from airflow_infra.policies.stack import POLICIES, stack_policies
from airflow_infra.rehearsal.environment import Environment
from airflow_infra.rehearsal.result import StepName
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack
from airflow_infra.settings.stack import StackSettings


class Inspection:
    """Judges a stack by invariants, after the first `up` and after the last.

    Args:
        stack: the stack file of what is rehearsed.
        as_of: the day that counts as today.
        invariants: what to judge by; everything when None.
    """

    def __init__(self, stack: Stack, as_of: date, invariants: Sequence[Invariant] | None = None) -> None:
        self.assurance = Assurance()
        """What has come of it so far."""
        self._stack = stack
        self._as_of = as_of
        self._invariants = invariants

    def judge(self, environment: Environment, step: StepName) -> None:
        """Judge what stands after a step. Only reads."""
        is_first = step == "up"
        judgements = tuple(
            judge(
                subject(self._stack.name, self._stack.settings, environment, self._as_of, self._stack.file.parent),
                self._invariants,
                modelled=environment.modelled,
                accepted=not is_first,
            )
        )
        if is_first:
            self.assurance = replace(self.assurance, after_first_up=judgements)
        else:
            self.assurance = replace(self.assurance, final=judgements)


def subject(stack: str, settings: StackSettings, environment: Environment, as_of: date, project: Path) -> Subject:
    """A rehearsed account and its cluster's API as invariants see them. The policies are in the project's directory."""
    # Slow to import: the emulated account comes with it, which by now is there.
    from airflow_infra.rehearsal.emulated import EmulatedAws

    assert isinstance(environment, EmulatedAws)
    names = Names(stack, settings.account.id, settings.account.region)
    cluster = next((api for api in environment.clusters.live() if api.name == names.cluster), None)
    policies = stack_policies(project / POLICIES, settings, names)
    return Subject(Look(environment.account.client), settings, names, as_of, cluster, policies)
