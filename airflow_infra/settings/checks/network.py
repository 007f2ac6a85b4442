"""The network: zones, subnets, transit gateways, and whether anybody reaches the API server and the web server."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from airflow_infra.settings.checks.surroundings import Check, Surroundings, duplicates
from airflow_infra.settings.problems import Finding, KeyPath
from airflow_infra.settings.stack import StackSettings

# A VPC and its subnets are a /16 to a /28 (Amazon VPC user guide, VPC CIDR blocks).
_LARGEST, _SMALLEST = 16, 28
_PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
# Routes of a private table besides those to transit gateways: local, NAT gateway, S3's gateway endpoint.
_OTHER_ROUTES = 3


def zones(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Distinct zones of the stack's own region."""
    path = ("vpc", "availability_zones")
    region = settings.account.region
    for index, zone in enumerate(settings.vpc.availability_zones):
        if zone[:-1] != region:
            yield Finding((*path, index), f"expected a zone of account.region {region}, such as {region}a", zone)
    yield from duplicates(path, settings.vpc.availability_zones, "zone")


def a_zone_for_each_subnet(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Subnet i lies in zone i: a subnet too many would have none."""
    vpc = settings.vpc
    found = len(vpc.availability_zones)
    for key, subnets in (("private_subnets", vpc.private_subnets), ("public_subnets", vpc.public_subnets)):
        if len(subnets) > found:
            message = f"{len(subnets)} subnets but {found} availability zones: expected a zone for each subnet"
            yield Finding(("vpc", key), message)
    if vpc.nat_gateways == "per_zone" and len(vpc.public_subnets) < len(vpc.private_subnets):
        message = (
            f"{len(vpc.public_subnets)} public subnets for {len(vpc.private_subnets)} private ones: nat_gateways: "
            "per_zone needs a public subnet in each zone; expected more of them, or nat_gateways: single"
        )
        yield Finding(("vpc", "public_subnets"), message)


def ranges(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """The VPC's and the subnets' ranges: of a size that AWS takes, inside the VPC, apart from each other."""
    vpc = IPv4Network(settings.vpc.cidr_block)
    yield from _size(("vpc", "cidr_block"), vpc)
    subnets: list[tuple[KeyPath, IPv4Network]] = [
        (("vpc", key, index), IPv4Network(cidr))
        for key in ("private_subnets", "public_subnets")
        for index, cidr in enumerate(getattr(settings.vpc, key))
    ]
    for path, subnet in subnets:
        yield from _size(path, subnet)
        if not subnet.subnet_of(vpc):
            yield Finding(path, f"outside the VPC: expected a range inside vpc.cidr_block {vpc}", subnet)
    for (_first_path, first), (path, second) in combinations(subnets, 2):
        if first.overlaps(second):
            yield Finding(path, f"overlaps the subnet {first}: expected ranges apart from each other", second)


def _size(path: KeyPath, network: IPv4Network) -> Iterator[Finding]:
    if not _LARGEST <= network.prefixlen <= _SMALLEST:
        yield Finding(path, f"AWS takes a /{_LARGEST} to a /{_SMALLEST} here, found a /{network.prefixlen}", network)


def transit_gateways(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """Distinct gateways, and routes that neither hide the VPC nor collide in a route table."""
    path = ("vpc", "transit_gateways")
    gateways = settings.vpc.transit_gateways
    yield from duplicates(path, (gateway.name for gateway in gateways), "name", "name")
    yield from duplicates(path, (gateway.id for gateway in gateways), "gateway", "id")
    owners: dict[str, str] = {}
    for index, gateway in enumerate(gateways):
        for number, route in enumerate(gateway.routes):
            place = (*path, index, "routes", number)
            if route in owners:
                message = f"a route table holds one route to a range: the gateway {owners[route]} already has this one"
                yield Finding(place, message, route)
            owners.setdefault(route, gateway.name)
    count = len(owners) + _OTHER_ROUTES
    quota = settings.quotas.routes_per_route_table
    if count > quota:
        message = (
            f"{len(owners)} routes + {_OTHER_ROUTES} of the table's own = {count}, above the quota of {quota} routes "
            "in a route table: expected fewer (larger ranges), or the raised quota in quotas.routes_per_route_table"
        )
        yield Finding(path, message)


def routes_that_overlap_the_vpc(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """AWS does not propagate a VPC whose range overlaps another's on a transit gateway, and does not say so."""
    vpc = IPv4Network(settings.vpc.cidr_block)
    for index, gateway in enumerate(settings.vpc.transit_gateways):
        for number, route in enumerate(gateway.routes):
            if IPv4Network(route).overlaps(vpc):
                place = ("vpc", "transit_gateways", index, "routes", number)
                message = f"overlaps vpc.cidr_block {vpc}: expected ranges outside the VPC"
                yield Finding(place, message, route)


def interface_endpoints(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """One endpoint for a service."""
    yield from duplicates(("vpc", "interface_endpoints"), settings.vpc.interface_endpoints, "service")


def public_access(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """The public endpoint sees public addresses only."""
    path = ("eks", "cluster", "endpoint", "public_access_cidrs")
    cidrs = settings.eks.cluster.endpoint.public_access_cidrs
    yield from duplicates(path, cidrs, "range")
    for index, cidr in enumerate(cidrs):
        network = IPv4Network(cidr)
        if network.prefixlen == 0:
            message = "the API server's public endpoint is open to the whole internet: expected the ranges that need it"
            yield Finding((*path, index), message, cidr, warning=True)
        elif any(network.overlaps(private) for private in _PRIVATE):
            message = "the public endpoint never sees private addresses: put private ranges into runner_cidrs"
            yield Finding((*path, index), message, cidr)


def runners(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """A runner outside the VPC needs a way back, and for the first `up` one that stands without a person."""
    path = ("eks", "cluster", "endpoint", "runner_cidrs")
    endpoint = settings.eks.cluster.endpoint
    vpc = settings.vpc
    yield from duplicates(path, endpoint.runner_cidrs, "range")
    waiting = 0
    for index, cidr in enumerate(endpoint.runner_cidrs):
        runner = IPv4Network(cidr)
        if runner.subnet_of(IPv4Network(vpc.cidr_block)):
            continue
        ways = [
            gateway
            for gateway in vpc.transit_gateways
            if any(runner.subnet_of(IPv4Network(route)) for route in gateway.routes)
        ]
        if not ways and vpc.vpn_gateway is None:
            message = (
                "nothing leads back to this range: expected a range inside the VPC, a transit gateway with a route "
                "that covers it, or a vpn_gateway"
            )
            yield Finding((*path, index), message, cidr)
        elif ways and not any(gateway.auto_accept or gateway.accepter_role_arn for gateway in ways):
            waiting += 1
    alone = not (endpoint.public_access_cidrs or endpoint.runner_security_group_ids)
    if waiting and waiting == len(endpoint.runner_cidrs) and alone:
        message = (
            "every way to the API server leads through a transit gateway that a person has to accept first: the first "
            "`up` of a new stack cannot make Kubernetes objects"
        )
        yield Finding(path, message, warning=True)


def web_server(settings: StackSettings, _: Surroundings) -> Iterator[Finding]:
    """A private web server lets in who is listed, and a public one everybody."""
    mwaa = settings.mwaa
    path = ("mwaa", "webserver_cidrs")
    yield from duplicates(path, mwaa.webserver_cidrs, "range")
    if mwaa.webserver_access_mode == "PUBLIC_ONLY":
        if mwaa.webserver_cidrs:
            yield Finding(path, "a PUBLIC_ONLY web server is open to every address: expected no ranges")
        return
    if not mwaa.webserver_cidrs:
        message = "nobody could reach a PRIVATE_ONLY web server: expected mwaa.webserver_cidrs of those who use it"
        yield Finding(("mwaa", "webserver_access_mode"), message)
    for index, cidr in enumerate(mwaa.webserver_cidrs):
        if not any(IPv4Network(cidr).subnet_of(private) for private in _PRIVATE):
            message = "a PRIVATE_ONLY web server has private addresses only: expected a private range"
            yield Finding((*path, index), message, cidr)


CHECKS: tuple[Check, ...] = (
    zones,
    a_zone_for_each_subnet,
    ranges,
    transit_gateways,
    routes_that_overlap_the_vpc,
    interface_endpoints,
    public_access,
    runners,
    web_server,
)
