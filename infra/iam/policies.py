"""The policies that let people into the Airflow UI."""

import pulumi
import pulumi_aws as aws

from airflow_infra.settings.names import Names
from infra.base import Context, component_options
from infra.iam.documents import Document, allow, document, to_json

AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")


def ui_access_policy(names: Names, airflow_role: str) -> Document:
    """Its holder signs in to this environment as one Airflow role (service authorization reference, MWAA)."""
    return document(
        allow(
            "SignIn",
            ["airflow:CreateWebLoginToken"],
            f"arn:aws:airflow:{names.region}:{names.account_id}:role/{names.environment}/{airflow_role}",
        )
    )


class UiAccess(pulumi.ComponentResource):
    """One policy for each Airflow role, to be attached to people's roles."""

    def __init__(self, context: Context) -> None:
        super().__init__("airflow:iam:UiAccess", "ui-access", None, component_options(context))
        names = context.names
        self.policies = {
            airflow_role: aws.iam.Policy(
                f"ui-{airflow_role.lower()}",
                name=f"{names.prefix}-ui-{airflow_role.lower()}",
                description=f"Sign in to the Airflow UI of {names.environment} as {airflow_role}",
                policy=to_json(ui_access_policy(names, airflow_role)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for airflow_role in AIRFLOW_ROLES
        }
        self.register_outputs({"policyArns": {role: policy.arn for role, policy in self.policies.items()}})
