"""IAM OIDC providers, which let an outside identity provider's tokens assume roles."""

from typing import Any, ClassVar

from airflow_infra.rehearsal.providers.aws.calls import found, ignoring
from airflow_infra.rehearsal.providers.aws.resource import ClientFactory, Resource
from airflow_infra.rehearsal.providers.aws.tags import as_dict, as_list, tag_changes, tag_list
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

_GONE = "NoSuchEntity"


class OpenIdConnectProvider(Resource):
    """An OIDC provider of the account. Its id is its ARN."""

    type: ClassVar[str] = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    handles: ClassVar[frozenset[str] | None] = frozenset(("clientIdLists", "tags", "tagsAll", "thumbprintLists", "url"))

    def create(self, name: str, inputs: Properties) -> str:
        """Create it; without thumbprints AWS reads them from the provider."""
        answer = self.client("iam").create_open_id_connect_provider(
            Url=inputs["url"],
            ClientIDList=inputs["clientIdLists"],
            ThumbprintList=inputs.get("thumbprintLists") or [],
            Tags=tag_list(inputs),
        )
        return answer["OpenIDConnectProviderArn"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its ARN, and its URL without the scheme, as IAM keeps it."""
        answer = found(lambda: self.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=id_), _GONE)
        if answer is None:
            return None
        return {"arn": id_, "thumbprintLists": answer["ThumbprintList"], "url": answer["Url"]}

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Add and remove clients one by one. Thumbprints that are no longer given stay as they are."""
        iam = self.client("iam")
        before, after = set(old["clientIdLists"]), set(new["clientIdLists"])
        for client_id in sorted(after - before):
            iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=id_, ClientID=client_id)
        for client_id in sorted(before - after):
            iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=id_, ClientID=client_id)
        if "thumbprintLists" in changed and new.get("thumbprintLists"):
            iam.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=id_, ThumbprintList=new["thumbprintLists"]
            )
        removed, added = tag_changes(old, new)
        if removed:
            iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=id_, TagKeys=removed)
        if added:
            iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=id_, Tags=as_list(added))

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it."""
        with ignoring(_GONE):
            self.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=id_)


def get_open_id_connect_provider(client: ClientFactory, arguments: Properties) -> Properties:
    """The account's OIDC provider of an `arn` or a `url`. Raises ProviderError when there is none."""
    iam = client("iam")
    arn, url = arguments.get("arn"), arguments.get("url") or ""
    known = [arn] if arn else [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    for candidate in known:
        answer = found(lambda arn=candidate: _get(iam, arn), _GONE)
        if answer is not None and (arn or answer["Url"] == url.removeprefix("https://")):
            return {
                "arn": candidate,
                "clientIdLists": answer["ClientIDList"],
                "id": candidate,
                "tags": as_dict(answer.get("Tags", ())),
                "thumbprintLists": answer["ThumbprintList"],
                "url": answer["Url"],
            }
    raise ProviderError(f"the account has no IAM OIDC provider for {arn or url}: create it, or correct the name")


def _get(iam: Any, arn: str) -> Any:
    return iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


RESOURCES: list[type[Resource]] = [OpenIdConnectProvider]
FUNCTIONS = {"aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": get_open_id_connect_provider}
