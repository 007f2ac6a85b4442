"""What a picture of a stack shows, read from what was registered: zones, subnets, ways out, environment, cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.result import Graph, Node

_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Subnet:
    """A subnet. Public: its default route goes to the internet gateway."""

    id: str
    name: str
    zone: str
    cidr: str
    public: bool
    nat: str | None
    """Subnet of the NAT gateway that its default route goes to."""
    has_nat: bool
    """A NAT gateway is in it."""


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group."""

    name: str
    instance_types: tuple[str, ...]
    capacity: str
    min_size: int
    max_size: int
    taints: tuple[str, ...]
    subnets: frozenset[str]


@dataclass(frozen=True)
class Cluster:
    """The EKS cluster."""

    name: str
    version: str
    endpoint: str
    """Who reaches its API server."""
    subnets: frozenset[str]
    node_groups: tuple[NodeGroup, ...]


@dataclass(frozen=True)
class Environment:
    """The Airflow environment."""

    name: str
    version: str
    environment_class: str
    workers: str
    access: str
    subnets: frozenset[str]


@dataclass(frozen=True)
class Gateway:
    """A transit gateway, or the VPN gateway, that the VPC is attached to."""

    title: str
    id: str
    routes: tuple[str, ...]
    """Destinations that private subnets send there."""
    subnets: frozenset[str]
    """Subnets whose tables send something there; for one without routes, those it is attached to."""


@dataclass(frozen=True)
class Network:
    """Everything in the picture."""

    stack: str
    region: str
    cidr: str
    has_internet_gateway: bool
    zones: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    environment: Environment | None
    cluster: Cluster | None
    gateways: tuple[Gateway, ...]
    endpoints: tuple[str, ...]
    """Services with an endpoint in the VPC."""


def read_network(stack: str, graph: Graph) -> Network | None:
    """What the graph registers of a network, or None where it registers no VPC."""
    by_type = _ByType(graph)
    vpc = next(by_type("aws:ec2/vpc:Vpc"), None)
    if vpc is None:
        return None
    subnets = tuple(sorted(_subnets(by_type), key=lambda subnet: (subnet.zone, not subnet.public, subnet.name)))
    zones = tuple(sorted({subnet.zone for subnet in subnets}))
    return Network(
        stack=stack,
        region=str(vpc.outputs.get("region") or (zones[0][:-1] if zones else "")),
        cidr=_text(vpc, "cidrBlock"),
        has_internet_gateway=any(by_type("aws:ec2/internetGateway:InternetGateway")),
        zones=zones,
        subnets=subnets,
        environment=next((_environment(node) for node in by_type("aws:mwaa/environment:Environment")), None),
        cluster=next((_cluster(node, by_type) for node in by_type("aws:eks/cluster:Cluster")), None),
        gateways=(*_transit_gateways(by_type), *_vpn_gateways(by_type)),
        endpoints=tuple(sorted(_endpoints(by_type))),
    )


class _ByType:
    """Nodes of a type, in the order of their names: the order of registration is left to chance."""

    def __init__(self, graph: Graph) -> None:
        self._nodes: dict[str, list[Node]] = {}
        for node in sorted(graph.nodes.values(), key=lambda node: (node.name, node.urn)):
            self._nodes.setdefault(node.type, []).append(node)

    def __call__(self, type_: str) -> Iterator[Node]:
        return iter(self._nodes.get(type_, []))


def _subnets(by_type: _ByType) -> Iterator[Subnet]:
    table_of = _tables(by_type)
    nat_gateways = {node.id: _text(node, "subnetId") for node in by_type("aws:ec2/natGateway:NatGateway")}
    default_routes = {
        _text(node, "routeTableId"): node
        for node in by_type("aws:ec2/route:Route")
        if node.inputs.get("destinationCidrBlock") == _ANYWHERE
    }
    for node in by_type("aws:ec2/subnet:Subnet"):
        route = default_routes.get(table_of.get(str(node.id), ""))
        yield Subnet(
            id=str(node.id),
            name=node.name,
            zone=_text(node, "availabilityZone"),
            cidr=_text(node, "cidrBlock"),
            public=route is not None and bool(route.inputs.get("gatewayId")),
            nat=nat_gateways.get(route.inputs.get("natGatewayId")) if route else None,
            has_nat=node.id in nat_gateways.values(),
        )


def _tables(by_type: _ByType) -> dict[str, str]:
    """Route table by subnet."""
    return {
        _text(node, "subnetId"): _text(node, "routeTableId")
        for node in by_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }


def _environment(node: Node) -> Environment:
    least, most = node.inputs.get("minWorkers"), node.inputs.get("maxWorkers")
    public = node.inputs.get("webserverAccessMode") == "PUBLIC_ONLY"
    return Environment(
        name=_text(node, "name"),
        version=_text(node, "airflowVersion"),
        environment_class=_text(node, "environmentClass"),
        workers=_range(least, most, "worker"),
        access="UI over the internet" if public else "UI within the VPC",
        subnets=_texts(_block(node, "networkConfiguration").get("subnetIds")),
    )


def _cluster(node: Node, by_type: _ByType) -> Cluster:
    config = _block(node, "vpcConfig")
    ranges = sorted(_texts(config.get("publicAccessCidrs")))
    return Cluster(
        name=_text(node, "name"),
        version=_text(node, "version"),
        endpoint=f"API from {', '.join(ranges)}" if config.get("endpointPublicAccess") else "private API",
        subnets=_texts(config.get("subnetIds")),
        node_groups=tuple(_node_group(group) for group in by_type("aws:eks/nodeGroup:NodeGroup")),
    )


def _node_group(node: Node) -> NodeGroup:
    scaling = _block(node, "scalingConfig")
    taints = node.inputs.get("taints") or []
    return NodeGroup(
        name=_text(node, "nodeGroupName"),
        instance_types=tuple(map(str, node.inputs.get("instanceTypes") or ())),
        capacity=_text(node, "capacityType"),
        min_size=int(scaling.get("minSize") or 0),
        max_size=int(scaling.get("maxSize") or 0),
        taints=tuple(f"{taint.get('key')}={taint.get('value', '')}" for taint in taints if isinstance(taint, dict)),
        subnets=_texts(node.inputs.get("subnetIds")),
    )


def _transit_gateways(by_type: _ByType) -> Iterator[Gateway]:
    subnet_of = {table: subnet for subnet, table in _tables(by_type).items()}
    for node in by_type("aws:ec2transitgateway/vpcAttachment:VpcAttachment"):
        gateway = _text(node, "transitGatewayId")
        routes = [route for route in by_type("aws:ec2/route:Route") if _text(route, "transitGatewayId") == gateway]
        sending = {subnet_of.get(_text(route, "routeTableId"), "") for route in routes}
        yield Gateway(
            title=f"Transit gateway {node.name.removesuffix('-attachment')}",
            id=gateway,
            routes=tuple(sorted({_text(route, "destinationCidrBlock") for route in routes})),
            subnets=frozenset(sending) if routes else _texts(node.inputs.get("subnetIds")),
        )


def _vpn_gateways(by_type: _ByType) -> Iterator[Gateway]:
    subnet_of = {table: subnet for subnet, table in _tables(by_type).items()}
    propagations = list(by_type("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"))
    for node in by_type("aws:ec2/vpnGateway:VpnGateway"):
        tables = {_text(one, "routeTableId") for one in propagations if _text(one, "vpnGatewayId") == node.id}
        subnets = frozenset(subnet_of.get(table, "") for table in tables)
        yield Gateway("VPN gateway", f"ASN {_text(node, 'amazonSideAsn')}", ("propagated routes",), subnets)


def _endpoints(by_type: _ByType) -> Iterator[str]:
    for node in by_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        service = ".".join(_text(node, "serviceName").split(".")[3:])
        yield f"{service} (gateway)" if node.inputs.get("vpcEndpointType") == "Gateway" else service


def _block(node: Node, name: str) -> dict[str, Any]:
    """A block among the inputs; empty where a failed resource has none."""
    value = node.inputs.get(name)
    return value if isinstance(value, dict) else {}


def _text(node: Node, name: str) -> str:
    value = node.inputs.get(name)
    return "" if value is None else str(value)


def _texts(value: Any) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _range(least: Any, most: Any, noun: str) -> str:
    number = str(least) if least == most else f"{least}\N{EN DASH}{most}"
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"
