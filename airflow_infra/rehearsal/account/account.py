"""The emulated account."""

import json
from types import TracebackType
from typing import Any, ClassVar, Self

from airflow_infra.rehearsal.account.emulator import Emulator
from airflow_infra.rehearsal.account.hook import Call, Hook
from airflow_infra.rehearsal.account.inventory import KNOWN_SERVICES, inventory
from airflow_infra.rehearsal.account.services.registry import all_services
from airflow_infra.rehearsal.account.setup import AccountSetup

_ALWAYS_LISTED = {"autoscaling", "ec2", "iam", "kms", "logs", "sesv2"}
"""Services that hold something from the start, or in which other services make things."""


class Account:
    """An emulated AWS account: while it is entered, every boto3 call in this process is answered by it.

    Only one can be entered at a time. The environment's own credentials, profiles and endpoints are put aside
    meanwhile. Clients made while it is entered refuse to work afterwards.
    """

    _entered: ClassVar["Account | None"] = None

    def __init__(self, setup: AccountSetup) -> None:
        self.setup = setup
        self._emulator = Emulator(setup.account_id, setup.region)
        self._hook = Hook(self._emulator, all_services(self._emulator, setup))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start with an account that holds what the setup says.

        Raises:
            RuntimeError: another account is entered.
        """
        if Account._entered is not None:
            raise RuntimeError(
                f"an emulated account ({Account._entered.setup.account_id}) is entered already: leave it first"
            )
        Account._entered = self
        self._hook.install()
        self._emulator.start()
        try:
            with self._emulator.behind():
                self._furnish()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Forget the account and leave boto3 and the environment as they were."""
        self._emulator.stop()
        self._hook.remove()
        Account._entered = None

    def client(self, service: str, region: str | None = None, role_arn: str | None = None) -> Any:
        """A boto3 client, kept for the next time.

        Args:
            service: boto3's name of the service, such as `ec2`.
            region: the account's own region when None.
            role_arn: a role, of this account or another, as whose session the calls are made.

        Raises:
            botocore.exceptions.ClientError: AccessDenied when there is no such role or it does not trust the account.
        """
        if role_arn is None:
            return self._emulator.client(service, region=region)
        credentials = self._credentials_of(role_arn)
        key, secret, token = (credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        return self._emulator.client_of(service, key, secret, token, region)

    def accept_attachments(self) -> list[str]:
        """Let the owners of transit gateways accept the attachments that wait for them; returns those, for people."""
        accepted: list[str] = []
        for owner in {gateway.owner_account_id for gateway in self.setup.transit_gateways}:
            ec2 = self._emulator.client("ec2", owner)
            pending = [{"Name": "state", "Values": ["pendingAcceptance"]}]
            found = ec2.describe_transit_gateway_vpc_attachments(Filters=pending)["TransitGatewayVpcAttachments"]
            for attachment in found:
                id_ = attachment["TransitGatewayAttachmentId"]
                ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
                accepted.append(f"{attachment['TransitGatewayId']} accepts {id_} of {attachment['VpcId']}")
        return sorted(accepted)

    def lift_deletion_protection(self) -> None:
        """Take away the deletion protection of clusters, as an administrator would."""
        eks = self._emulator.client("eks")
        for name in eks.list_clusters()["clusters"]:
            if eks.describe_cluster(name=name)["cluster"]["deletionProtection"]:
                eks.update_cluster_config(name=name, deletionProtection=False)

    def inventory(self) -> dict[str, str]:
        """Everything that stands in the account: notes, which may be empty, by unique name.

        A service in which nobody ever changed anything holds nothing, and is not asked.
        """
        services = _ALWAYS_LISTED | (self._changed_services() & set(KNOWN_SERVICES))
        return inventory(self._emulator.client, sorted(services))

    def not_inventoried(self) -> list[str]:
        """Services in which something was changed and which `inventory` cannot list."""
        return sorted(self._changed_services() - set(KNOWN_SERVICES))

    @property
    def calls(self) -> list[Call]:
        """Every call so far, in order."""
        return list(self._hook.calls)

    def mutating_calls(self) -> list[Call]:
        """The calls so far that could change the account."""
        return [call for call in self._hook.calls if call.mutating]

    def modelled(self) -> list[str]:
        """Operations that were answered by the rehearsal's own model, as `service:Operation`."""
        return sorted({str(call) for call in self._hook.calls if call.modelled})

    def _changed_services(self) -> set[str]:
        return {call.service for call in self.calls if call.mutating}

    def _credentials_of(self, role_arn: str) -> dict[str, str]:
        known = self._roles.get(role_arn)
        if known is None:
            sts = self._emulator.client("sts")
            known = sts.assume_role(RoleArn=role_arn, RoleSessionName="rehearsal")["Credentials"]
            self._roles[role_arn] = known
        return known

    def _furnish(self) -> None:
        self._roles: dict[str, dict[str, str]] = {}
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Principal": {"AWS": f"arn:aws:iam::{self.setup.account_id}:root"},
                }
            ],
        }
        for arn in self.setup.roles:
            _, _, _, _, account_id, resource = arn.split(":", 5)
            path, _, name = resource.removeprefix("role").rpartition("/")
            self._emulator.client("iam", account_id).create_role(
                RoleName=name, Path=f"{path}/", AssumeRolePolicyDocument=json.dumps(trust)
            )
        for url in self.setup.oidc_provider_urls:
            self._emulator.client("iam").create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])
        for identity in self.setup.email_identities:
            self._emulator.client("sesv2").create_email_identity(EmailIdentity=identity)
