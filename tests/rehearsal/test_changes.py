"""A changed program gets the decisions that Pulumi's engine would take."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.providers.kubernetes.charts import Charts
from airflow_infra.rehearsal.rehearsal import Rehearsal

SETUP = AccountSetup("111122223333", "eu-west-1")
BEFORE = {"owner": "before", "spare": "10.0.2.0/24", "release": "1.36.4-20260917"}


def program(**changed: str) -> Program:
    config = {f"changes:{key}": value for key, value in {**BEFORE, **changed}.items()}
    return Program(Path(__file__).parent / "programs/changes", "changes", "test", config)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Rehearsal]:
    with Rehearsal(program(), lambda: EmulatedAws(SETUP, Charts())) as rehearsal:
        assert rehearsal.up(), rehearsal.result.errors
        yield rehearsal


def actions(deployed: Rehearsal, **changed: str) -> dict[str, str]:
    """What a change does to each resource that it touches; it is undone afterwards."""
    assert deployed.up(program=program(**changed)), deployed.result.errors
    nodes = deployed.graphs["up"].nodes.values()
    touched = {node.name: node.action for node in nodes if node.type.startswith("aws:") and node.action != "same"}
    assert deployed.up(program=program()), deployed.result.errors
    return touched


def test_a_changed_tag_updates_everything_that_carries_it(deployed: Rehearsal) -> None:
    touched = actions(deployed, owner="after")
    assert set(touched.values()) == {"update"}
    assert {"vpc", "a", "cluster", "nodes"} <= touched.keys()


def test_another_release_updates_the_node_group_alone(deployed: Rehearsal) -> None:
    assert actions(deployed, release="1.36.4-20261003") == {"nodes": "update"}


def test_another_range_replaces_the_subnet_alone(deployed: Rehearsal) -> None:
    assert actions(deployed, spare="10.0.3.0/24") == {"spare": "replace"}


def test_the_unchanged_program_touches_nothing(deployed: Rehearsal) -> None:
    assert actions(deployed) == {}
