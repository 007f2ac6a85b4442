"""Whether mail gets out: no emulated account can show it, so made-up answers do."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import look

from airflow_infra.assurance.invariants.catalogue import chosen
from airflow_infra.assurance.invariants.invariant import Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.judgement import Judgement
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack

AS_OF = date(2026, 11, 22)
SETTINGS = load_stack("dev", Path(__file__).parents[3], as_of=AS_OF).settings
SENDER = "dataengineering@example.gov.uk"


def judged(status: str = "SUCCESS", dkim: str = "SUCCESS", *, out_of_sandbox: bool = True) -> Judgement:
    identity: dict[str, Any] = {
        "VerificationStatus": status,
        "VerifiedForSendingStatus": status == "SUCCESS",
        "DkimAttributes": {"Status": dkim},
    }
    account = look(
        sesv2={"GetEmailIdentity": identity, "GetAccount": {"ProductionAccessEnabled": out_of_sandbox}},
    )
    names = Names("dev", SETTINGS.account.id, SETTINGS.account.region)
    [judgement] = judge(Subject(account, SETTINGS, names, AS_OF), chosen(["account-71"]))
    return judgement


def test_a_verified_sender_with_good_dkim_outside_the_sandbox_holds() -> None:
    assert judged().status == "passed"


@pytest.mark.parametrize(
    ("judgement", "reason"),
    [
        (judged(status="FAILED"), f"{SENDER} is not verified for sending: FAILED"),
        (judged(dkim="NOT_STARTED"), f"DKIM of {SENDER} is NOT_STARTED; expected SUCCESS"),
        (judged(out_of_sandbox=False), "SES is in its sandbox: only verified addresses receive mail"),
    ],
)
def test_what_keeps_mail_from_being_delivered(judgement: Judgement, reason: str) -> None:
    assert (judgement.status, judgement.reason) == ("failed", reason)


def test_a_sender_that_nobody_has_confirmed_yet_is_not_checked() -> None:
    assert judged(status="PENDING").status == "not checked"
