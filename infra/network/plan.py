"""What the network will look like, decided from the settings alone."""

from dataclasses import dataclass

from airflow_infra.settings.names import Names
from airflow_infra.settings.vpc import VpcSettings


@dataclass(frozen=True)
class SubnetPlan:
    """One subnet to make."""

    name: str
    """Its Name tag."""
    zone: str
    cidr_block: str
    tags: dict[str, str]


@dataclass(frozen=True)
class NetworkPlan:
    """The subnets, and through which NAT gateway each private one reaches the internet."""

    private: tuple[SubnetPlan, ...]
    public: tuple[SubnetPlan, ...]
    nat_zones: tuple[str, ...]
    """Zones with a NAT gateway in their public subnet."""
    nat_zone_of: dict[str, str]
    """Zone of the NAT gateway by zone of the private subnet."""


def plan_network(vpc: VpcSettings, names: Names) -> NetworkPlan:
    """Lay out the subnets: subnet i in zone i, tagged for the load balancers that Kubernetes makes.

    Raises ValueError when there are fewer zones than subnets, or a NAT gateway would have no public subnet.
    """
    private = _subnets(vpc, names, "private", vpc.private_subnets, "kubernetes.io/role/internal-elb")
    public = _subnets(vpc, names, "public", vpc.public_subnets, "kubernetes.io/role/elb")
    private_zones = tuple(subnet.zone for subnet in private)
    public_zones = tuple(subnet.zone for subnet in public)
    if vpc.nat_gateways == "single":
        nat_zone_of = dict.fromkeys(private_zones, public_zones[0])
    else:
        nat_zone_of = {zone: zone for zone in private_zones}
    without_public = [zone for zone in nat_zone_of.values() if zone not in public_zones]
    if without_public:
        raise ValueError(
            f"vpc.public_subnets: no public subnet in {', '.join(without_public)}, where a NAT gateway must stand; "
            "expected a public subnet for each private one, or nat_gateways: single"
        )
    return NetworkPlan(private, public, tuple(dict.fromkeys(nat_zone_of.values())), nat_zone_of)


def _subnets(
    vpc: VpcSettings, names: Names, kind: str, cidr_blocks: tuple[str, ...], role_tag: str
) -> tuple[SubnetPlan, ...]:
    zones = vpc.availability_zones
    if len(zones) < len(cidr_blocks):
        raise ValueError(
            f"vpc.{kind}_subnets: {len(cidr_blocks)} subnets but {len(zones)} availability zones "
            f"({', '.join(zones)}); expected a zone for each subnet"
        )
    return tuple(
        SubnetPlan(f"{names.prefix}-{kind}-{zone}", zone, cidr_block, {role_tag: "1"})
        for zone, cidr_block in zip(zones, cidr_blocks, strict=False)
    )
