"""An account through boto3: every answer is fetched once, whole, and shared."""

import json
from collections.abc import Callable
from typing import Any


class Look:
    """Read-only access to one account.

    Args:
        client: gives the boto3 client of a service, such as `ec2`.
    """

    def __init__(self, client: Callable[[str], Any]) -> None:
        self.asked: list[str] = []
        """Every question so far, answered from what was fetched before or not, as `service:Operation`."""
        self._client = client
        self._answers: dict[str, Any] = {}

    def one(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer to one call, by boto3's method name.

        Raises:
            botocore.exceptions.ClientError: as AWS refuses it.
        """
        client = self._ask(service, operation)
        key = _key(service, operation, parameters)
        if key not in self._answers:
            self._answers[key] = getattr(client, operation)(**parameters)
        return self._answers[key]

    def all(self, service: str, operation: str, field: str, **parameters: Any) -> list[Any]:
        """A list from all pages of an answer.

        Raises:
            botocore.exceptions.ClientError: as AWS refuses it.
        """
        client = self._ask(service, operation)
        key = _key(service, f"{operation}[{field}]", parameters)
        if key not in self._answers:
            if client.can_paginate(operation):
                pages = client.get_paginator(operation).paginate(**parameters)
                self._answers[key] = [item for page in pages for item in page.get(field, [])]
            else:
                self._answers[key] = getattr(client, operation)(**parameters).get(field, [])
        return self._answers[key]

    def content(self, bucket: str, key: str, version_id: str) -> bytes:
        """The content of one version of an object, which is held in memory.

        Raises:
            botocore.exceptions.ClientError: as AWS refuses it.
        """
        parameters = {"Bucket": bucket, "Key": key, "VersionId": version_id}
        client = self._ask("s3", "get_object")
        name = _key("s3", "get_object", parameters)
        if name not in self._answers:
            self._answers[name] = client.get_object(**parameters)["Body"].read()
        return self._answers[name]

    def _ask(self, service: str, operation: str) -> Any:
        client = self._client(service)
        self.asked.append(f"{service}:{client.meta.method_to_api_mapping[operation]}")
        return client


def _key(service: str, operation: str, parameters: dict[str, Any]) -> str:
    return f"{service} {operation} {json.dumps(parameters, sort_keys=True)}"
