"""SES and SNS: identities and subscriptions that somebody has to confirm."""

from typing import Any

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.hook import Answer, Request, Service


class Ses(Service):
    """Email identities: those of the setup are verified, new ones wait. moto is of two minds about all of them."""

    name = "sesv2"
    invalid_code = "BadRequestException"

    def __init__(self, emulator: Emulator, verified: tuple[str, ...]) -> None:
        super().__init__(emulator)
        self._verified = verified

    def create_email_identity(self, request: Request) -> Answer:
        """Let moto create an identity with its tags where they are found later."""
        ses = self._ses(request)
        answer = ses.create_email_identity(**request.params)
        tags = request.params.get("Tags", [])
        if tags:
            ses.tag_resource(ResourceArn=_arn(request), Tags=tags)
        return answer

    def get_email_identity(self, request: Request) -> Answer:
        """Describe an identity, verified only if it is of the setup."""
        ses = self._ses(request)
        answer: dict[str, Any] = ses.get_email_identity(**request.params)
        verified = request.params["EmailIdentity"] in self._verified
        del answer["ResponseMetadata"]
        if verified:
            answer["DkimAttributes"] = {**answer["DkimAttributes"], "SigningEnabled": True, "Status": "SUCCESS"}
        return {
            **answer,
            "VerifiedForSendingStatus": verified,
            "VerificationStatus": "SUCCESS" if verified else "PENDING",
            "FeedbackForwardingStatus": True,
            "Tags": ses.list_tags_for_resource(ResourceArn=_arn(request))["Tags"],
        }

    def list_email_identities(self, request: Request) -> Answer:
        """List identities, verified only if they are of the setup."""
        answer: dict[str, Any] = self._ses(request).list_email_identities(**request.params)
        del answer["ResponseMetadata"]
        for identity in answer["EmailIdentities"]:
            verified = identity["IdentityName"] in self._verified
            identity["SendingEnabled"] = verified
            identity["VerificationStatus"] = "SUCCESS" if verified else "PENDING"
        return answer

    def _ses(self, request: Request) -> Any:
        return self._emulator.client("sesv2", request.account, request.region)


class Sns(Service):
    """Subscriptions by email wait for their receiver; moto confirms them at once."""

    name = "sns"
    invalid_code = "InvalidParameter"

    def get_subscription_attributes(self, request: Request) -> Answer:
        """Describe a subscription, pending when it goes to a mailbox."""
        sns = self._emulator.client("sns", request.account, request.region)
        answer: dict[str, Any] = sns.get_subscription_attributes(**request.params)
        if answer["Attributes"]["Protocol"] not in ("email", "email-json"):
            return answer
        return {"Attributes": {**answer["Attributes"], "PendingConfirmation": "true"}}


def _arn(request: Request) -> str:
    return f"arn:aws:ses:{request.region}:{request.account}:identity/{request.params['EmailIdentity']}"
