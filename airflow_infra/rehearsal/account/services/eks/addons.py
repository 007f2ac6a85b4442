"""EKS add-ons."""

import json
import re

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.pod_identity import new_association
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

_VERSION = re.compile(r"v(?P<minor>\d+\.\d+)\.\d+-eksbuild\.\d+")
_NAMES = (
    "adot",
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "external-dns",
    "kube-proxy",
    "kube-state-metrics",
    "metrics-server",
    "snapshot-controller",
    "vpc-cni",
)
"""AWS's and the community's add-ons (EKS user guide, November 2026). Those of the marketplace are not known here."""


class Addons(EksService):
    """Add-ons, active the moment they are created. AWS's versions are not known here: only their form is checked."""

    def create_addon(self, request: Request) -> Description:
        """Create an add-on and its Pod Identity associations."""
        given = request.params
        cluster = self._store.cluster(request)
        name = given["addonName"]
        if name in cluster.addons:
            raise in_use(f"Addon already exists. {name}")
        if name not in _NAMES:
            raise invalid(f"Addon {name} is not supported; known are {', '.join(_NAMES)}")
        if "addonVersion" not in given:
            raise NotModelledError("eks:CreateAddon without addonVersion: AWS would take its default; give one")
        _check_version(name, given["addonVersion"], cluster)
        _check_values(given.get("configurationValues"))
        addon: Description = {
            "addonName": name,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "addonVersion": given["addonVersion"],
            "health": {"issues": []},
            "addonArn": arn(request, f"addon/{cluster.name}/{name}/{self._store.uuid('addon')}"),
            "createdAt": now(),
            "modifiedAt": now(),
            "tags": given.get("tags", {}),
        }
        self._apply(request, cluster, addon)
        cluster.addons[name] = addon
        return {"addon": {**addon, "status": "CREATING"}}

    def describe_addon(self, request: Request) -> Description:
        """Describe an add-on."""
        return {"addon": self._addon(request)[1]}

    def list_addons(self, request: Request) -> Description:
        """List the names of a cluster's add-ons."""
        return page(request, "addons", list(self._store.cluster(request).addons))

    def update_addon(self, request: Request) -> Description:
        """Change an add-on's version, configuration or associations."""
        cluster, addon = self._addon(request)
        given = request.params
        if "addonVersion" in given:
            _check_version(addon["addonName"], given["addonVersion"], cluster)
            addon["addonVersion"] = given["addonVersion"]
        _check_values(given.get("configurationValues"))
        self._apply(request, cluster, addon)
        addon["modifiedAt"] = now()
        params = {"AddonVersion": addon["addonVersion"], "ResolveConflicts": given.get("resolveConflicts", "NONE")}
        if "configurationValues" in given:
            params["ConfigurationValues"] = given["configurationValues"]
        return self._updated(cluster, "AddonUpdate", params, ("addon", addon["addonName"]))

    def delete_addon(self, request: Request) -> Description:
        """Delete an add-on and the associations that it owns."""
        cluster, addon = self._addon(request)
        self._drop_associations(cluster, addon)
        del cluster.addons[addon["addonName"]]
        return {"addon": {**addon, "status": "DELETING"}}

    def _addon(self, request: Request) -> tuple[Cluster, Description]:
        cluster = self._store.cluster(request)
        found = cluster.addons.get(request.params["addonName"])
        if found is None:
            raise not_found(f"No addon: {request.params['addonName']} found in cluster: {cluster.name}")
        return cluster, found

    def _apply(self, request: Request, cluster: Cluster, addon: Description) -> None:
        """Set what both a create and an update may set."""
        given = request.params
        references = self._references(request)
        if "serviceAccountRoleArn" in given:
            references.role(given["serviceAccountRoleArn"])
        for key in ("configurationValues", "serviceAccountRoleArn", "namespaceConfig"):
            if key in given:
                addon[key] = given[key]
        if "podIdentityAssociations" not in given:
            return
        self._drop_associations(cluster, addon)
        arns: list[str] = []
        for wanted in given["podIdentityAssociations"]:
            references.role(wanted["roleArn"], "pods.eks.amazonaws.com")
            association = new_association(
                request, self._store, cluster, {"namespace": "kube-system", **wanted}, owner=addon["addonArn"]
            )
            arns.append(association["associationArn"])
        addon["podIdentityAssociations"] = arns

    def _drop_associations(self, cluster: Cluster, addon: Description) -> None:
        owned = [id_ for id_, item in cluster.pod_identities.items() if item.get("ownerArn") == addon["addonArn"]]
        for id_ in owned:
            del cluster.pod_identities[id_]
        addon.pop("podIdentityAssociations", None)


def _check_version(name: str, version: str, cluster: Cluster) -> None:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise invalid(f"Addon version specified is not supported: {version}; expected the form v1.22.4-eksbuild.3")
    # kube-proxy is the one add-on whose version follows the control plane's
    if name == "kube-proxy" and match["minor"] != cluster.description["version"]:
        raise invalid(
            f"Addon version {version} of kube-proxy is not supported on Kubernetes {cluster.description['version']}"
        )


def _check_values(values: str | None) -> None:
    if not values:
        return
    try:
        parsed = json.loads(values)
    except ValueError as error:
        raise invalid(f"ConfigurationValue provided in request is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise invalid(f"ConfigurationValue provided in request must be an object, got {type(parsed).__name__}")
