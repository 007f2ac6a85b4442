"""KMS keys and aliases."""

import pytest

from airflow_infra.rehearsal.providers.protocol import ProviderError
from tests.rehearsal.providers.aws import samples
from tests.rehearsal.providers.aws.bench import Bench


def test_a_new_key_rotates_when_asked_to(bench: Bench) -> None:
    key = samples.key(bench)
    assert bench.account.client("kms").get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]


def test_a_changed_key_policy_is_written_over_the_old_one(bench: Bench) -> None:
    root = {"AWS": f"arn:aws:iam::{samples.ACCOUNT_ID}:root"}
    key = samples.key(bench)
    called = bench.change(key, policy=samples.document(principal=root, action="kms:Decrypt"))
    assert called == ["PutKeyPolicy"]


def test_rotation_is_switched_off_in_place(bench: Bench) -> None:
    assert bench.change(samples.key(bench), enableKeyRotation=False) == ["DisableKeyRotation"]


def test_a_changed_description_is_one_call(bench: Bench) -> None:
    assert bench.change(samples.key(bench), description="secrets") == ["UpdateKeyDescription"]


def test_a_key_is_disabled_in_place(bench: Bench) -> None:
    assert bench.change(samples.key(bench), isEnabled=False) == ["DisableKey"]


def test_a_deleted_key_awaits_deletion_for_the_days_asked_for(bench: Bench) -> None:
    key = samples.key(bench, deletionWindowInDays=7.0)
    bench.remove(key)
    assert bench.account.client("kms").describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_an_alias_is_pointed_at_another_key_in_place(bench: Bench) -> None:
    alias, other = samples.alias(bench), samples.key(bench)
    assert bench.change(alias, targetKeyId=other.id) == ["UpdateAlias"]


def test_an_alias_tells_the_arn_of_its_key(bench: Bench) -> None:
    alias = samples.alias(bench)
    key = bench.account.client("kms").describe_key(KeyId=alias.id)["KeyMetadata"]
    assert alias.outputs["targetKeyArn"] == key["Arn"]


def test_an_alias_of_a_key_that_does_not_exist_is_refused(bench: Bench) -> None:
    inputs = {"name": "alias/data", "targetKeyId": "00000000-0000-0000-0000-000000000000"}
    with pytest.raises(ProviderError, match="NotFoundException"):
        bench.make("aws:kms/alias:Alias", "data", inputs)
