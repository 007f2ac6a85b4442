"""The surroundings of a rehearsal on AWS: one emulated account, and the API servers of its EKS clusters."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from airflow_infra.rehearsal.account.account import Account
from airflow_infra.rehearsal.account.setup import AccountSetup
from airflow_infra.rehearsal.providers.aws.provider import aws_provider
from airflow_infra.rehearsal.providers.kubernetes.charts import Charts
from airflow_infra.rehearsal.providers.kubernetes.provider import kubernetes_provider
from airflow_infra.rehearsal.providers.kubernetes.remote import RemoteApi
from airflow_infra.rehearsal.providers.kubernetes.resolver import EksApis
from airflow_infra.rehearsal.providers.protocol import Providers


class EmulatedAws:
    """An emulated account with what runs in it. Implements environment.Environment.

    Args:
        setup: what stands in the account from the start.
        charts: the Helm charts that are known.
        api_server: a real API server that stands in for that of the account's EKS cluster; its giver restores it.
    """

    def __init__(self, setup: AccountSetup, charts: Charts, api_server: RemoteApi | None = None) -> None:
        self.account = Account(setup)
        self.clusters = EksApis(self.account, api_server)
        self._unseen: set[str] = set()
        if api_server is not None:
            self._unseen.add("what EKS' access policies allow: only its own API servers know them, besides RBAC")
        self.providers: Providers = {
            "aws": aws_provider(self.account),
            "kubernetes": kubernetes_provider(self.clusters.connect, charts, self._unseen),
        }

    def __enter__(self) -> Self:
        self.account.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.account.stop()

    def accept_attachments(self) -> Sequence[str]:
        """The transit gateways' owners accept what is pending."""
        return self.account.accept_attachments()

    def mutating_calls(self) -> Sequence[str]:
        """Calls so far that could change the account or a cluster."""
        calls = [f"{call.service}:{call.operation}" for call in self.account.mutating_calls()]
        return calls + self.clusters.mutating_calls()

    def inventory(self) -> Mapping[str, str]:
        """Everything in the account and in its clusters."""
        return {**self.account.inventory(), **self.clusters.inventory()}

    def lift_deletion_protection(self) -> None:
        """Take away the deletion protection that AWS itself keeps."""
        self.account.lift_deletion_protection()

    def modelled(self) -> Sequence[str]:
        """Operations that our own models answered."""
        return sorted({*self.account.modelled(), *self.clusters.modelled()})

    def not_checked(self) -> Sequence[str]:
        """What nobody could look at."""
        unlisted = {
            f"what is left in {service}: the inventory cannot list it" for service in self.account.not_inventoried()
        }
        return sorted({*self._unseen, *self.clusters.not_checked(), *unlisted})
