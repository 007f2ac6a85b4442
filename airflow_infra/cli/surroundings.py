"""What surrounds a stack in a rehearsal, from its settings. Slow to import: the emulated account comes with it."""

from airflow_infra.catalogue.charts import CustomResource, charts
from airflow_infra.rehearsal.account.setup import AccountSetup, TransitGateway
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.settings.stack import StackSettings

_GITHUB = "https://token.actions.githubusercontent.com"


def emulated_aws(settings: StackSettings) -> EmulatedAws:
    """An emulated account that holds what a stack takes for granted."""
    return EmulatedAws(account_setup(settings), known_charts())


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


def known_charts() -> Charts:
    """The catalogue's charts, as the rehearsal takes them."""
    return Charts(
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


def _other(account_id: str) -> str:
    """An account that owns the transit gateways: any but the stack's own."""
    return "999999999999" if account_id != "999999999999" else "888888888888"


def _stored_first(crd: CustomResource) -> tuple[str, ...]:
    return (crd.storage, *(version for version in crd.served if version != crd.storage))
