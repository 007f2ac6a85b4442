"""Pulumi's inputs as boto3's parameters."""

import pytest

from airflow_infra.rehearsal.providers.aws.arguments import as_is, block, each, integer, parameters
from airflow_infra.rehearsal.providers.aws.calls import State, wait_until
from airflow_infra.rehearsal.providers.aws.tags import tag_changes
from airflow_infra.rehearsal.providers.protocol import ProviderError


def test_a_whole_number_that_arrives_as_a_float_becomes_an_integer() -> None:
    converted = parameters({"size": 3.0}, {"size": ("Size", integer)})
    assert isinstance(converted["Size"], int)


def test_a_fraction_where_a_whole_number_is_expected_is_refused() -> None:
    with pytest.raises(ProviderError, match=r"size: expected a whole number, got 2\.5"):
        parameters({"size": 2.5}, {"size": ("Size", integer)})


def test_an_unset_input_gives_no_parameter() -> None:
    assert parameters({"name": None}, {"name": ("Name", as_is)}) == {}


def test_a_key_of_a_block_that_nobody_converts_is_refused_by_its_path() -> None:
    rules = each(block({"id": ("ID", as_is)}))
    with pytest.raises(ProviderError, match=r"rules\[1\]\.prefix is not handled by the rehearsal"):
        rules([{"id": "one"}, {"id": "two", "prefix": "dags/"}], "rules")


def test_waiting_ends_with_the_wanted_state() -> None:
    states = iter((State("CREATING"), State("CREATING"), State("ACTIVE")))
    wait_until("the cluster", lambda: next(states), ("ACTIVE",), ("CREATING",))


def test_a_state_that_leads_nowhere_fails_with_the_reason() -> None:
    with pytest.raises(ProviderError, match="the cluster is FAILED where ACTIVE was expected: no addresses left"):
        wait_until("the cluster", lambda: State("FAILED", "no addresses left"), ("ACTIVE",), ("CREATING",))


def test_a_state_that_never_changes_fails_instead_of_waiting_for_ever() -> None:
    with pytest.raises(ProviderError, match="the add-on is DEGRADED where ACTIVE was expected"):
        wait_until("the add-on", lambda: State("DEGRADED"), ("ACTIVE",), ("DEGRADED",))


def test_only_tags_that_differ_are_changed() -> None:
    old = {"tagsAll": {"owner": "data", "stage": "dev", "old": "1"}}
    new = {"tagsAll": {"owner": "data", "stage": "prod", "new": "1"}}
    assert tag_changes(old, new) == (["old"], {"new": "1", "stage": "prod"})
