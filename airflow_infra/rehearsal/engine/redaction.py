"""Keeping secret values out of everything that is shown."""

from collections.abc import Iterable

from airflow_infra.rehearsal.engine.paths import Path
from airflow_infra.rehearsal.engine.values import SECRET_SHOWN, secret_texts
from airflow_infra.rehearsal.providers.protocol import Properties

_SHORTEST = 4
"""Shorter secrets are not searched for: they would be found in any text."""


class Redactor:
    """Knows every secret that went by, and hides it in messages."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def learn(self, values: Properties, secrets: Iterable[Path]) -> None:
        """Remember the secret texts among these values."""
        self._texts.update(found for found in secret_texts(values, secrets) if len(found) >= _SHORTEST)

    def scrub(self, message: str) -> str:
        """The message without any known secret."""
        for found in sorted(self._texts, key=len, reverse=True):
            message = message.replace(found, SECRET_SHOWN)
        return message
