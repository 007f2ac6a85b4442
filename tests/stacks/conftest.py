"""Each stack is rehearsed once a run: deployed, accepted, again; `standing` is what stands then."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mutations.mutation import Mutation

from airflow_infra.cli.inspection import Inspection
from airflow_infra.cli.rehearse import rehearsal
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.readers import Stack, load_stack

PROJECT = Path(__file__).parents[2]
STACKS = ("dev", "sandpit", "prod")
AS_OF = date(2026, 11, 22)
INSPECTIONS: dict[str, Inspection] = {}
"""By stack, filled while it is deployed."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "standing" in metafunc.fixturenames:
        stacks = [pytest.param(stack, marks=pytest.mark.xdist_group(stack)) for stack in STACKS]
        metafunc.parametrize("standing", stacks, indirect=True, scope="package")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A mutation is done to one stack only."""
    elsewhere = [item for item in items if _is_elsewhere(getattr(item, "callspec", None))]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


def _is_elsewhere(parameters: Any) -> bool:
    mutation = parameters.params.get("mutation") if parameters else None
    return isinstance(mutation, Mutation) and parameters.params["standing"] != mutation.stack


@pytest.fixture(scope="package")
def standing(request: pytest.FixtureRequest) -> Iterator[Rehearsal]:
    """A stack after `up`, `accept`, `up-2` and `again`."""
    stack = load_stack(request.param, PROJECT, as_of=AS_OF)
    inspection = Inspection(stack, AS_OF)
    INSPECTIONS[stack.name] = inspection
    with rehearsal(stack, PROJECT) as running:
        if running.up():
            inspection.judge(running.environment, "up")
            running.accept()
            running.up("up-2")
            running.again()
        yield running


@pytest.fixture(scope="package")
def stack(standing: Rehearsal) -> Stack:
    """The stack file of what stands."""
    return load_stack(standing.result.stack, PROJECT, as_of=AS_OF)


@pytest.fixture(scope="package")
def inspection(standing: Rehearsal) -> Inspection:
    """What the invariants said after the first `up`."""
    return INSPECTIONS[standing.result.stack]
