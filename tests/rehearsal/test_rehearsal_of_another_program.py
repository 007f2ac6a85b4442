"""The rehearsal knows nothing of this repository's platform: it runs a program that has nothing to do with it."""

from pathlib import Path

import pytest

from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.providers.kubernetes.charts import Charts
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.rehearsal.result import RehearsalResult

DIRECTORY = Path(__file__).parent / "programs" / "bucket_and_role"
OWNER = {"reports:owner": "finance"}


@pytest.fixture(scope="module")
def rehearsed() -> tuple[RehearsalResult, dict[str, str]]:
    """The result, and the bucket's tags as the account showed them after the first up."""
    environment = EmulatedAws(AccountSetup("111122223333", "eu-west-1"), Charts())
    with Rehearsal(Program(DIRECTORY, "reports", "test", OWNER), lambda: environment) as rehearsal:
        rehearsal.up()
        tags = environment.account.client("s3").get_bucket_tagging(Bucket="quarterly-reports")["TagSet"]
        rehearsal.up("up-2")
        rehearsal.again()
        rehearsal.destroy()
    return rehearsal.result, {tag["Key"]: tag["Value"] for tag in tags}


def test_another_program_is_rehearsed_without_an_error(rehearsed):
    assert (rehearsed[0].ok, rehearsed[0].errors, rehearsed[0].leftovers) == (True, [], [])


def test_its_resources_were_made(rehearsed):
    assert [step.created for step in rehearsed[0].steps] == [4, 0, 0, 0]


def test_its_outputs_are_known(rehearsed):
    assert rehearsed[0].outputs == {"bucket": "quarterly-reports"}


def test_its_default_tags_arrived_in_the_account(rehearsed):
    assert rehearsed[1] == {"owner": "finance"}
