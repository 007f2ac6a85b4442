from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from airflow_infra.settings.mwaa import MwaaSettings
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def settings() -> StackSettings:
    return load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings


@pytest.fixture
def make_mwaa(settings: StackSettings) -> Callable[..., MwaaSettings]:
    """Settings of the dev stack's environment with other values."""

    def make(**changes: str) -> MwaaSettings:
        return settings.mwaa.model_copy(update=changes)

    return make
