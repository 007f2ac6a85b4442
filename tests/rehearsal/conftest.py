import gc

import pytest

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup


@pytest.fixture(scope="session", autouse=True)
def _service_models_out_of_the_garbage_collectors_way() -> None:
    """Service models and moto are hundreds of thousands of objects that stay; looking through them doubles the time."""
    with Account(AccountSetup("123456789012", "eu-west-1")) as warm:
        warm.client("ec2").describe_vpcs()
    gc.freeze()
