"""What the report shows of the real stacks."""

from datetime import date
from pathlib import Path

from airflow_infra.assurance.judgement import Assurance
from airflow_infra.cli.findings import find
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.report.diagram import diagram
from airflow_infra.report.network import read_network
from airflow_infra.report.page import page
from airflow_infra.settings.readers import Stack

README_PICTURE = Path(__file__).parents[2] / "docs" / "dev.svg"


def picture(standing: Rehearsal) -> str:
    network = read_network(standing.result.stack, standing.result.graph)
    assert network is not None
    return f"{diagram(network)}\n"


def test_the_picture_shows_every_subnet_node_group_and_gateway(standing: Rehearsal, stack: Stack) -> None:
    vpc, cluster = stack.settings.vpc, stack.settings.eks.cluster
    expected = [vpc.cidr_block, *vpc.availability_zones, *vpc.private_subnets, *vpc.public_subnets]
    expected += [*(gateway.id for gateway in vpc.transit_gateways), *(group.name for group in cluster.node_groups)]
    text = picture(standing)
    assert [str(what) for what in expected if str(what) not in text] == []


def test_the_picture_has_as_many_nat_gateways_as_the_stack_file_asks_for(standing: Rehearsal, stack: Stack) -> None:
    expected = 1 if stack.settings.vpc.nat_gateways == "single" else len(stack.settings.vpc.private_subnets)
    assert picture(standing).count('<g class="nat">') == expected


def test_the_readmes_picture_is_of_todays_dev_stack(standing: Rehearsal) -> None:
    if standing.result.stack == "dev":
        assert picture(standing) == README_PICTURE.read_text(), "draw it again: make diagram"


def test_the_page_shows_every_resource(standing: Rehearsal, stack: Stack) -> None:
    text = page(find(standing, Assurance(), stack, date(2026, 11, 22)))
    missing = [node.name for node in standing.result.graph.nodes.values() if f"<b>{node.name}</b>" not in text]
    assert missing == []
