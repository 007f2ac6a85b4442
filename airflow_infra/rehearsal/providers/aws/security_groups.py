"""Security groups and their rules."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from airflow_infra.rehearsal.providers.aws.calls import ignoring
from airflow_infra.rehearsal.providers.aws.ec2 import Ec2Resource, only, tag_specifications
from airflow_infra.rehearsal.providers.aws.resource import Resource
from airflow_infra.rehearsal.providers.protocol import Properties, ProviderError

Direction = Literal["ingress", "egress"]

_GROUP_GONE = ("InvalidGroup.NotFound", "InvalidGroupId.NotFound", "InvalidGroupId.Malformed")
_RULE_GONE = "InvalidSecurityGroupRuleId.NotFound"
_DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
_PERMISSIONS = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
_RANGES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}


class _Group(Ec2Resource):
    """What an ordinary group and a VPC's default group have in common: inline rules and what can be read."""

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its names and its rules."""
        group = self._group(id_)
        if group is None:
            return None
        return {direction: _inline_rules(group, direction) for direction in _DIRECTIONS} | {
            "arn": f"arn:aws:ec2:{self.region}:{group['OwnerId']}:security-group/{id_}",
            "description": group["Description"],
            "name": group["GroupName"],
            "ownerId": group["OwnerId"],
            "vpcId": group["VpcId"],
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Swap inline rules; set tags."""
        for direction in _DIRECTIONS:
            if direction in changed:
                self._revoke(id_, direction, _permissions(id_, old.get(direction, [])))
                self._authorize(id_, direction, _permissions(id_, new.get(direction, [])))
        self.update_tags(id_, old, new)

    def _group(self, id_: str) -> Properties | None:
        return only(lambda: self.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"], *_GROUP_GONE)

    def _authorize(self, id_: str, direction: Direction, permissions: list[Properties]) -> None:
        if permissions:
            getattr(self.ec2, f"authorize_security_group_{direction}")(GroupId=id_, IpPermissions=permissions)

    def _revoke(self, id_: str, direction: Direction, permissions: list[Properties]) -> None:
        if permissions:
            getattr(self.ec2, f"revoke_security_group_{direction}")(GroupId=id_, IpPermissions=permissions)

    def _replace_all_rules(self, group: Properties, inputs: Properties) -> None:
        for direction in _DIRECTIONS:
            self._revoke(group["GroupId"], direction, group[_PERMISSIONS[direction]])
            self._authorize(group["GroupId"], direction, _permissions(group["GroupId"], inputs.get(direction, [])))


class SecurityGroup(_Group):
    """A security group. AWS lets everything out of a new one; the provider takes that back."""

    type: ClassVar[str] = "aws:ec2/securityGroup:SecurityGroup"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("description", "egress", "ingress", "name", "namePrefix", "revokeRulesOnDelete", "tags", "tagsAll", "vpcId")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Create it, with its inline rules and no others."""
        if "vpcId" not in inputs:
            raise ProviderError("vpcId: missing: the emulated account has no default VPC")
        id_ = self.ec2.create_security_group(
            GroupName=inputs["name"],
            Description=inputs["description"],
            VpcId=inputs["vpcId"],
            TagSpecifications=tag_specifications("security-group", inputs),
        )["GroupId"]
        self._revoke(id_, "egress", [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        for direction in _DIRECTIONS:
            self._authorize(id_, direction, _permissions(id_, inputs.get(direction, [])))
        return id_

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Delete it, its rules first where the program says so."""
        group = self._group(id_)
        if group is None:
            return
        if inputs.get("revokeRulesOnDelete"):
            self._replace_all_rules(group, {})
        self.ec2.delete_security_group(GroupId=id_)


class DefaultSecurityGroup(_Group):
    """A VPC's default security group: adopted and stripped of all rules but the inline ones. It cannot be deleted."""

    type: ClassVar[str] = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    handles: ClassVar[frozenset[str] | None] = frozenset(
        ("egress", "ingress", "revokeRulesOnDelete", "tags", "tagsAll", "vpcId")
    )

    def create(self, name: str, inputs: Properties) -> str:
        """Find it and take its rules away."""
        if "vpcId" not in inputs:
            raise ProviderError("vpcId: missing: the emulated account has no default VPC")
        by_name = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [inputs["vpcId"]]}]
        groups = self.ec2.describe_security_groups(Filters=by_name)["SecurityGroups"]
        if not groups:
            raise ProviderError(f"VPC {inputs['vpcId']} has no default security group: is there such a VPC?")
        self._replace_all_rules(groups[0], inputs)
        id_ = groups[0]["GroupId"]
        self.update_tags(id_, {}, inputs)
        return id_

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Leave it as it is: only its VPC's deletion removes it."""


class _Rule(Ec2Resource):
    """A rule of a security group. Its id is the rule's own."""

    direction: ClassVar[Direction]
    peers: ClassVar[dict[str, str]] = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
    }

    def create(self, name: str, inputs: Properties) -> str:
        """Create it. Raises ProviderError without exactly one peer."""
        answer = getattr(self.ec2, f"authorize_security_group_{self.direction}")(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[self._permission(inputs)],
            TagSpecifications=tag_specifications("security-group-rule", inputs),
        )
        return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, id_: str, inputs: Properties) -> Properties | None:
        """Its peer and protocol as they stand."""
        rule = only(
            lambda: self.ec2.describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"],
            _RULE_GONE,
        )
        if rule is None:
            return None
        return {
            "arn": self.arn("security-group-rule", id_),
            "ipProtocol": rule["IpProtocol"],
            "securityGroupId": rule["GroupId"],
            "securityGroupRuleId": id_,
        }

    def update(self, id_: str, old: Properties, new: Properties, changed: frozenset[str]) -> None:
        """Modify it; set tags."""
        if changed - {"tags", "tagsAll"}:
            rule = {parameter: new[peer] for peer, parameter in self.peers.items() if peer in new}
            rule |= {"IpProtocol": new["ipProtocol"]} | _ports(new)
            rule |= {"Description": new["description"]} if "description" in new else {}
            self.ec2.modify_security_group_rules(
                GroupId=new["securityGroupId"],
                SecurityGroupRules=[{"SecurityGroupRuleId": id_, "SecurityGroupRule": rule}],
            )
        self.update_tags(id_, old, new)

    def delete(self, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Revoke it."""
        with ignoring(_RULE_GONE, *_GROUP_GONE):
            getattr(self.ec2, f"revoke_security_group_{self.direction}")(
                GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[id_]
            )

    def _permission(self, inputs: Properties) -> Properties:
        given = [peer for peer in self.peers if peer in inputs]
        if len(given) != 1:
            raise ProviderError(
                f"a rule has one peer, found {' and '.join(given) or 'none'} of {', '.join(self.peers)}"
            )
        inline = {
            "cidrIpv4": "cidrBlocks",
            "cidrIpv6": "ipv6CidrBlocks",
            "prefixListId": "prefixListIds",
            "referencedSecurityGroupId": "securityGroups",
        }
        range_, key = _RANGES[inline[given[0]]]
        description = {"Description": inputs["description"]} if "description" in inputs else {}
        peer = {key: inputs[given[0]]} | description
        return {"IpProtocol": inputs["ipProtocol"], range_: [peer]} | _ports(inputs)


class SecurityGroupIngressRule(_Rule):
    """A rule that lets something in."""

    type: ClassVar[str] = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction: ClassVar[Direction] = "ingress"


class SecurityGroupEgressRule(_Rule):
    """A rule that lets something out."""

    type: ClassVar[str] = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction: ClassVar[Direction] = "egress"


def _ports(rule: Properties) -> Properties:
    return {
        parameter: rule[name] for name, parameter in (("fromPort", "FromPort"), ("toPort", "ToPort")) if name in rule
    }


def _permissions(group_id: str, rules: Iterable[Properties]) -> list[Properties]:
    """Inline rules as EC2's permissions. With protocol -1 EC2 knows no ports."""
    permissions: list[Properties] = []
    for rule in rules:
        peers = {name: list(rule.get(name, [])) for name in _RANGES}
        if rule.get("self"):
            peers["securityGroups"].append(group_id)
        description = {"Description": rule["description"]} if rule.get("description") else {}
        permission: Properties = {"IpProtocol": rule["protocol"]} | ({} if rule["protocol"] == "-1" else _ports(rule))
        for name, (range_, key) in _RANGES.items():
            if peers[name]:
                permission[range_] = [{key: peer} | description for peer in peers[name]]
        permissions.append(permission)
    return permissions


def _inline_rules(group: Properties, direction: Direction) -> list[Properties]:
    """EC2's permissions as inline rules, one for each description."""
    rules: list[Properties] = []
    for permission in group[_PERMISSIONS[direction]]:
        by_description: dict[str, Properties] = {}
        for name, (range_, key) in _RANGES.items():
            for peer in permission.get(range_, []):
                rule = by_description.setdefault(peer.get("Description", ""), _empty_rule(permission))
                if peer[key] == group["GroupId"]:
                    rule["self"] = True
                else:
                    rule.setdefault(name, []).append(peer[key])
        rules += [rule | {"description": description} for description, rule in by_description.items()]
    return rules


def _empty_rule(permission: Properties) -> dict[str, Any]:
    return {
        "protocol": permission["IpProtocol"],
        "fromPort": permission.get("FromPort", 0),
        "toPort": permission.get("ToPort", 0),
        "self": False,
    }


RESOURCES: tuple[type[Resource], ...] = (
    SecurityGroup,
    DefaultSecurityGroup,
    SecurityGroupIngressRule,
    SecurityGroupEgressRule,
)
