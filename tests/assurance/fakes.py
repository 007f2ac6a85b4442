"""An account that answers what a test says, in place of boto3."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from airflow_infra.assurance.look import Look


@dataclass(frozen=True)
class Refused:
    """In place of an answer: the call is refused."""

    code: str


class _Meta:
    def __init__(self, operations: list[str]) -> None:
        self.method_to_api_mapping = {xform_name(operation): operation for operation in operations}


class _Client:
    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.meta = _Meta(list(answers))
        self._answers = {xform_name(operation): (operation, answer) for operation, answer in answers.items()}

    def can_paginate(self, operation: str) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        operation, answer = self._answers[name]

        def call(**parameters: Any) -> Any:
            found = answer(**parameters) if callable(answer) else answer
            if isinstance(found, Refused):
                raise ClientError({"Error": {"Code": found.code, "Message": "because"}}, operation)
            if isinstance(found, Exception):
                raise found
            return found

        return call


def look(**services: Mapping[str, Any]) -> Look:
    """A look at an account: by service, what each operation answers, or a function of its parameters that does."""
    clients = {service: _Client(answers) for service, answers in services.items()}
    return Look(lambda service: clients[service])
