"""EKS managed node groups: create, describe, list, update, delete."""

from typing import Any

from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.access import new_access_entry
from airflow_infra.rehearsal.account.services.eks.node_rules import (
    DEFAULT_AMI_TYPE,
    check_instance_types,
    check_labels,
    check_release,
    check_scaling,
    check_taints,
    check_template,
    check_version,
    chosen_instance_types,
)
from airflow_infra.rehearsal.account.services.eks.nodes import Nodes, Template
from airflow_infra.rehearsal.account.services.eks.store import (
    Cluster,
    Description,
    EksService,
    arn,
    in_use,
    invalid,
    not_found,
    now,
    page,
)

_DEFAULT_SCALING = {"minSize": 1, "maxSize": 2, "desiredSize": 2}
_PASSED_ON = ("nodeRepairConfig", "remoteAccess")


class NodeGroups(EksService):
    """Managed node groups with their Auto Scaling group and instances, active the moment they are created."""

    def create_nodegroup(self, request: Request) -> Description:
        """Create a node group, its Auto Scaling group and as many instances as desired."""
        given = request.params
        cluster = self._store.cluster(request)
        name = given["nodegroupName"]
        if name in cluster.nodegroups:
            raise in_use(f"NodeGroup already exists with name {name} and cluster name {cluster.name}")
        if len(name) > 63 or not name[0].isalnum() or not name.replace("-", "").replace("_", "").isalnum():
            raise invalid(f"nodegroupName {name!r}: letters, digits, - and _ only, at most 63, a letter or digit first")
        references = self._references(request)
        for subnet in references.subnets(given["subnets"]):
            if subnet["VpcId"] != cluster.description["resourcesVpcConfig"]["vpcId"]:
                raise invalid(f"Subnet {subnet['SubnetId']} is not in the cluster's VPC")
        references.role(given["nodeRole"], "ec2.amazonaws.com")
        nodes = Nodes(references, self._store)
        template = nodes.template(given.get("launchTemplate"))
        check_template(given, template)
        group = self._description(request, cluster, template)
        group["resources"] = {"autoScalingGroups": [{"name": nodes.create(cluster, group, template)}]}
        cluster.nodegroups[name] = group
        self._admit_nodes(request, cluster, given["nodeRole"])
        return {"nodegroup": {**group, "status": "CREATING"}}

    def describe_nodegroup(self, request: Request) -> Description:
        """Describe a node group."""
        return {"nodegroup": self._group(request)[1]}

    def list_nodegroups(self, request: Request) -> Description:
        """List the names of a cluster's node groups."""
        return page(request, "nodegroups", list(self._store.cluster(request).nodegroups))

    def update_nodegroup_config(self, request: Request) -> Description:
        """Change scaling, labels, taints or how updates and repairs go, in place."""
        cluster, group = self._group(request)
        given = request.params
        params: dict[str, Any] = {}
        if "labels" in given:
            added, removed = given["labels"].get("addOrUpdateLabels", {}), given["labels"].get("removeLabels", [])
            labels = {key: value for key, value in group["labels"].items() if key not in removed} | added
            check_labels(labels)
            group["labels"] = labels
            params |= {"LabelsToAdd": added, "LabelsToRemove": removed}
        if "taints" in given:
            added, removed = given["taints"].get("addOrUpdateTaints", []), given["taints"].get("removeTaints", [])
            replaced = {_taint_id(taint) for taint in (*added, *removed)}
            taints = [taint for taint in group["taints"] if _taint_id(taint) not in replaced] + added
            check_taints(taints)
            group["taints"] = taints
            params |= {"TaintsToAdd": added, "TaintsToRemove": removed}
        if "scalingConfig" in given:
            scaling = group["scalingConfig"] | given["scalingConfig"]
            check_scaling(scaling)
            group["scalingConfig"] = scaling
            Nodes(self._references(request), self._store).scale(cluster, group)
            params |= {key[0].upper() + key[1:]: value for key, value in given["scalingConfig"].items()}
        if "updateConfig" in given:
            group["updateConfig"] = _update_config(given["updateConfig"])
            params |= {key[0].upper() + key[1:]: value for key, value in given["updateConfig"].items()}
        if "nodeRepairConfig" in given:
            group["nodeRepairConfig"] = given["nodeRepairConfig"]
            params["NodeRepairConfig"] = given["nodeRepairConfig"]
        group["modifiedAt"] = now()
        return self._updated(cluster, "ConfigUpdate", params, ("nodegroup", group["nodegroupName"]))

    def update_nodegroup_version(self, request: Request) -> Description:
        """Roll the nodes to another Kubernetes version, node image release or launch template version."""
        cluster, group = self._group(request)
        given = request.params
        version = given.get("version", group["version"])
        check_version(version, cluster, at_least=group["version"])
        release = given.get("releaseVersion")
        if release is None and version != group["version"]:
            release = ""
        if release is not None:
            check_release(release, version, group["amiType"])
        nodes = Nodes(self._references(request), self._store)
        template = nodes.template(group.get("launchTemplate"))
        if "launchTemplate" in given:
            template = nodes.template(given["launchTemplate"])
            if template is None or "launchTemplate" not in group or template.id != group["launchTemplate"]["id"]:
                raise invalid("The launch template of a node group cannot be replaced by another, only its version")
            check_template({**_as_given(group), "launchTemplate": given["launchTemplate"]}, template)
            group["launchTemplate"] = template.description()
        group["version"], group["modifiedAt"] = version, now()
        if release is not None:
            group["releaseVersion"] = release
        nodes.replace(cluster, group, template)
        params = {"Version": version, "ReleaseVersion": group["releaseVersion"]}
        return self._updated(cluster, "VersionUpdate", params, ("nodegroup", group["nodegroupName"]))

    def delete_nodegroup(self, request: Request) -> Description:
        """Delete a node group with its Auto Scaling group and instances."""
        cluster, group = self._group(request)
        Nodes(self._references(request), self._store).delete(group)
        del cluster.nodegroups[group["nodegroupName"]]
        if not any(other["nodeRole"] == group["nodeRole"] for other in cluster.nodegroups.values()):
            entry = cluster.access_entries.get(group["nodeRole"])
            if entry is not None and entry["type"] == "EC2_LINUX":
                del cluster.access_entries[group["nodeRole"]]
        return {"nodegroup": {**group, "status": "DELETING"}}

    def _group(self, request: Request) -> tuple[Cluster, Description]:
        cluster = self._store.cluster(request)
        found = cluster.nodegroups.get(request.params["nodegroupName"])
        if found is None:
            raise not_found(f"No node group found for name: {request.params['nodegroupName']}.")
        return cluster, found

    def _description(self, request: Request, cluster: Cluster, template: "Template | None") -> Description:
        given = request.params
        ami_type = given.get("amiType", DEFAULT_AMI_TYPE)
        version = given.get("version", cluster.description["version"])
        check_version(version, cluster)
        check_release(given.get("releaseVersion", ""), version, ami_type)
        scaling = _DEFAULT_SCALING | given.get("scalingConfig", {})
        check_scaling(scaling)
        check_labels(given.get("labels", {}))
        check_taints(given.get("taints", []))
        check_instance_types(chosen_instance_types(given, template), ami_type)
        name = given["nodegroupName"]
        description: Description = {
            "nodegroupName": name,
            "nodegroupArn": arn(request, f"nodegroup/{cluster.name}/{name}/{self._store.uuid('nodegroup')}"),
            "clusterName": cluster.name,
            "version": version,
            "releaseVersion": given["releaseVersion"],
            "createdAt": now(),
            "modifiedAt": now(),
            "status": "ACTIVE",
            "capacityType": given.get("capacityType", "ON_DEMAND"),
            "scalingConfig": scaling,
            "subnets": given["subnets"],
            "amiType": ami_type,
            "nodeRole": given["nodeRole"],
            "labels": given.get("labels", {}),
            "taints": given.get("taints", []),
            "health": {"issues": []},
            "updateConfig": _update_config(given.get("updateConfig", {})),
            "tags": given.get("tags", {}),
            **{key: given[key] for key in _PASSED_ON if key in given},
        }
        if template is None:
            description["diskSize"] = given.get("diskSize", 20)
        else:
            description["launchTemplate"] = template.description()
        if template is None or not template.instance_type:
            description["instanceTypes"] = chosen_instance_types(given, template)
        return description

    def _admit_nodes(self, request: Request, cluster: Cluster, role: str) -> None:
        """EKS lets the nodes of a managed group join by an access entry of its own."""
        if cluster.description["accessConfig"]["authenticationMode"] == "CONFIG_MAP" or role in cluster.access_entries:
            return
        cluster.access_entries[role] = new_access_entry(request, self._store, cluster, role, "EC2_LINUX")


def _update_config(given: Description) -> Description:
    if "maxUnavailable" in given and "maxUnavailablePercentage" in given:
        raise invalid("updateConfig takes maxUnavailable or maxUnavailablePercentage, not both")
    return given if "maxUnavailablePercentage" in given else {"maxUnavailable": 1, **given}


def _taint_id(taint: Description) -> tuple[str, str]:
    return taint["key"], taint["effect"]


def _as_given(group: Description) -> Description:
    """A group's description in the form of a call that would create it."""
    return {key: group[key] for key in ("amiType", "version", "releaseVersion", "instanceTypes") if key in group}
