"""What counts as a credential in a kubeconfig."""

import json
from typing import Any

import pytest

from airflow_infra.assurance.invariants.mwaa_bucket import credentials


def kubeconfig(user: dict[str, Any]) -> str:
    return json.dumps({"kind": "Config", "users": [{"name": "airflow", "user": user}]})


def test_an_exec_plugin_is_no_credential() -> None:
    environment = [{"name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional"}]
    assert list(credentials(kubeconfig({"exec": {"command": "aws", "env": environment}}))) == []


@pytest.mark.parametrize("key", ["token", "tokenFile", "client-key-data", "password", "auth-provider"])
def test_anything_but_an_exec_plugin_is_named(key: str) -> None:
    assert list(credentials(kubeconfig({key: "example"}))) == [f"{key} of user airflow"]


def test_a_secret_key_handed_to_the_plugin_is_named() -> None:
    environment = [{"name": "AWS_SECRET_ACCESS_KEY", "value": "example"}]
    found = list(credentials(kubeconfig({"exec": {"command": "aws", "env": environment}})))
    assert found == ["AWS_SECRET_ACCESS_KEY in the environment of user airflow"]


def test_a_private_key_is_found_wherever_it_stands() -> None:
    assert list(credentials("kind: Config\nnote: '-----BEGIN RSA PRIVATE KEY-----'")) == [
        "a key or password in plain text"
    ]


@pytest.mark.parametrize("text", ["", "[", "just text", "- a list"])
def test_what_cannot_be_read_does_not_pass(text: str) -> None:
    assert list(credentials(text)) == ["text that is no kubeconfig"]


@pytest.mark.parametrize("text", ["users: no list", "users: [no mapping]", "users: [{user: text}]", "users: [{1: 2}]"])
def test_a_malformed_user_holds_no_credential_and_breaks_nothing(text: str) -> None:
    assert list(credentials(text)) == []
