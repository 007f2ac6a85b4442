"""Replacements that depend on more than which input changed: the `replace_when` of the behaviour file, as functions.

Each takes the old and the new checked inputs and names the changed inputs that replace.
"""

from collections.abc import Callable

from airflow_infra.rehearsal.providers.protocol import Properties

Condition = Callable[[Properties, Properties], list[str]]


def _changed(old: Properties, new: Properties, name: str) -> bool:
    return old.get(name) != new.get(name)


def _vpc(old: Properties, new: Properties) -> list[str]:
    kept = old.get("instanceTenancy") == "dedicated" and new.get("instanceTenancy") == "default"
    return ["instanceTenancy"] if _changed(old, new, "instanceTenancy") and not kept else []


def _subnet(old: Properties, new: Properties) -> list[str]:
    assigned = old.get("assignIpv6AddressOnCreation", False)
    return ["ipv6CidrBlock"] if _changed(old, new, "ipv6CidrBlock") and assigned else []


def _nat_gateway(old: Properties, new: Properties) -> list[str]:
    replaces: list[str] = []
    count = "secondaryPrivateIpAddressCount"
    if new.get("connectivityType") == "private" and _changed(old, new, count) and new.get(count) is not None:
        replaces.append(count)
    zones = "availabilityZoneAddresses"
    if bool(old.get(zones)) != bool(new.get(zones)):
        replaces.append(zones)
    return replaces


def _vpc_endpoint(old: Properties, new: Properties) -> list[str]:
    interface = new.get("vpcEndpointType") == "Interface"
    return ["privateDnsEnabled"] if _changed(old, new, "privateDnsEnabled") and not interface else []


def _security_group_rule(old: Properties, new: Properties) -> list[str]:
    peers = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    return [peer for peer in peers if (peer in old) != (peer in new)]


def _cluster(old: Properties, new: Properties) -> list[str]:
    return ["encryptionConfig"] if old.get("encryptionConfig") and not new.get("encryptionConfig") else []


def _environment(old: Properties, new: Properties) -> list[str]:
    before, after = (str(each.get("airflowVersion", "")).partition(".")[0] for each in (old, new))
    rises = before.isdecimal() and after.isdecimal() and int(after) > int(before)
    return ["airflowVersion"] if rises else []


def _parameter(old: Properties, new: Properties) -> list[str]:
    return ["tier"] if (old.get("tier"), new.get("tier")) == ("Advanced", "Standard") else []


CONDITIONS: dict[str, Condition] = {
    "aws:ec2/natGateway:NatGateway": _nat_gateway,
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _vpc_endpoint,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:mwaa/environment:Environment": _environment,
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule,
}
