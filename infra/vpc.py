"""The network that MWAA and EKS need: subnets, ways out of them, and MWAA's security group."""

import pulumi
import pulumi_aws as aws

from infra.base import Context, component_options
from infra.network import transit_gateways
from infra.network.endpoints import Endpoints
from infra.network.plan import SubnetPlan, plan_network
from infra.network.private import PrivateNetwork

_ANYWHERE = "0.0.0.0/0"


class Network(pulumi.ComponentResource):
    """The VPC with its subnets, NAT gateways, routes, endpoints and attachments.

    `egress` holds the leaves that must stand before anything in a private subnet reaches out, `gateway_routes` those
    that must stand before anything in it can answer a network behind a gateway.
    """

    def __init__(self, context: Context) -> None:
        super().__init__("airflow:network:Network", "network", None, component_options(context))
        self._prefix = context.names.prefix
        self._child = pulumi.ResourceOptions(parent=self)
        settings = context.settings.vpc
        plan = plan_network(settings, context.names)
        # Read before anything is made, so that an error leaves nothing half done.
        table_names = [subnet.name for subnet in plan.private]
        readings = {
            gateway.name: transit_gateways.read(context, gateway, table_names) for gateway in settings.transit_gateways
        }

        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=settings.cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self._prefix},
            opts=self._child,
        )
        aws.ec2.DefaultSecurityGroup(
            "default",
            vpc_id=self.vpc.id,
            ingress=[],
            egress=[],
            tags={"Name": f"{self._prefix}-unused"},
            opts=self._child,
        )
        public = {subnet.zone: self._subnet("public", subnet) for subnet in plan.public}
        private = {subnet.zone: self._subnet("private", subnet) for subnet in plan.private}
        self.private_subnets = list(private.values())
        self.egress: list[pulumi.Resource] = []

        gateway = self._internet_gateway(public)
        self.elastic_ips: dict[str, aws.ec2.Eip] = {}
        self.nat_gateways: dict[str, aws.ec2.NatGateway] = {}
        for zone in plan.nat_zones:
            self._nat_gateway(zone, public[zone], gateway, context.settings.protection.elastic_ips)
        tables = {
            subnet.zone: self._private_table(
                subnet, private[subnet.zone], self.nat_gateways[plan.nat_zone_of[subnet.zone]]
            )
            for subnet in plan.private
        }
        self.private = PrivateNetwork(self.vpc, private, tables)
        vpn = settings.vpn_gateway
        propagations = [] if vpn is None else self._vpn_gateway(vpn.amazon_side_asn)
        self.endpoints = Endpoints(context, self.private, self)
        self.transit_gateways = [
            transit_gateways.TransitGatewayAttachment(
                context, self.private, gateway, transit_gateways.decide(gateway, readings[gateway.name]), self
            )
            for gateway in settings.transit_gateways
        ]
        self.gateway_routes: list[pulumi.Resource] = [
            *propagations,
            *(route for attachment in self.transit_gateways for route in attachment.routes),
        ]
        self._security_group(context.settings.mwaa.webserver_cidrs)
        self.register_outputs({"vpcId": self.vpc.id})

    def _subnet(self, kind: str, plan: SubnetPlan) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{kind}-{plan.zone}",
            vpc_id=self.vpc.id,
            availability_zone=plan.zone,
            cidr_block=plan.cidr_block,
            tags={"Name": plan.name, **plan.tags},
            opts=self._child,
        )

    def _route_table(self, kind: str, zone: str, subnet: aws.ec2.Subnet) -> aws.ec2.RouteTable:
        """A route table with its subnet explicitly associated: the main table is nobody's."""
        name = f"{kind}-{zone}"
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc.id, tags={"Name": f"{self._prefix}-{name}"}, opts=self._child)
        association = aws.ec2.RouteTableAssociation(
            name, route_table_id=table.id, subnet_id=subnet.id, opts=self._child
        )
        self.egress.append(association)
        return table

    def _internet_gateway(self, public: dict[str, aws.ec2.Subnet]) -> aws.ec2.InternetGateway:
        gateway = aws.ec2.InternetGateway("internet", vpc_id=self.vpc.id, tags={"Name": self._prefix}, opts=self._child)
        for zone, subnet in public.items():
            table = self._route_table("public", zone, subnet)
            route = aws.ec2.Route(
                f"public-{zone}",
                route_table_id=table.id,
                destination_cidr_block=_ANYWHERE,
                gateway_id=gateway.id,
                opts=self._child,
            )
            self.egress.append(route)
        return gateway

    def _nat_gateway(
        self, zone: str, subnet: aws.ec2.Subnet, internet: aws.ec2.InternetGateway, protect_address: bool
    ) -> None:
        name = f"{self._prefix}-nat-{zone}"
        address = aws.ec2.Eip(
            f"nat-{zone}",
            domain="vpc",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=protect_address),
        )
        self.elastic_ips[zone] = address
        self.nat_gateways[zone] = aws.ec2.NatGateway(
            f"nat-{zone}",
            subnet_id=subnet.id,
            allocation_id=address.id,
            tags={"Name": name},
            # EC2 makes none in a VPC without an internet gateway, nor lets that go while one is left.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
        )

    def _private_table(
        self, plan: SubnetPlan, subnet: aws.ec2.Subnet, nat_gateway: aws.ec2.NatGateway
    ) -> aws.ec2.RouteTable:
        table = self._route_table("private", plan.zone, subnet)
        route = aws.ec2.Route(
            f"private-{plan.zone}",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            nat_gateway_id=nat_gateway.id,
            opts=self._child,
        )
        self.egress.append(route)
        return table

    def _vpn_gateway(self, amazon_side_asn: int) -> list[pulumi.Resource]:
        gateway = aws.ec2.VpnGateway(
            "vpn",
            vpc_id=self.vpc.id,
            amazon_side_asn=str(amazon_side_asn),
            tags={"Name": self._prefix},
            opts=self._child,
        )
        return [
            aws.ec2.VpnGatewayRoutePropagation(
                f"vpn-{zone}", vpn_gateway_id=gateway.id, route_table_id=table.id, opts=self._child
            )
            for zone, table in self.private.route_tables.items()
        ]

    def _security_group(self, webserver_cidrs: tuple[str, ...]) -> None:
        """MWAA's security group: its members reach each other and everything outside.

        Nothing else gets in but those who use a private web server, whose endpoint is in this group too.
        """
        name = f"{self._prefix}-mwaa"
        self.mwaa_security_group = aws.ec2.SecurityGroup(
            "mwaa",
            name=name,
            description="Airflow environment",
            vpc_id=self.vpc.id,
            tags={"Name": name},
            opts=self._child,
        )
        group_id = self.mwaa_security_group.id
        self.mwaa_security_group_rules: list[pulumi.Resource] = [
            aws.vpc.SecurityGroupIngressRule(
                "mwaa-from-itself",
                security_group_id=group_id,
                description="Among the environment's own parts",
                ip_protocol="-1",
                referenced_security_group_id=group_id,
                opts=self._child,
            ),
            aws.vpc.SecurityGroupEgressRule(
                "mwaa-out",
                security_group_id=group_id,
                description="Everywhere",
                ip_protocol="-1",
                cidr_ipv4=_ANYWHERE,
                opts=self._child,
            ),
        ]
        for cidr in webserver_cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"mwaa-ui-from-{cidr.replace('/', '-')}",
                security_group_id=group_id,
                description="Airflow UI",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                cidr_ipv4=cidr,
                opts=self._child,
            )
