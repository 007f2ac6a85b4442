"""The picture of a stack, from what was registered."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from small_stacks import graph_of, node, small_stack, zone

from airflow_infra.rehearsal.result import Graph
from airflow_infra.report.diagram import diagram
from airflow_infra.report.network import Network, read_network

SVG = "{http://www.w3.org/2000/svg}"


def network(graph: Graph | None = None) -> Network:
    read = read_network("test", graph or small_stack())
    assert read is not None
    return read


def drawn(graph: Graph | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(diagram(network(graph)))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def boxes(picture: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    groups = [group for group in picture.iter(f"{SVG}g") if group.get("class") == kind]
    return [next(group.iter(f"{SVG}rect")) for group in groups]


def test_each_zone_is_a_column() -> None:
    columns = boxes(drawn(), "zone")
    assert len(columns) == 2
    assert len({column.get("y") for column in columns}) == 1
    assert len({column.get("x") for column in columns}) == 2


def test_a_subnet_is_public_by_its_default_route_and_not_by_its_name() -> None:
    graph = small_stack()
    misleading = graph_of(
        *(
            replace(one, inputs={**one.inputs, "gatewayId": "InternetGateway-internet", "natGatewayId": None})
            if one.name == "private-b" and one.type.endswith(":Route")
            else one
            for one in graph.nodes.values()
        )
    )
    public = {subnet.name for subnet in network(misleading).subnets if subnet.public}
    assert public == {"public-a", "public-b", "private-b"}


def test_subnets_are_drawn_with_their_ranges() -> None:
    assert {"10.0.0.0/24", "10.0.8.0/24", "10.0.1.0/24", "10.0.9.0/24"} <= set(texts(drawn()))


def test_only_the_subnet_that_has_a_nat_gateway_shows_one() -> None:
    assert len(boxes(drawn(), "nat")) == 1
    assert [subnet.name for subnet in network().subnets if subnet.has_nat] == ["public-a"]


def test_each_private_subnet_has_a_way_to_its_nat_gateway() -> None:
    ways = [path for path in drawn().iter(f"{SVG}path") if path.get("class") == "nat"]
    assert len(ways) == 2 + 1, "one for each private subnet, one in the legend"


def test_a_private_subnet_without_a_default_route_has_no_way_out() -> None:
    nodes = [
        one for one in small_stack().nodes.values() if (one.type, one.name) != ("aws:ec2/route:Route", "private-b")
    ]
    ways = [path for path in drawn(graph_of(*nodes)).iter(f"{SVG}path") if path.get("class") == "nat"]
    assert len(ways) == 1 + 1


def test_only_subnets_that_route_to_a_transit_gateway_are_joined_to_it() -> None:
    (gateway,) = network().gateways
    assert gateway.routes == ("10.40.0.0/16",)
    assert gateway.subnets == {"Subnet-private-a"}


def test_an_attachment_without_routes_is_said_to_be_inbound_only() -> None:
    nodes = [one for one in small_stack().nodes.values() if one.name != "platform-a"]
    assert "inbound only: no routes to it" in texts(drawn(graph_of(*nodes)))


def test_the_cluster_spans_its_subnets_and_shows_its_node_groups() -> None:
    picture = drawn()
    (cluster,) = boxes(picture, "cluster")
    first, second = boxes(picture, "zone")
    assert float(cluster.get("x", 0)) < float(second.get("x", 0))
    assert float(cluster.get("x", 0)) + float(cluster.get("width", 0)) > float(second.get("x", 0))
    assert float(first.get("x", 0)) < float(cluster.get("x", 0))
    assert "standard \N{MIDDLE DOT} 1\N{EN DASH}25 nodes" in texts(picture)


def test_what_lies_in_zones_apart_is_drawn_in_each() -> None:
    apart = {"networkConfiguration": {"subnetIds": ["Subnet-private-a", "Subnet-private-c"]}}
    nodes = [
        replace(one, inputs={**one.inputs, **apart}) if one.name == "airflow" else one
        for one in small_stack().nodes.values()
    ]
    assert len(boxes(drawn(graph_of(*nodes, *zone("c", 2, "NatGateway-nat-a"))), "environment")) == 2


def test_values_are_escaped() -> None:
    graph = small_stack()
    nodes = [
        replace(one, inputs={**one.inputs, "nodeGroupName": "<script>alert(1)</script>"})
        if one.name == "standard"
        else one
        for one in graph.nodes.values()
    ]
    assert "<script" not in diagram(network(graph_of(*nodes)))


def test_a_long_name_stays_in_its_box_and_is_whole_in_its_tooltip() -> None:
    name = "a-node-group-" * 20
    nodes = [
        replace(one, inputs={**one.inputs, "nodeGroupName": name}) if one.name == "standard" else one
        for one in small_stack().nodes.values()
    ]
    picture = drawn(graph_of(*nodes))
    assert all(name not in text for text in texts(picture))
    assert any(name in (title.text or "") for title in picture.iter(f"{SVG}title"))


def test_the_same_graph_in_another_order_gives_the_same_picture() -> None:
    nodes = list(small_stack().nodes.values())
    assert diagram(network(graph_of(*nodes))) == diagram(network(graph_of(*reversed(nodes))))


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    picture = diagram(network()).replace("http://www.w3.org/2000/svg", "")
    assert "http" not in picture
    assert "url(" not in picture


@pytest.mark.parametrize("missing", ["Cluster", "Environment", "NatGateway", "VpcAttachment", "Subnet", "Route"])
def test_a_failed_deployment_is_drawn_as_far_as_it_got(missing: str) -> None:
    nodes = [one for one in small_stack().nodes.values() if not one.type.endswith(f":{missing}")]
    assert boxes(drawn(graph_of(*nodes)), "vpc")


def test_a_stack_without_a_vpc_has_no_picture() -> None:
    assert read_network("test", graph_of(node("Stack", "test"))) is None
