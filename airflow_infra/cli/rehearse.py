"""`airflow-infra rehearse`: what surrounds a stack, its rehearsal, and how it is shown."""

import json
from datetime import date
from pathlib import Path

from rich.console import Console

from airflow_infra.catalogue.charts import charts
from airflow_infra.cli.app import UsageError
from airflow_infra.rehearsal.account.setup import AccountSetup, TransitGateway
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.rehearsal.rehearsal import Progress, Rehearsal
from airflow_infra.report.progress import LiveProgress
from airflow_infra.report.terminal import print_summary
from airflow_infra.settings.readers import PROJECT, Stack, load_stack, program_config
from airflow_infra.settings.stack import StackSettings

_GITHUB = "https://token.actions.githubusercontent.com"


def rehearse_stack(name: str, project: Path, as_of: date, json_file: Path | None, *, debug: bool) -> bool:
    """Rehearse a stack, show how it goes and what came of it. Whether all was well.

    Raises:
        SettingsError: when the stack file cannot be used.
        UsageError: when the JSON file cannot be written.
    """
    stack = load_stack(name, project, as_of=as_of)
    if json_file is not None:
        _writable(json_file)
    console = Console(highlight=False)
    for warning in stack.warnings:
        console.print(f"warning: {warning}", markup=False, soft_wrap=True)
    console.print(f"Rehearsing {name} on an emulated AWS account: nothing leaves this machine")
    with LiveProgress(console) as progress, rehearsal(stack, project, progress.tell, debug=debug) as running:
        result = running.run()
    print_summary(console, result)
    if json_file is not None:
        json_file.write_text(json.dumps(result.to_json(), indent=2) + "\n")
    return result.ok


def rehearsal(stack: Stack, project: Path, progress: Progress | None = None, *, debug: bool = False) -> Rehearsal:
    """The rehearsal of a stack on an account that holds what its settings take for granted."""
    program = Program(project, PROJECT, stack.name, program_config(stack))
    setup, known = account_setup(stack.settings), known_charts()
    return Rehearsal(program, lambda: EmulatedAws(setup, known), progress, debug=debug)


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
            tuple(
                CustomKind(crd.group, (crd.storage, *(one for one in crd.served if one != crd.storage)), crd.kind, crd.plural, crd.scope)
                for crd in chart.crds
            ),
        )
        for name, chart in charts().charts.items()
        for version, app_version in reversed(chart.app_versions.items())
    )


def _other(account_id: str) -> str:
    """An account that owns the transit gateways: any but the stack's own."""
    return "999999999999" if account_id != "999999999999" else "888888888888"


def _writable(file: Path) -> None:
    try:
        file.touch()
    except OSError as error:
        raise UsageError(f"--json {file}: cannot be written: {error.strerror}") from None
