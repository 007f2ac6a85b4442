"""An emulated account for each test."""

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


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(SETUP) as entered:
        yield entered
