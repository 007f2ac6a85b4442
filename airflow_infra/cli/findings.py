"""What is found in a rehearsal's graph, put together for its report."""

from datetime import date

from airflow_infra.assurance.judgement import Assurance
from airflow_infra.assurance.order import check_order
from airflow_infra.assurance.order_rules import RULES
from airflow_infra.assurance.slack import find_slack
from airflow_infra.assurance.timeline import creation, destruction
from airflow_infra.catalogue.estimates import durations
from airflow_infra.operations.pricing import monthly_cost
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.report.findings import Findings
from airflow_infra.settings.readers import Stack


def find(running: Rehearsal, assurance: Assurance, stack: Stack, as_of: date) -> Findings:
    """Everything that the report of a finished rehearsal tells.

    Order and timelines are judged on the whole stack only: half of one would miss what was never registered.
    """
    result, cost = running.result, monthly_cost(stack.settings, as_of)
    graph = running.graphs.get("again")
    if graph is None:
        return Findings(result, as_of, assurance, cost)
    minutes = durations()
    return Findings(
        result,
        as_of,
        assurance,
        cost,
        order=check_order(graph, RULES),
        slack=find_slack(graph, minutes),
        creation=creation(graph, minutes),
        destruction=destruction(graph, minutes),
    )
