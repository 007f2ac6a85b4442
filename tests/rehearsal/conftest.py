import gc
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import ClientCreator

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup


@pytest.fixture(scope="session", autouse=True)
def _service_models_out_of_the_garbage_collectors_way(_client_classes_made_once: None) -> None:
    """Service models and moto are hundreds of thousands of objects that stay; looking through them doubles the time."""
    with Account(AccountSetup("123456789012", "eu-west-1")) as warm:
        warm.client("ec2").describe_vpcs()
    gc.freeze()


@pytest.fixture(scope="session")
def _client_classes_made_once() -> Iterator[None]:
    """Making a client's class takes longer than most calls; every account of these tests would make it again."""
    make: Any = ClientCreator._create_client_class

    classes: dict[str, Any] = {}

    def known(creator: Any, service: str, model: Any) -> Any:
        if service not in classes:
            classes[service] = make(creator, service, model)
        return classes[service]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientCreator, "_create_client_class", known)
        yield
