"""The configuration of the AWS provider, from the inputs of a `pulumi:providers:aws` resource."""

import json
from dataclasses import dataclass, field
from typing import Any

from airflow_infra.rehearsal.providers.aws.types import table
from airflow_infra.rehearsal.providers.aws.values import ValueChecker
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

TYPE = "pulumi:providers:aws"
MEANINGLESS_HERE = ("skipCredentialsValidation", "skipMetadataApiCheck", "skipRegionValidation", "version")
"""Inputs that change nothing in a rehearsal: the SDK sends them unasked."""
HANDLED = ("region", "allowedAccountIds", "forbiddenAccountIds", "assumeRoles", "defaultTags")


@dataclass(frozen=True)
class Configuration:
    """What the provider works with."""

    region: str
    role_arn: str | None = None
    allowed_account_ids: tuple[str, ...] = ()
    """Empty: any account."""
    forbidden_account_ids: tuple[str, ...] = ()
    default_tags: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_inputs(cls, inputs: Properties) -> "Configuration":
        """Read the provider resource's inputs: strings, those that aren't strings as JSON texts.

        Raises:
            ProviderError: an option that the rehearsal doesn't know, or a value of the wrong type.
        """
        described = table().type(TYPE)
        if described is None:
            raise ValueError(f"{TYPE} is not in the table of types")
        values = {name: _parsed(name, value) for name, value in inputs.items() if name not in MEANINGLESS_HERE}
        checker = ValueChecker(table())
        checked = checker.properties(values, described.inputs)
        problems = [f"{failure.property}: {failure.reason}" for failure in checker.failures]
        problems += [f"{name}: the rehearsal does not act on this option" for name in checked if name not in HANDLED]
        if problems:
            raise ProviderError(f"AWS provider: {'; '.join(problems)}{_about_names(checker)}")
        roles = checked.get("assumeRoles", [])
        if len(roles) > 1:
            raise ProviderError("AWS provider: assumeRoles: the rehearsal knows no chain of roles, expected one")
        return cls(
            region=checked["region"],
            role_arn=roles[0].get("roleArn") if roles else None,
            allowed_account_ids=tuple(checked.get("allowedAccountIds", ())),
            forbidden_account_ids=tuple(checked.get("forbiddenAccountIds", ())),
            default_tags=checked.get("defaultTags", {}).get("tags", {}),
        )

    def refuse_other_accounts(self, account_id: str) -> None:
        """Raise ProviderError when the credentials belong to an account that the provider must not touch."""
        refused = account_id in self.forbidden_account_ids
        if refused or (self.allowed_account_ids and account_id not in self.allowed_account_ids):
            expected = ", ".join(self.allowed_account_ids) or "any other"
            raise ProviderError(
                f"AWS provider: account {account_id} is not allowed (allowedAccountIds: {expected}); nothing was done."
                " Check the role that the provider assumes, or the account in the stack's settings"
            )


def _parsed(name: str, value: Any) -> Any:
    if name == "region" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _about_names(checker: ValueChecker) -> str:
    if not any("_" in failure.property for failure in checker.failures):
        return ""
    return (
        " (what aws.Provider is given as a dict is sent as it is written: use its Args classes, such as"
        " aws.ProviderAssumeRoleArgs, which turn names into camelCase)"
    )
