"""Graphs of a small stack, for the tests of what is drawn and shown."""

from dataclasses import replace
from typing import Any

from airflow_infra.rehearsal.result import Graph, Node

_TYPES = {
    "Vpc": "aws:ec2/vpc:Vpc",
    "Subnet": "aws:ec2/subnet:Subnet",
    "InternetGateway": "aws:ec2/internetGateway:InternetGateway",
    "NatGateway": "aws:ec2/natGateway:NatGateway",
    "RouteTableAssociation": "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "Route": "aws:ec2/route:Route",
    "VpcAttachment": "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "Environment": "aws:mwaa/environment:Environment",
    "Cluster": "aws:eks/cluster:Cluster",
    "NodeGroup": "aws:eks/nodeGroup:NodeGroup",
    "Stack": "pulumi:pulumi:Stack",
}


def node(kind: str, logical_name: str, parent: str | None = None, /, **inputs: Any) -> Node:
    """A registered resource, its id made of its kind and name."""
    type_ = _TYPES[kind]
    return Node(
        urn=f"urn:pulumi:test::project::{type_}::{logical_name}",
        type=type_,
        name=logical_name,
        id=f"{kind}-{logical_name}",
        inputs=inputs,
        outputs={},
        parent=parent,
        provider="aws",
        dependencies=(),
        property_dependencies={},
        protect=False,
        ignore_changes=(),
        file="infra/vpc.py",
        line=1,
        step="up",
        action="create",
        sequence=0,
    )


def graph_of(*nodes: Node) -> Graph:
    return Graph({one.urn: replace(one, sequence=index) for index, one in enumerate(nodes)})


def zone(letter: str, number: int, nat: str) -> list[Node]:
    """The nodes of a zone: a public and a private subnet with their tables, and their default routes."""
    private, public = f"Subnet-private-{letter}", f"Subnet-public-{letter}"
    return [
        node("Subnet", f"public-{letter}", availabilityZone=f"eu-west-1{letter}", cidrBlock=f"10.0.{number}.0/24"),
        node("Subnet", f"private-{letter}", availabilityZone=f"eu-west-1{letter}", cidrBlock=f"10.0.{number + 8}.0/24"),
        node("RouteTableAssociation", f"public-{letter}", subnetId=public, routeTableId=f"rtb-public-{letter}"),
        node("RouteTableAssociation", f"private-{letter}", subnetId=private, routeTableId=f"rtb-private-{letter}"),
        node(
            "Route",
            f"public-{letter}",
            routeTableId=f"rtb-public-{letter}",
            destinationCidrBlock="0.0.0.0/0",
            gatewayId="InternetGateway-internet",
        ),
        node(
            "Route",
            f"private-{letter}",
            routeTableId=f"rtb-private-{letter}",
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId=nat,
        ),
    ]


def small_stack(**cluster: Any) -> Graph:
    """Two zones behind one NAT gateway, an environment, a cluster with one node group, one transit gateway."""
    subnets = ["Subnet-private-a", "Subnet-private-b"]
    return graph_of(
        node("Vpc", "vpc", cidrBlock="10.0.0.0/16"),
        node("InternetGateway", "internet"),
        node("NatGateway", "nat-a", subnetId="Subnet-public-a"),
        *zone("a", 0, "NatGateway-nat-a"),
        *zone("b", 1, "NatGateway-nat-a"),
        node("VpcAttachment", "platform-attachment", transitGatewayId="tgw-1", subnetIds=subnets),
        node(
            "Route",
            "platform-a",
            routeTableId="rtb-private-a",
            destinationCidrBlock="10.40.0.0/16",
            transitGatewayId="tgw-1",
        ),
        node(
            "Environment",
            "airflow",
            name="airflow-test",
            airflowVersion="3.3.1",
            environmentClass="mw1.small",
            minWorkers=1,
            maxWorkers=10,
            webserverAccessMode="PUBLIC_ONLY",
            networkConfiguration={"subnetIds": subnets},
        ),
        node("Cluster", "cluster", name="airflow-test", version="1.36", vpcConfig={"subnetIds": subnets}, **cluster),
        node(
            "NodeGroup",
            "standard",
            nodeGroupName="standard",
            instanceTypes=["t3a.large"],
            capacityType="ON_DEMAND",
            scalingConfig={"minSize": 1, "maxSize": 25},
            subnetIds=subnets,
        ),
    )
