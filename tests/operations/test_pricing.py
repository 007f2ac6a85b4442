"""What a stack costs, against the catalogue and against what the stacks register."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from airflow_infra.catalogue.estimates import prices
from airflow_infra.operations.cost import Component, Cost
from airflow_infra.operations.pricing import HOURS, monthly_cost
from airflow_infra.settings.readers import load_stack
from airflow_infra.settings.stack import StackSettings

PROJECT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)


def settings_of(stack: str) -> StackSettings:
    return load_stack(stack, PROJECT, as_of=TODAY).settings


def component(cost: Cost, name: str) -> Component:
    return next(one for one in cost.components if one.name == name)


def replaced(settings: Any, path: str, value: Any) -> Any:
    """The settings with one value changed."""
    first, _, rest = path.partition(".")
    return settings.model_copy(update={first: replaced(getattr(settings, first), rest, value) if rest else value})


def usd(name: str) -> float:
    return prices().prices[name].usd


def test_the_minimum_counts_what_always_runs() -> None:
    nodes = component(monthly_cost(settings_of("prod"), TODAY), "Node group standard").monthly_usd
    assert nodes.min == pytest.approx(2 * (HOURS * usd("ec2.t3a.large") + 150 * usd("ebs.gp3")))


def test_the_maximum_counts_what_may_run_at_most() -> None:
    environment = component(monthly_cost(settings_of("dev"), TODAY), "Airflow environment").monthly_usd
    assert environment.max == pytest.approx(HOURS * (usd("mwaa.environment.small") + 9 * usd("mwaa.worker.small")))


def test_the_expected_lies_a_quarter_of_the_way_to_the_maximum() -> None:
    total = monthly_cost(settings_of("prod"), TODAY).monthly_usd
    assert total.expected == pytest.approx(total.min + (total.max - total.min) / 4)


def test_the_total_is_the_sum_of_the_components() -> None:
    cost = monthly_cost(settings_of("dev"), TODAY)
    assert cost.monthly_usd.min == pytest.approx(sum(one.monthly_usd.min for one in cost.components))


def test_an_unknown_price_is_named_and_not_guessed() -> None:
    environment = component(monthly_cost(settings_of("sandpit"), TODAY), "Airflow environment")
    assert environment.unknown == ("mw1.micro environment (mwaa.environment.micro)",)
    assert environment.monthly_usd.max == 0
    assert environment.made_of == ("1 x mw1.micro environment: price unknown",)


def test_a_figure_that_nobody_verified_says_so() -> None:
    gateways = component(monthly_cost(settings_of("dev"), TODAY), "NAT gateways")
    assert gateways.made_of[0] == "1 x NAT gateway at 0.048 USD per hour, not verified"


def test_extended_support_is_charged_from_its_first_day() -> None:
    settings = settings_of("prod")
    last, first = date(2027, 8, 1), date(2027, 8, 2)
    assert component(monthly_cost(settings, last), "EKS control plane").monthly_usd.min == pytest.approx(73)
    assert component(monthly_cost(settings, first), "EKS control plane").monthly_usd.min == pytest.approx(438)


def changes(stack: str) -> dict[tuple[str, str], float | None]:
    return {(one.setting, one.value): one.monthly_usd for one in monthly_cost(settings_of(stack), TODAY).changes}


def test_one_nat_gateway_for_all_saves_the_others() -> None:
    saved = 2 * HOURS * (usd("nat_gateway") + usd("public_ipv4"))
    assert changes("prod")["vpc.nat_gateways", "single"] == pytest.approx(-saved)
    assert changes("dev")["vpc.nat_gateways", "per_zone"] == pytest.approx(saved)


def test_a_smaller_class_saves_what_the_bill_of_that_class_says() -> None:
    prod = settings_of("prod")
    medium = replaced(prod, "mwaa.environment_class", "mw1.medium")
    difference = monthly_cost(medium, TODAY).monthly_usd.expected - monthly_cost(prod, TODAY).monthly_usd.expected
    assert difference < 0
    assert changes("prod")["mwaa.environment_class", "mw1.medium"] == pytest.approx(difference)


def test_the_saving_of_a_class_without_a_price_is_unknown() -> None:
    assert changes("prod")["mwaa.environment_class", "mw1.xlarge"] is None


def test_what_extended_support_costs_is_said_in_advance() -> None:
    assert changes("dev")["eks.cluster.support_type", "EXTENDED"] == pytest.approx(365)
    assert changes("prod")["eks.cluster.support_type", "STANDARD"] == pytest.approx(-365)


def test_prices_of_another_region_are_not_taken_for_the_stacks_own() -> None:
    elsewhere = replaced(settings_of("dev"), "account.region", "eu-central-1")
    assert any("eu-central-1" in assumption for assumption in monthly_cost(elsewhere, TODAY).assumptions)


def test_spot_nodes_are_said_to_be_priced_as_on_demand() -> None:
    settings = settings_of("dev")
    spot = [replaced(group, "capacity_type", "SPOT") for group in settings.eks.cluster.node_groups]
    changed = replaced(settings, "eks.cluster.node_groups", tuple(spot))
    assert any("Spot" in assumption for assumption in monthly_cost(changed, TODAY).assumptions)


@pytest.mark.parametrize("stack", ["dev", "sandpit", "prod"])
def test_the_bill_counts_what_the_stack_registers(stack: str) -> None:
    registered = json.loads((PROJECT / "tests/stacks/golden" / f"{stack}.json").read_text())
    types = Counter(resource["type"] for resource in registered)
    interfaces = [one for one in registered if one.get("inputs", {}).get("vpcEndpointType") == "Interface"]
    expected = {
        "NAT gateway": types["aws:ec2/natGateway:NatGateway"],
        "public IPv4 address": types["aws:ec2/eip:Eip"],
        "attachment": types["aws:ec2transitgateway/vpcAttachment:VpcAttachment"],
        "customer managed key": types["aws:kms/key:Key"],
        "endpoint in a zone": sum(len(one["inputs"]["subnetIds"]) for one in interfaces),
    }
    phrases = [phrase for one in monthly_cost(settings_of(stack), TODAY).components for phrase in one.made_of]
    billed = dict.fromkeys(expected, 0)
    for phrase in phrases:
        number, _, what = phrase.partition(" x ")
        for name in expected:
            if what.startswith(name):
                billed[name] = int(number)
    assert billed == expected
