"""What stands in an account, and around it, before anything is deployed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TransitGateway:
    """A transit gateway that the account may attach to."""

    id: str
    owner_account_id: str
    auto_accept: bool = False


@dataclass(frozen=True)
class AccountSetup:
    """What the emulated account holds from the start."""

    account_id: str
    region: str
    roles: tuple[str, ...] = ()
    """ARNs of roles, of this account or another, that exist and trust the account."""
    transit_gateways: tuple[TransitGateway, ...] = ()
    email_identities: tuple[str, ...] = ()
    """Verified SES identities."""
    oidc_provider_urls: tuple[str, ...] = ()
    """IAM OIDC providers, such as https://token.actions.githubusercontent.com."""
