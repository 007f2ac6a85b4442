"""Settings of the network."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from airflow_infra.settings.types import Block, Cidr, Name, RetentionDays, RoleArn, Zone, text_like


class TransitGateway(Block):
    """A transit gateway that the VPC is attached to."""

    name: Name
    """Short name of the attachment, part of resource names."""
    id: Annotated[str, *text_like(r"tgw-[0-9a-f]{8,17}", "a transit gateway's id, such as tgw-0123456789abcdef0")]
    """Id of the transit gateway, usually shared from another account."""
    routes: tuple[Cidr, ...] = ()
    """CIDR blocks that every private route table sends to this gateway. Empty only with `inbound_only`."""
    inbound_only: bool = False
    """The other side reaches the VPC, the VPC routes nothing there."""
    auto_accept: bool = False
    """The gateway accepts shared attachments by itself, so that routes are made in the first `up`."""
    accepter_role_arn: RoleArn | None = None
    """Role in the gateway owner's account that accepts the attachment, for those who hold one."""

    @model_validator(mode="after")
    def _routes_or_inbound_only(self) -> Self:
        if self.inbound_only == bool(self.routes):
            raise ValueError("expected either routes or inbound_only: true, and not both")
        return self


class VpnGateway(Block):
    """A virtual private gateway whose routes are propagated to the private route tables."""

    amazon_side_asn: Annotated[int, Field(ge=64512, le=4294967294)] = 64512
    """Autonomous system number of AWS's side of the BGP session."""


class FlowLogs(Block):
    """VPC flow logs in CloudWatch Logs."""

    retention_days: RetentionDays = 90
    """Days that flow log records are kept (a retention that CloudWatch Logs knows)."""
    traffic_type: Literal["ALL", "ACCEPT", "REJECT"] = "ALL"
    """Which traffic is recorded."""


class VpcSettings(Block):
    """The VPC, its subnets, and what leads out of it."""

    cidr_block: Cidr
    """The VPC's IPv4 range. It must overlap no network behind the transit gateways."""
    availability_zones: Annotated[tuple[Zone, ...], Field(min_length=2)]
    """Zones of the subnets, in order: subnet i lies in zone i. Zone names, such as eu-west-1a."""
    private_subnets: Annotated[tuple[Cidr, ...], Field(min_length=2)]
    """Ranges of the private subnets, one a zone. Nodes and MWAA live here: /20 or larger is advised."""
    public_subnets: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Ranges of the public subnets, one a zone, for NAT gateways and load balancers."""
    nat_gateways: Literal["per_zone", "single"] = "per_zone"
    """One NAT gateway in each zone, or a single one for all (cheaper; lost with its zone)."""
    vpn_gateway: VpnGateway | None = None
    """A VPN gateway, where there is one."""
    transit_gateways: tuple[TransitGateway, ...] = ()
    """Transit gateways the VPC is attached to."""
    interface_endpoints: tuple[
        Annotated[str, *text_like(r"[a-z0-9-]+(\.[a-z0-9-]+)*", "an AWS service's short name, such as ecr.api")], ...
    ] = ()
    """AWS services reached by an interface endpoint rather than NAT, such as ecr.api or sts."""
    flow_logs: FlowLogs = FlowLogs()
    """Flow logs of the VPC."""
