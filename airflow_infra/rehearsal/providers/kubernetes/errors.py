"""Errors of a Kubernetes API, as its clients see them."""

from airflow_infra.rehearsal.providers.protocol import CheckFailure

Problem = CheckFailure
"""Something wrong in a manifest: the path of the field, and what was expected there."""


class ApiError(Exception):
    """A request that the API server refused.

    `status` is the HTTP status (404, 409, 422 ...), `reason` Kubernetes' word for it (NotFound, AlreadyExists,
    Invalid ...).
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message


class InvalidError(ApiError):
    """A manifest with problems."""

    def __init__(self, what: str, problems: list[Problem]) -> None:
        text = "; ".join(f"{problem.property}: {problem.reason}" for problem in problems)
        super().__init__(422, "Invalid", f"{what} is invalid: {text}")
        self.problems = problems


class UnreachableError(Exception):
    """There is no API server where the kubeconfig points."""


class UnansweredError(UnreachableError):
    """Nothing answers at the address that the kubeconfig names."""
