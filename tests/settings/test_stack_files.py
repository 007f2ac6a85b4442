"""The stack files of this repository."""

from collections.abc import Iterator
from datetime import date
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.settings.model import all_fields
from airflow_infra.settings.readers import Stack, load_stack, stack_names
from airflow_infra.settings.types import Block

PROJECT = Path(__file__).parents[2]
STACKS = ("dev", "prod", "sandpit")
# Nothing here runs inside a VPC that exists before the stack does, and plugins and a start-up script are rare.
NOWHERE_USED = [
    ("eks", "cluster", "endpoint", "runner_security_group_ids"),
    ("eks", "cluster", "node_groups", "ami_release_version"),
    ("mwaa", "plugins_file"),
    ("mwaa", "startup_script_file"),
    ("mwaa", "webserver_cidrs"),
]


def load(stack: str) -> Stack:
    return load_stack(stack, PROJECT, as_of=date(2026, 11, 22))


def test_these_are_the_stacks() -> None:
    assert tuple(stack_names(PROJECT)) == STACKS


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_is_sound_and_warns_of_nothing(stack: str) -> None:
    assert load(stack).warnings == ()


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_names_its_schema_for_editors(stack: str) -> None:
    first = (PROJECT / f"Pulumi.{stack}.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=schemas/stack.schema.json"


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_has_the_two_node_groups_that_pods_rely_on(stack: str) -> None:
    standard, high_memory = load(stack).settings.eks.cluster.node_groups
    assert (standard.name, standard.labels, standard.taints) == ("standard", {}, ())
    assert (high_memory.name, high_memory.labels) == ("high-memory", {"high-memory": "true"})
    assert [(taint.key, taint.value, taint.effect) for taint in high_memory.taints] == [
        ("high-memory", "true", "NoSchedule")
    ]
    assert high_memory.scaling_config.min_size == 0


def test_the_stacks_could_meet_on_one_transit_gateway() -> None:
    blocks = [IPv4Network(load(stack).settings.vpc.cidr_block) for stack in STACKS]
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))


def test_what_an_account_has_only_one_of_has_one_owner() -> None:
    owners: list[tuple[str, str]] = []
    for stack in STACKS:
        settings = load(stack).settings
        if settings.mwaa.email and settings.mwaa.email.owns_identity:
            owners.append((settings.account.id, settings.mwaa.email.sender))
        if settings.mwaa.dag_publisher and settings.mwaa.dag_publisher.owns_oidc_provider:
            owners.append((settings.account.id, "OIDC provider"))
    assert len(owners) == len(set(owners))


def test_production_is_protected_and_survives_a_zone() -> None:
    settings = load("prod").settings
    assert settings.protection.stateful
    assert settings.protection.elastic_ips
    assert settings.vpc.nat_gateways == "per_zone"
    assert settings.eks.cluster.node_groups[0].scaling_config.min_size >= 2
    assert settings.mwaa.worker_replacement_strategy == "GRACEFUL"


def test_the_sandpit_can_go() -> None:
    protection = load("sandpit").settings.protection
    assert (protection.stateful, protection.elastic_ips) == (False, False)


def used_in(block: Block, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Keys that hold something: a value, a list with items, a switch that is on."""
    for name in type(block).model_fields:
        value: Any = getattr(block, name)
        if value:
            yield (*path, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Block):
                yield from used_in(inner, (*path, name))


def test_whatever_may_be_left_out_is_rehearsed_in_some_stack() -> None:
    used = {path for stack in STACKS for path in used_in(load(stack).settings)}
    assert sorted({path for path, _field in all_fields()} - used) == NOWHERE_USED
