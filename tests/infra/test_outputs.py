from collections.abc import Callable
from typing import Any

from tests.infra.recording import Recording


def found(*ids: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda _arguments: {"ids": list(ids)}


def test_a_pending_attachment_says_what_to_ask_for(deployed: Recording) -> None:
    assert deployed.exports["transit_gateways"]["platform"] == {
        "transit_gateway_id": "tgw-00000000000000001",
        "attachment_id": "platform-attachment-id",
        "state": "pending",
    }
    asked = [step for step in deployed.exports["next_steps"] if "platform-attachment-id" in step]
    assert len(asked) == 1
    assert "tgw-00000000000000001" in asked[0]
    assert "10.200.0.0/16" in asked[0]


def test_nothing_is_asked_once_the_attachments_are_available(deploy: Callable[..., Recording]) -> None:
    recording = deploy(
        {
            "aws:ec2transitgateway/getVpcAttachments:getVpcAttachments": found("tgw-attach-1"),
            "aws:ec2/getRouteTables:getRouteTables": found("rtb-1"),
        }
    )
    assert {gateway["state"] for gateway in recording.exports["transit_gateways"].values()} == {"available"}
    assert not [step for step in recording.exports["next_steps"] if "attachment" in step]


def test_people_find_the_ui_the_bucket_and_the_cluster(deployed: Recording) -> None:
    assert deployed.exports["webserver_url"] == "https://example.c2.airflow.eu-west-1.on.aws"
    assert deployed.exports["dags_url"] == "s3://airflow-dev-mwaa-111122223333/dags/"
    assert deployed.exports["kubeconfig_command"] == ("aws eks update-kubeconfig --region eu-west-1 --name airflow-dev")


def test_every_nat_address_is_told(deployed: Recording) -> None:
    assert len(deployed.exports["nat_addresses"]) == 3


def test_no_output_is_empty(deployed: Recording) -> None:
    assert not [name for name, value in deployed.exports.items() if value in (None, "", [], {})]


def test_the_owner_of_a_sender_is_told_to_verify_it(deploy: Callable[..., Recording]) -> None:
    recording = deploy(mwaa={"email": {"sender": "data@example.org", "owns_identity": True}})
    (step,) = [step for step in recording.exports["next_steps"] if "data@example.org" in step]
    assert "SES" in step
