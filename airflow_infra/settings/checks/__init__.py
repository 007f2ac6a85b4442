"""Checks across fields: what a field alone cannot tell. Pure functions, a module per sense."""

from airflow_infra.settings.checks import account, airflow, capacity, kubernetes, network, requirements, versions
from airflow_infra.settings.checks.surroundings import Check, Surroundings
from airflow_infra.settings.problems import Finding
from airflow_infra.settings.stack import StackSettings

CHECKS: tuple[Check, ...] = (
    *account.CHECKS,
    *network.CHECKS,
    *capacity.CHECKS,
    *airflow.CHECKS,
    *requirements.CHECKS,
    *kubernetes.CHECKS,
    *versions.CHECKS,
)


def check(settings: StackSettings, surroundings: Surroundings, *, partial: bool = False) -> list[Finding]:
    """Run every check.

    Of `partial` settings the fields that are wrong are absent: a check that needs one stops there, because its subject
    was already reported.
    """
    findings: list[Finding] = []
    for one in CHECKS:
        try:
            # What a check found before it met an absent field counts.
            findings.extend(one(settings, surroundings))
        except AttributeError:
            if not partial:
                raise
    return findings


__all__ = ["CHECKS", "Check", "Surroundings", "check"]
