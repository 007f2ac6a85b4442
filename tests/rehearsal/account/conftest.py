"""An emulated account for each test."""

import gc
from collections.abc import Iterator

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup, TransitGateway

SETUP = AccountSetup(
    account_id="123456789012",
    region="eu-west-1",
    roles=(
        "arn:aws:iam::123456789012:role/deploy",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Administrators",
        "arn:aws:iam::210987654321:role/network",
    ),
    transit_gateways=(
        TransitGateway("tgw-0123456789abcdef0", "210987654321"),
        TransitGateway("tgw-0123456789abcdef1", "210987654321", auto_accept=True),
    ),
    email_identities=("airflow@example.com",),
    oidc_provider_urls=("https://token.actions.githubusercontent.com",),
)


@pytest.fixture(scope="session", autouse=True)
def _service_models_out_of_the_garbage_collectors_way() -> None:
    """Service models and moto are hundreds of thousands of objects that stay; looking through them doubles the time."""
    with Account(SETUP) as warm:
        warm.client("ec2").describe_vpcs()
    gc.freeze()


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(SETUP) as entered:
        yield entered
