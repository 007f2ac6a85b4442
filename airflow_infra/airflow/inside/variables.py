"""Airflow's variables as they are here: unknown. Airflow is told to look for them in this module."""

from typing import Any

from airflow_infra.airflow.inside.placeholders import Placeholders

PLACEHOLDERS = Placeholders()
"""The stand-ins of the DAG file that this process reads."""


class UnknownVariables:
    """A secrets backend that knows no connection, and a stand-in for every variable."""

    def __init__(self, **_: Any) -> None: ...

    def _set_connection_class(self, *_: Any) -> None:
        """Airflow 3.2 and newer tells every backend which class connections are of."""

    def get_variable(self, key: str, *_: Any, **__: Any) -> str:
        """A stand-in for the variable's value."""
        return PLACEHOLDERS.token(f"{{{{ var.value.{key} }}}}")

    def get_connection(self, *_: Any, **__: Any) -> None:
        """No connection: Airflow goes on to the environment."""

    def get_config(self, *_: Any, **__: Any) -> None:
        """No configuration: Airflow goes on to the environment."""
