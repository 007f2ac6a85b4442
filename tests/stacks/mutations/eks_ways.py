"""Ways to break the cluster, its node groups and their roles."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from mutations.mutation import Broken, Undo

from airflow_infra.rehearsal.account.moto_ec2 import ec2_backends

TEMPLATE = "k8s.io/cluster-autoscaler/node-template"
EKS_DECIDES = "EKS lets nobody set it"
EKS_REFUSES = "EKS refuses such a call, as a second line of defence that an older or changed group may have slipped by"


def cluster_state(broken: Broken) -> Any:
    """The cluster as the emulated EKS remembers it."""
    describe: Any = broken.account._hook._methods["eks", "describe_cluster"]
    store = describe.__self__._store
    return store._clusters[broken.names.account_id, broken.names.region, broken.names.cluster]


def template_state(broken: Broken, group: str) -> dict[str, Any]:
    """Content of the newest version of a node group's launch template as moto remembers it."""
    id_ = cluster_state(broken).nodegroups[group]["launchTemplate"]["id"]
    backend = ec2_backends[broken.names.account_id][broken.names.region]
    return backend.launch_templates[id_].versions[-1].data


def state(find: Callable[[Broken], dict[str, Any]], **changes: Any) -> Callable[[Broken], Undo]:
    """Overwrites keys of something that the emulated account remembers."""

    def break_it(broken: Broken) -> Undo:
        remembered = find(broken)
        before = deepcopy({key: remembered[key] for key in changes if key in remembered})

        def undo() -> None:
            for key in changes:
                remembered.pop(key, None)
            remembered.update(before)

        remembered.update(changes)
        return undo

    return break_it


def cluster(**changes: Any) -> Callable[[Broken], Undo]:
    """Overwrites parts of the cluster's description."""
    return state(lambda broken: cluster_state(broken).description, **changes)


def node_group(name: str, **changes: Any) -> Callable[[Broken], Undo]:
    """Overwrites parts of a node group's description."""
    return state(lambda broken: cluster_state(broken).nodegroups[name], **changes)


def launch_template(**changes: Any) -> Callable[[Broken], Undo]:
    """Overwrites parts of the launch template of the standard group."""
    return state(lambda broken: template_state(broken, "standard"), **changes)


def endpoint(**changes: Any) -> Callable[[Broken], Undo]:
    """Changes who reaches the API server."""

    def break_it(broken: Broken) -> Undo:
        eks, name = broken.client("eks"), broken.names.cluster
        config = eks.describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]
        before = {key: config[key] for key in changes}
        eks.update_cluster_config(name=name, resourcesVpcConfig=changes)
        return lambda: eks.update_cluster_config(name=name, resourcesVpcConfig=before)

    return break_it


def execution_role(broken: Broken) -> str:
    """ARN of the environment's execution role."""
    environment = broken.client("mwaa").get_environment(Name=broken.names.environment)["Environment"]
    return environment["ExecutionRoleArn"]


def mwaa_loses_its_group(broken: Broken) -> Undo:
    """MWAA enters with another group."""
    entry = {"clusterName": broken.names.cluster, "principalArn": execution_role(broken)}
    eks = broken.client("eks")
    before = eks.describe_access_entry(**entry)["accessEntry"]["kubernetesGroups"]
    eks.update_access_entry(**entry, kubernetesGroups=["somebody-else"])
    return lambda: eks.update_access_entry(**entry, kubernetesGroups=before)


def mwaa_gets_a_policy(broken: Broken) -> Undo:
    """MWAA may look at the whole cluster."""
    policy = {
        "clusterName": broken.names.cluster,
        "principalArn": execution_role(broken),
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
    }
    eks = broken.client("eks")
    eks.associate_access_policy(**policy, accessScope={"type": "cluster"})
    return lambda: eks.disassociate_access_policy(**policy)


def somebody_administrates(broken: Broken) -> Undo:
    """A role that is in no settings becomes an administrator."""
    eks = broken.client("eks")
    entry = {
        "clusterName": broken.names.cluster,
        "principalArn": broken.names.role_arn(f"{broken.names.prefix}-flow-logs"),
    }
    eks.create_access_entry(**entry)
    eks.associate_access_policy(
        **entry,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope={"type": "cluster"},
    )
    return lambda: eks.delete_access_entry(**entry)


def mwaa_is_shut_out(broken: Broken) -> Undo:
    """The rule for MWAA opens another port."""
    ec2, vpc = broken.client("ec2"), cluster_state(broken).description["resourcesVpcConfig"]
    group, environment = vpc["clusterSecurityGroupId"], broken.client("mwaa")
    network = environment.get_environment(Name=broken.names.environment)["Environment"]["NetworkConfiguration"]
    source = network["SecurityGroupIds"][0]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    rule = next(one for one in rules if one.get("ReferencedGroupInfo", {}).get("GroupId") == source)

    def open_port(port: int) -> None:
        changed = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "ReferencedGroupId": source}
        ec2.modify_security_group_rules(
            GroupId=group,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
        )

    open_port(444)
    return lambda: open_port(443)


def older_cni(broken: Broken) -> Undo:
    """The CNI is of another version than the settings say."""
    eks, addon = broken.client("eks"), {"clusterName": broken.names.cluster, "addonName": "vpc-cni"}
    eks.update_addon(**addon, addonVersion="v1.21.0-eksbuild.1")
    return lambda: eks.update_addon(**addon, addonVersion=broken.settings.eks.cluster.vpc_cni_version)


def degraded_coredns(broken: Broken) -> Undo:
    """CoreDNS has no node."""
    return state(lambda one: cluster_state(one).addons["coredns"], status="DEGRADED")(broken)


def a_node(broken: Broken) -> dict[str, Any]:
    """A node that runs."""
    return broken.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]


def far_metadata(broken: Broken) -> Undo:
    """A node's metadata goes two hops."""
    ec2, id_ = broken.client("ec2"), a_node(broken)["InstanceId"]

    def answer(hops: int) -> None:
        # moto forgets what isn't given; AWS keeps it
        options = {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": hops}
        ec2.modify_instance_metadata_options(InstanceId=id_, **options)

    answer(2)
    return lambda: answer(1)


def untagged(find: Callable[[Broken], str]) -> Callable[[Broken], Undo]:
    """A resource of EC2 loses its owner."""

    def break_it(broken: Broken) -> Undo:
        ec2, id_ = broken.client("ec2"), find(broken)
        ec2.delete_tags(Resources=[id_], Tags=[{"Key": "owner"}])
        owner = {"Key": "owner", "Value": broken.settings.tags["owner"]}
        return lambda: ec2.create_tags(Resources=[id_], Tags=[owner])

    return break_it


def a_volume(broken: Broken) -> str:
    """A volume of a node that runs."""
    return a_node(broken)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]


def slow_volume(broken: Broken) -> Undo:
    """A node's volume is of another type."""
    ec2, id_ = broken.client("ec2"), a_volume(broken)
    ec2.modify_volume(VolumeId=id_, VolumeType="gp2")
    return lambda: ec2.modify_volume(VolumeId=id_, VolumeType="gp3")


def clear_template(broken: Broken) -> Undo:
    """The launch template asks for no encryption."""
    mapping = template_state(broken, "standard")["BlockDeviceMappings"][0]
    return state(lambda _: mapping["Ebs"], Encrypted=False)(broken)


def volumes_untagged_by_template(broken: Broken) -> Undo:
    """The launch template no longer tags volumes."""
    specified = template_state(broken, "standard")["TagSpecifications"]
    return launch_template(TagSpecifications=[one for one in specified if one["ResourceType"] != "volume"])(broken)


def scaling_tag(group: str, key: str, value: str | None) -> Callable[[Broken], Undo]:
    """Sets or, with None, deletes a tag of the Auto Scaling group of a node group."""

    def break_it(broken: Broken) -> Undo:
        client = broken.client("autoscaling")
        name = cluster_state(broken).nodegroups[group]["resources"]["autoScalingGroups"][0]["name"]
        full_key = key.format(cluster=broken.names.cluster)
        mine = {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": full_key}
        found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]["Tags"]
        before = [tag for tag in found if tag["Key"] == full_key]

        def undo() -> None:
            if before:
                client.create_or_update_tags(Tags=before)
            else:
                client.delete_tags(Tags=[mine])

        if value is None:
            client.delete_tags(Tags=[mine])
        else:
            client.create_or_update_tags(Tags=[{**mine, "Value": value, "PropagateAtLaunch": False}])
        return undo

    return break_it


@contextmanager
def _inline_policy(broken: Broken, role: str) -> Generator[tuple[dict[str, Any], list[Undo]]]:
    """The document of a role's inline policy, written back once it was changed; and how that is undone."""
    iam, name = broken.client("iam"), f"{broken.names.prefix}-{role}"
    policy = iam.list_role_policies(RoleName=name)["PolicyNames"][0]
    before = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    changed = deepcopy(before)

    def write(document: dict[str, Any]) -> None:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))

    yield changed, [lambda: write(before)]
    write(changed)


def autoscaler_without_condition(broken: Broken) -> Undo:
    """The autoscaler may change any group."""
    with _inline_policy(broken, "cluster-autoscaler") as (document, undo):
        for statement in document["Statement"]:
            statement.pop("Condition", None)
    return undo[0]


def autoscaler_by_prefix(broken: Broken) -> Undo:
    """The autoscaler may change groups of any cluster that an autoscaler looks after."""
    with _inline_policy(broken, "cluster-autoscaler") as (document, undo):
        for statement in document["Statement"]:
            if "Condition" in statement:
                key = "aws:ResourceTag/k8s.io/cluster-autoscaler/enabled"
                statement["Condition"] = {"StringEquals": {key: "true"}}
    return undo[0]


def autoscaler_sees_no_node_groups(broken: Broken) -> Undo:
    """The autoscaler may not describe node groups."""
    with _inline_policy(broken, "cluster-autoscaler") as (document, undo):
        document["Statement"] = [one for one in document["Statement"] if one["Sid"] != "SeeNodeGroups"]
    return undo[0]


def nodes_assume_by_prefix(broken: Broken) -> Undo:
    """Nodes may assume every role whose name begins as the environment's."""
    with _inline_policy(broken, "node") as (document, undo):
        document["Statement"][0]["Resource"] = broken.names.role_arn(f"{broken.names.prefix}*")
    return undo[0]


def cni_role_trusts_nodes(broken: Broken) -> Undo:
    """The CNI's role trusts EC2 instead of Pod Identity."""
    iam, name = broken.client("iam"), f"{broken.names.prefix}-vpc-cni"
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    changed = deepcopy(before)
    changed["Statement"][0] = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(changed))
    return lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))


def a_role_trusts_nodes(broken: Broken) -> Undo:
    """A role outside of the environment's path lets the nodes in."""
    iam, prefix = broken.client("iam"), broken.names.prefix
    name = f"{prefix}-rebalancing"
    before = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    nodes = {"AWS": broken.names.role_arn(f"{prefix}-node")}
    let_in = {"Effect": "Allow", "Principal": nodes, "Action": "sts:AssumeRole"}
    changed = {**before, "Statement": [*before["Statement"], let_in]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(changed))
    return lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(before))


def cni_without_association(broken: Broken) -> Undo:
    """The CNI has no role by Pod Identity."""
    remembered = cluster_state(broken).pod_identities
    id_ = next(id_ for id_, one in remembered.items() if one["serviceAccount"] == "aws-node")
    association = remembered.pop(id_)
    return lambda: remembered.update({id_: association})


def standard_minimum(size: int) -> Callable[[Broken], Undo]:
    """Gives the group that platform pods run on another minimum."""

    def break_it(broken: Broken) -> Undo:
        eks, group = broken.client("eks"), {"clusterName": broken.names.cluster, "nodegroupName": "standard"}
        before = eks.describe_nodegroup(**group)["nodegroup"]["scalingConfig"]["minSize"]
        eks.update_nodegroup_config(**group, scalingConfig={"minSize": size})
        return lambda: eks.update_nodegroup_config(**group, scalingConfig={"minSize": before})

    return break_it


def logs_for_ever(broken: Broken) -> Undo:
    """The control plane's logs never expire."""
    logs, name = broken.client("logs"), f"/aws/eks/{broken.names.cluster}/cluster"
    logs.delete_retention_policy(logGroupName=name)
    days = broken.settings.eks.cluster.log_retention_days
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=days)


def no_audit_log(broken: Broken) -> Undo:
    """The audit log is off."""
    eks, name = broken.client("eks"), broken.names.cluster

    def switch(*, on: bool) -> None:
        eks.update_cluster_config(name=name, logging={"clusterLogging": [{"types": ["audit"], "enabled": on}]})

    switch(on=False)
    return lambda: switch(on=True)
