"""VPC endpoints: AWS services without a NAT gateway in between."""

import pulumi
import pulumi_aws as aws

from infra.base import Context, component_options
from infra.network.private import PrivateNetwork


class Endpoints(pulumi.ComponentResource):
    """S3 through the route tables, which is free, and an interface endpoint for each configured service."""

    def __init__(self, context: Context, private: PrivateNetwork, parent: pulumi.Resource) -> None:
        super().__init__("airflow:network:Endpoints", "endpoints", None, component_options(context, parent))
        self._context = context
        self.s3 = aws.ec2.VpcEndpoint(
            "s3",
            vpc_id=private.vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=self._service("s3"),
            route_table_ids=[table.id for table in private.route_tables.values()],
            tags={"Name": f"{context.names.prefix}-s3"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        services = context.settings.vpc.interface_endpoints
        self.interfaces = self._interfaces(services, private) if services else {}
        self.register_outputs({"s3EndpointId": self.s3.id})

    def _service(self, service: str) -> str:
        return f"com.amazonaws.{self._context.settings.account.region}.{service}"

    def _interfaces(self, services: tuple[str, ...], private: PrivateNetwork) -> dict[str, aws.ec2.VpcEndpoint]:
        prefix = self._context.names.prefix
        child = pulumi.ResourceOptions(parent=self)
        security_group = aws.ec2.SecurityGroup(
            "endpoints",
            name=f"{prefix}-endpoints",
            description="Interface endpoints of the VPC",
            vpc_id=private.vpc.id,
            tags={"Name": f"{prefix}-endpoints"},
            opts=child,
        )
        rule = aws.vpc.SecurityGroupIngressRule(
            "https-from-vpc",
            security_group_id=security_group.id,
            description="HTTPS from the VPC",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=self._context.settings.vpc.cidr_block,
            opts=child,
        )
        return {
            service: aws.ec2.VpcEndpoint(
                service,
                vpc_id=private.vpc.id,
                vpc_endpoint_type="Interface",
                service_name=self._service(service),
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in private.subnets.values()],
                security_group_ids=[security_group.id],
                tags={"Name": f"{prefix}-{service}"},
                # With private DNS the endpoint takes over the service's name at once: it has to answer by then.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[rule]),
            )
            for service in services
        }
