"""The VPC, its subnets, and the way out of them."""

from collections.abc import Iterator

from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.vpc import (
    TABLE_CALLS,
    Described,
    default_route,
    explicit_table,
    in_vpc,
    label,
    private_subnets,
    public_subnets,
    subnets,
    table_of,
    tables,
    tags,
    vpc,
)


def dns(subject: Subject) -> Iterator[str]:
    """DNS support and DNS host names are on."""
    id_ = vpc(subject)["VpcId"]
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = subject.look.one("ec2", "describe_vpc_attribute", VpcId=id_, Attribute=attribute)
        field = attribute[0].upper() + attribute[1:]
        if not answer[field]["Value"]:
            yield f"{attribute} of {id_} is off"


def zones(subject: Subject) -> Iterator[str]:
    """Private subnets lie in the zones of the settings, each in another one, and none in a Local Zone."""
    described = subject.look.all("ec2", "describe_availability_zones", "AvailabilityZones")
    types = {zone["ZoneName"]: zone["ZoneType"] for zone in described}
    found = private_subnets(subject)
    if len({subnet["AvailabilityZone"] for subnet in found}) < 2:
        yield f"the private subnets lie in {found[0]['AvailabilityZone']} only; expected two zones at least"
    for subnet, wanted in zip(found, subject.settings.vpc.availability_zones, strict=False):
        zone = subnet["AvailabilityZone"]
        if zone != wanted:
            yield f"{label(subnet)} lies in {zone}; the settings have {wanted}"
        if types.get(zone) != "availability-zone":
            yield f"{label(subnet)} lies in {zone}, a {types.get(zone, 'zone unknown to the account')}"


def default_routes(subject: Subject) -> Iterator[str]:
    """Every private subnet goes out through the NAT gateway of its zone, or all through the single one."""
    zone_of_subnet = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets(subject)}
    gateways = in_vpc(subject, "describe_nat_gateways", "NatGateways")
    zone_of = {gateway["NatGatewayId"]: zone_of_subnet.get(gateway["SubnetId"]) for gateway in gateways}
    single = subject.settings.vpc.nat_gateways == "single"
    used: set[str] = set()
    for subnet in private_subnets(subject):
        route = default_route(table_of(subject, subnet))
        gateway = route.get("NatGatewayId")
        if gateway is None or gateway not in zone_of:
            target = gateway or route.get("GatewayId") or route.get("TransitGatewayId") or "nowhere"
            yield f"the default route of {label(subnet)} goes to {target}; expected a NAT gateway of this VPC"
            continue
        used.add(gateway)
        if not single and zone_of[gateway] != subnet["AvailabilityZone"]:
            yield (
                f"the default route of {label(subnet)} goes to {gateway} in {zone_of[gateway]}; "
                f"expected the NAT gateway of {subnet['AvailabilityZone']}"
            )
    if single and len(used) > 1:
        yield f"the private subnets go out through {', '.join(sorted(used))}; expected a single NAT gateway"


def nat_gateways(subject: Subject) -> Iterator[str]:
    """The NAT gateways that are used work: available, with an elastic IP, in a subnet that reaches the internet."""
    used = {
        gateway
        for subnet in private_subnets(subject)
        if (gateway := default_route(table_of(subject, subnet)).get("NatGatewayId"))
    }
    if not used:
        yield "no private subnet goes out through a NAT gateway"
    addresses = {one["AllocationId"] for one in subject.look.all("ec2", "describe_addresses", "Addresses")}
    by_id = {subnet["SubnetId"]: subnet for subnet in subnets(subject)}
    for gateway in in_vpc(subject, "describe_nat_gateways", "NatGateways"):
        if gateway["NatGatewayId"] in used:
            yield from _broken(subject, gateway, addresses, by_id[gateway["SubnetId"]])


def _broken(subject: Subject, gateway: Described, addresses: set[str], subnet: Described) -> Iterator[str]:
    id_ = gateway["NatGatewayId"]
    if gateway["State"] != "available":
        yield f"{id_} is {gateway['State']}; expected available"
    if addresses.isdisjoint(address.get("AllocationId") for address in gateway["NatGatewayAddresses"]):
        yield f"{id_} has no elastic IP of this account"
    target = default_route(table_of(subject, subnet)).get("GatewayId", "nowhere")
    if not target.startswith("igw-"):
        yield f"{id_} stands in {label(subnet)}, whose default route goes to {target}; expected the internet gateway"


def private_subnets_stay_private(subject: Subject) -> Iterator[str]:
    """No private subnet has a route to the internet gateway."""
    for subnet in private_subnets(subject):
        for route in table_of(subject, subnet)["Routes"]:
            if route.get("GatewayId", "").startswith("igw-"):
                destination = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
                yield f"{label(subnet)} has a route of {destination} to {route['GatewayId']}"


def associations(subject: Subject) -> Iterator[str]:
    """Every subnet is associated with a route table, so that none is served by the main one."""
    found = subnets(subject)
    if not found:
        yield f"{vpc(subject)['VpcId']} has no subnet"
    for subnet in found:
        if explicit_table(subject, subnet) is None:
            yield f"{label(subnet)} is associated with no route table: the main one serves it"


def black_holes(subject: Subject) -> Iterator[str]:
    """Every route leads somewhere."""
    for table in tables(subject):
        for route in table["Routes"]:
            if route["State"] == "blackhole":
                destination = next(value for key, value in route.items() if key.startswith("Destination"))
                yield f"the route of {destination} in {label(table)} is a black hole"


def role_tags(subject: Subject) -> Iterator[str]:
    """The subnets carry the tags by which Kubernetes finds those for its load balancers."""
    for found, key in (
        (private_subnets(subject), "kubernetes.io/role/internal-elb"),
        (public_subnets(subject), "kubernetes.io/role/elb"),
    ):
        for subnet in found:
            value = tags(subnet).get(key)
            if value != "1":
                yield f"{label(subnet)} has {f'the tag {key}={value}' if value else f'no tag {key}'}; expected 1"


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "network-01",
        "DNS support and DNS host names are on in the VPC",
        "critical",
        "Nodes cannot register with the cluster, and interface endpoints have no names.",
        ("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"),
        dns,
    ),
    Invariant(
        "network-02",
        "Private subnets lie in at least two zones, as configured, and none in a Local Zone",
        "critical",
        "MWAA and EKS refuse to be created, or one zone's loss takes everything.",
        ("ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeAvailabilityZones"),
        zones,
    ),
    Invariant(
        "network-03",
        "Each private subnet goes out through the NAT gateway of its zone, or all through the single one",
        "high",
        "The loss of one zone takes the way out of the others, and traffic between zones is paid for.",
        (*TABLE_CALLS, "ec2:DescribeNatGateways"),
        default_routes,
    ),
    Invariant(
        "network-04",
        "The NAT gateways in use are available, have an elastic IP and reach the internet gateway",
        "critical",
        "Nothing in a private subnet reaches AWS or the internet.",
        (*TABLE_CALLS, "ec2:DescribeNatGateways", "ec2:DescribeAddresses"),
        nat_gateways,
    ),
    Invariant(
        "network-05",
        "No private subnet has a route to the internet gateway",
        "critical",
        "Nodes and the environment are exposed to the internet.",
        TABLE_CALLS,
        private_subnets_stay_private,
    ),
    Invariant(
        "network-06",
        "Every subnet is explicitly associated with a route table",
        "medium",
        "A change of the main route table changes where the subnet's traffic goes.",
        TABLE_CALLS,
        associations,
    ),
    Invariant(
        "network-07",
        "No route is a black hole",
        "high",
        "Traffic to the route's destination is dropped without an error.",
        ("ec2:DescribeVpcs", "ec2:DescribeRouteTables"),
        black_holes,
    ),
    Invariant(
        "network-14",
        "Subnets carry the role tags of load balancers",
        "medium",
        "Kubernetes finds no subnet for a load balancer, or takes the wrong one.",
        ("ec2:DescribeVpcs", "ec2:DescribeSubnets"),
        role_tags,
    ),
)
