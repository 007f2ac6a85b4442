"""What surrounds a stack in a rehearsal, from its settings. Slow to import: the emulated account comes with it."""

import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from airflow_infra.catalogue.charts import CustomResource, charts
from airflow_infra.cli.app import UsageError
from airflow_infra.cluster import components
from airflow_infra.cluster.errors import ClusterError, MissingError
from airflow_infra.rehearsal.account.setup import AccountSetup, TransitGateway
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.providers.kubernetes.api import SYSTEM_NAMESPACES
from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts, Renderer
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError, UnansweredError, UnreachableError
from airflow_infra.rehearsal.providers.kubernetes.remote import RemoteApi
from airflow_infra.rehearsal.providers.kubernetes.rendering import Helm
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import Stack
from airflow_infra.settings.stack import StackSettings

_GITHUB = "https://token.actions.githubusercontent.com"


def emulated_aws(settings: StackSettings, api_server: RemoteApi | None = None) -> EmulatedAws:
    """An emulated account that holds what a stack takes for granted.

    With a real API server, charts that are at hand are rendered by the real helm.
    """
    renderer = None
    if api_server is not None:
        try:
            renderer = Helm(components.binary("helm"), components.charts(), api_server.version)
        except MissingError as error:
            raise UsageError(str(error)) from None
    return EmulatedAws(account_setup(settings), known_charts(renderer), api_server)


@contextmanager
def on_api_server(stack: Stack, kubeconfig: Path) -> Generator[EmulatedAws]:
    """An emulated account beside a real API server, which is as it was before in the end. Says so when interrupted.

    Raises:
        UsageError: when the API server is not one to take; see `real_api_server`.
        ClusterError: when it does not answer any more.
    """
    server = real_api_server(stack, kubeconfig)
    try:
        with emulated_aws(stack.settings, server) as environment:
            yield environment
    except KeyboardInterrupt:
        print(
            "interrupted: taking down what was applied to the API server; press Ctrl-C again to leave it there",
            file=sys.stderr,
        )
        raise
    finally:
        _restore(server, _cluster_name(kubeconfig))


def real_api_server(stack: Stack, kubeconfig: Path) -> RemoteApi:
    """The API server of a kubeconfig, to take the place of the stack's cluster's.

    Raises:
        UsageError: when it does not answer, is not on this machine, is of another Kubernetes minor or in use, or when
            the user is no administrator.
    """
    if not kubeconfig.exists():
        raise UsageError(f"--kubeconfig {kubeconfig}: there is no such file; `make cluster` makes one and says where")
    try:
        server = RemoteApi(kubeconfig, Names(stack.name, "", "").cluster)
        others = [name for name in server.namespaces() if name not in SYSTEM_NAMESPACES]
    except UnansweredError as error:
        status = f"airflow-infra cluster status --name {_cluster_name(kubeconfig)}"
        raise UsageError(f"--kubeconfig {kubeconfig}: {error}: is the cluster up? {status}") from None
    except UnreachableError as error:
        raise UsageError(f"--kubeconfig {kubeconfig}: {error}") from None
    except ApiError as error:
        if error.status not in {401, 403}:
            raise
        raise UsageError(
            f"--kubeconfig {kubeconfig}: its user may not look around ({error.message}); "
            "expected an administrator's, such as admin.kubeconfig"
        ) from None
    wanted = stack.settings.eks.cluster.kubernetes_version
    if server.minor != wanted:
        raise UsageError(
            f"--kubeconfig {kubeconfig}: its API server is Kubernetes {server.version}; "
            f"expected {wanted}, eks.cluster.kubernetes_version of stack {stack.name}"
        )
    if others:
        raise UsageError(
            f"--kubeconfig {kubeconfig}: its API server is in use (namespaces {', '.join(others)}): expected one with "
            "Kubernetes' own namespaces only. Make another: airflow-infra cluster up --name NAME, a name of your choice"
        )
    return server


def account_setup(settings: StackSettings) -> AccountSetup:
    """What must stand before a stack is deployed: its roles, the others' gateways, the identities that it looks up."""
    gateways = settings.vpc.transit_gateways
    accepters = [gateway.accepter_role_arn for gateway in gateways if gateway.accepter_role_arn]
    email, publisher = settings.mwaa.email, settings.mwaa.dag_publisher
    return AccountSetup(
        account_id=settings.account.id,
        region=settings.account.region,
        roles=tuple(
            dict.fromkeys((settings.account.deploy_role_arn, *settings.eks.cluster.administrators, *accepters))
        ),
        transit_gateways=tuple(
            TransitGateway(
                gateway.id,
                gateway.accepter_role_arn.split(":")[4] if gateway.accepter_role_arn else _other(settings.account.id),
                gateway.auto_accept,
            )
            for gateway in gateways
        ),
        email_identities=(email.sender,) if email and not email.owns_identity else (),
        oidc_provider_urls=(_GITHUB,) if publisher and not publisher.owns_oidc_provider else (),
    )


def known_charts(renderer: Renderer | None = None) -> Charts:
    """The catalogue's charts, as the rehearsal takes them."""
    known = (
        Chart(
            "kube2iam-chart" if name == "kube2iam" else name,
            version,
            app_version,
            chart.values_keys,
            tuple(CustomKind(crd.group, _stored_first(crd), crd.kind, crd.plural, crd.scope) for crd in chart.crds),
        )
        for name, chart in charts().charts.items()
        for version, app_version in reversed(chart.app_versions.items())
    )
    return Charts(known, renderer)


def _other(account_id: str) -> str:
    """An account that owns the transit gateways: any but the stack's own."""
    return "999999999999" if account_id != "999999999999" else "888888888888"


def _stored_first(crd: CustomResource) -> tuple[str, ...]:
    return (crd.storage, *(version for version in crd.served if version != crd.storage))


def _cluster_name(kubeconfig: Path) -> str:
    """The name of the cluster that `airflow-infra cluster up` wrote a kubeconfig for."""
    return kubeconfig.parent.name if kubeconfig.parent.parent.name == ".cluster" else "NAME"


def _restore(server: RemoteApi, cluster: str) -> None:
    try:
        try:
            server.restore()
        except KeyboardInterrupt:
            left = ", ".join(f"{count} {kind}" for kind, count in Counter(one.kind for one in server.left()).items())
            print(
                f"What stays on {server.host}: {left or 'nothing'}. To get rid of it: "
                f"airflow-infra cluster down --name {cluster}, then airflow-infra cluster up --name {cluster}",
                file=sys.stderr,
            )
            raise
    except UnreachableError as error:
        raise ClusterError(f"{error} any more: what was applied may still be there") from error
