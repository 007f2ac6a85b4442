"""Which configuration options are taken for secrets."""

import pytest

from airflow_infra.settings.checks.airflow import looks_like_a_secret


@pytest.mark.parametrize(
    "option",
    [
        "api_auth.jwt_secret",
        "celery.broker_url",
        "celery.flower_basic_auth",
        "celery.result_backend",
        "core.fernet_key",
        "custom.aws_access_key_id",
        "custom.client_secret",
        "custom.github_token_value",
        "custom.password2_password",
        "custom.private_key",
        "database.sql_alchemy_conn",
        "sentry.sentry_dsn",
        "smtp.smtp_password",
        "webserver.secret_key",
    ],
)
def test_an_option_that_holds_a_secret_is_taken_for_one(option: str) -> None:
    assert looks_like_a_secret(option)


@pytest.mark.parametrize(
    "option",
    [
        "api_auth.jwt_expiration_time",
        "core.fernet_key_cmd",
        "core.fernet_key_secret",
        "core.hide_sensitive_var_conn_fields",
        "core.max_active_runs_per_dag",
        "custom.token_ttl",
        "database.sql_alchemy_conn_secret",
        "email.email_backend",
        "fab.auth_backends",
        "logging.google_key_path",
        "secrets.backend",
        "secrets.backend_kwargs",
        "smtp.smtp_user",
    ],
)
def test_an_option_that_tells_something_about_a_secret_is_not(option: str) -> None:
    assert not looks_like_a_secret(option)


@pytest.mark.parametrize(
    "value", ["AKIAIOSFODNN7EXAMPLE", "-----BEGIN RSA PRIVATE KEY-----", "redis://:word@cache.example.org:6379/0"]
)
def test_a_value_that_is_a_secret_is_taken_for_one_whatever_its_key(value: str) -> None:
    assert looks_like_a_secret("core.somewhere", value)


def test_an_address_without_a_password_is_no_secret() -> None:
    assert not looks_like_a_secret("core.somewhere", "https://airflow.example.org:8080/home")
