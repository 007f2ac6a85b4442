"""An emulated account for each test, and the AWS provider on it."""

from collections.abc import Iterator

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.providers.aws.provider import AwsProvider, aws_provider
from tests.rehearsal.providers.aws.bench import Bench

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"


@pytest.fixture
def account() -> Iterator[Account]:
    setup = AccountSetup(
        account_id=ACCOUNT_ID,
        region=REGION,
        roles=(f"arn:aws:iam::{ACCOUNT_ID}:role/administrator",),
        email_identities=("sender@example.com",),
        oidc_provider_urls=("https://token.actions.githubusercontent.com",),
    )
    with Account(setup) as entered:
        yield entered


@pytest.fixture
def bench(account: Account) -> Bench:
    provider = aws_provider(account)({"region": REGION, "defaultTags": {"tags": {"owner": "data"}}})
    assert isinstance(provider, AwsProvider)
    return Bench(account, provider)
