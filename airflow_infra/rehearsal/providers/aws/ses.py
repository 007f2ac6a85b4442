"""SES identities: the addresses and domains that mail may come from."""

from datetime import datetime
from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.arguments import capitalised, parameters
from airflow_infra.rehearsal.providers.aws.calls import found, ignoring, timestamp
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory, Resource
from airflow_infra.rehearsal.providers.aws.tags import as_dict, as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "NotFoundException"


class EmailIdentity(Resource):
    """An identity of the account. Its id is the address or domain."""

    type: ClassVar[str] = "aws:sesv2/emailIdentity:EmailIdentity"
    handles: ClassVar[frozenset[str] | None] = frozenset(("configurationSetName", "emailIdentity", "tags", "tagsAll"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it. AWS then writes to the address, and nobody waits for the answer."""
        fields = capitalised("configurationSetName", "emailIdentity")
        self.client("sesv2").create_email_identity(**parameters(inputs, fields), Tags=tag_list(inputs))
        return inputs["emailIdentity"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN and whether it is verified."""
        answer = _get(self.client("sesv2"), id_)
        return None if answer is None else {"arn": self._arn(id_), **_state(answer)}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Change its configuration set or tags."""
        ses = self.client("sesv2")
        if "configurationSetName" in changed:
            fields = capitalised("configurationSetName")
            ses.put_email_identity_configuration_set_attributes(EmailIdentity=id_, **parameters(new, fields))
        removed, added = tag_changes(old, new)
        if removed:
            ses.untag_resource(ResourceArn=self._arn(id_), TagKeys=removed)
        if added:
            ses.tag_resource(ResourceArn=self._arn(id_), Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_GONE):
            self.client("sesv2").delete_email_identity(EmailIdentity=id_)

    def _arn(self, id_: str) -> str:
        return _arn_of(self.client, id_)


def get_email_identity(client: ClientFactory, arguments: Properties) -> Properties:
    """An identity of the account. Raises ProviderError when there is none."""
    identity = arguments["emailIdentity"]
    answer = _get(client("sesv2"), identity)
    if answer is None:
        raise ProviderError(f"the account has no SES identity {identity}: create and verify it, or correct the name")
    state = _state(answer)
    return {
        **state,
        "dkimSigningAttributes": [state["dkimSigningAttributes"]],
        "arn": _arn_of(client, identity),
        "configurationSetName": answer.get("ConfigurationSetName", ""),
        "emailIdentity": identity,
        "id": identity,
        "tags": as_dict(answer.get("Tags", ())),
    }


def _get(ses: Any, identity: str) -> Any | None:
    return found(lambda: ses.get_email_identity(EmailIdentity=identity), _GONE)


def _state(answer: Any) -> Properties:
    """What the account says of an identity. What SES leaves out is empty."""
    dkim = answer.get("DkimAttributes", {})
    texts = {
        "currentSigningKeyLength": "CurrentSigningKeyLength",
        "nextSigningKeyLength": "NextSigningKeyLength",
        "signingAttributesOrigin": "SigningAttributesOrigin",
        "status": "Status",
    }
    return {
        "dkimSigningAttributes": {
            **{key: dkim.get(name, "") for key, name in texts.items()},
            # SES never tells a private key or its selector.
            "domainSigningPrivateKey": "",
            "domainSigningSelector": "",
            "lastKeyGenerationTimestamp": _when(dkim.get("LastKeyGenerationTimestamp")),
            "tokens": dkim.get("Tokens", []),
        },
        "identityType": answer["IdentityType"],
        "verificationStatus": answer.get("VerificationStatus", ""),
        "verifiedForSendingStatus": answer["VerifiedForSendingStatus"],
    }


def _when(moment: datetime | None) -> str:
    return "" if moment is None else timestamp(moment)


def _arn_of(client: ClientFactory, identity: str) -> str:
    """The identity's ARN: SES does not tell it."""
    caller = client("sts").get_caller_identity()["Arn"].split(":")
    return f"arn:{caller[1]}:ses:{client('sesv2').meta.region_name}:{caller[4]}:identity/{identity}"


RESOURCES: list[type[Resource]] = [EmailIdentity]
FUNCTIONS = {"aws:sesv2/getEmailIdentity:getEmailIdentity": get_email_identity}
