from collections.abc import Callable

import pytest

from airflow_infra.settings.names import Names
from airflow_infra.settings.stack import StackSettings
from infra.network.plan import NetworkPlan, plan_network

SettingsFactory = Callable[..., StackSettings]


@pytest.fixture
def plan(make_settings: SettingsFactory, names: Names) -> Callable[..., NetworkPlan]:
    return lambda **vpc: plan_network(make_settings(vpc=vpc).vpc, names)


def test_each_subnet_lies_in_the_zone_of_its_position(plan: Callable[..., NetworkPlan]) -> None:
    assert [(subnet.zone, subnet.cidr_block) for subnet in plan().private] == [
        ("eu-west-1a", "10.200.0.0/19"),
        ("eu-west-1b", "10.200.32.0/19"),
        ("eu-west-1c", "10.200.64.0/19"),
    ]


@pytest.mark.parametrize("kind", ["private_subnets", "public_subnets"])
def test_fewer_zones_than_subnets_is_an_error(plan: Callable[..., NetworkPlan], kind: str) -> None:
    subnets = ["10.200.100.0/24", "10.200.101.0/24", "10.200.102.0/24"]
    with pytest.raises(ValueError, match="3 subnets but 2 availability zones"):
        plan(availability_zones=["eu-west-1a", "eu-west-1b"], **{kind: subnets})


def test_a_nat_gateway_per_zone_serves_its_own_zone(plan: Callable[..., NetworkPlan]) -> None:
    planned = plan()
    assert planned.nat_zones == ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    assert all(zone == nat_zone for zone, nat_zone in planned.nat_zone_of.items())


def test_a_single_nat_gateway_serves_every_zone(plan: Callable[..., NetworkPlan]) -> None:
    planned = plan(nat_gateways="single", public_subnets=["10.200.96.0/24"])
    assert planned.nat_zones == ("eu-west-1a",)
    assert set(planned.nat_zone_of.values()) == {"eu-west-1a"}
    assert set(planned.nat_zone_of) == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}


def test_a_nat_gateway_per_zone_needs_a_public_subnet_in_each(plan: Callable[..., NetworkPlan]) -> None:
    with pytest.raises(ValueError, match="no public subnet in eu-west-1b, eu-west-1c"):
        plan(public_subnets=["10.200.96.0/24"])


def test_subnets_carry_the_tags_by_which_kubernetes_places_load_balancers(plan: Callable[..., NetworkPlan]) -> None:
    planned = plan()
    assert all(subnet.tags == {"kubernetes.io/role/internal-elb": "1"} for subnet in planned.private)
    assert all(subnet.tags == {"kubernetes.io/role/elb": "1"} for subnet in planned.public)
