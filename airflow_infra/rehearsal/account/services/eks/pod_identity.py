"""EKS Pod Identity associations."""

from typing import Any

from airflow_infra.rehearsal.account.errors import NotModelledError
from airflow_infra.rehearsal.account.hook import Request
from airflow_infra.rehearsal.account.services.eks.store import (
    Cluster,
    Description,
    EksService,
    EksStore,
    arn,
    in_use,
    invalid,
    not_found,
    now,
    page,
)

_TRUSTED = "pods.eks.amazonaws.com"
_LISTED = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


class PodIdentities(EksService):
    """Which service account of a cluster gets which role."""

    def create_pod_identity_association(self, request: Request) -> Description:
        """Associate a role that trusts Pod Identity with a service account."""
        cluster = self._store.cluster(request)
        _refuse_unmodelled(request)
        self._check_role(request)
        return {"association": new_association(request, self._store, cluster, request.params)}

    def describe_pod_identity_association(self, request: Request) -> Description:
        """Describe an association."""
        return {"association": self._association(request)}

    def list_pod_identity_associations(self, request: Request) -> Description:
        """List associations, of a namespace or a service account where asked."""
        found = [
            {key: item[key] for key in _LISTED if key in item}
            for item in self._store.cluster(request).pod_identities.values()
            if all(request.params.get(key) in (None, item[key]) for key in ("namespace", "serviceAccount"))
        ]
        return page(request, "associations", found)

    def update_pod_identity_association(self, request: Request) -> Description:
        """Give the service account another role."""
        association = self._association(request)
        _refuse_unmodelled(request)
        if "roleArn" in request.params:
            self._check_role(request)
            association["roleArn"] = request.params["roleArn"]
        if "disableSessionTags" in request.params:
            association["disableSessionTags"] = request.params["disableSessionTags"]
        association["modifiedAt"] = now()
        return {"association": association}

    def delete_pod_identity_association(self, request: Request) -> Description:
        """Delete an association that no add-on owns."""
        association = self._association(request)
        if "ownerArn" in association:
            raise invalid(f"Association {association['associationId']} is owned by {association['ownerArn']}")
        del self._store.cluster(request).pod_identities[association["associationId"]]
        return {"association": association}

    def _association(self, request: Request) -> Description:
        cluster = self._store.cluster(request)
        found = cluster.pod_identities.get(request.params["associationId"])
        if found is None:
            raise not_found(f"Association ID not found: {request.params['associationId']}")
        return found

    def _check_role(self, request: Request) -> None:
        if request.params["roleArn"].split(":")[4] != request.account:
            raise invalid(f"Role {request.params['roleArn']} must be of the cluster's account {request.account}")
        self._references(request).role(request.params["roleArn"], _TRUSTED)


def new_association(
    request: Request, store: EksStore, cluster: Cluster, given: dict[str, Any], owner: str | None = None
) -> Description:
    """Add an association to a cluster.

    Raises:
        AwsError: ResourceInUseException, the service account has one already.
    """
    place = (given["namespace"], given["serviceAccount"])
    if any((item["namespace"], item["serviceAccount"]) == place for item in cluster.pod_identities.values()):
        raise in_use(f"Association already exists for service account {'/'.join(place)}")
    id_ = f"a-{store.hexadecimal('pod-identity', 17)}"
    association: Description = {
        "clusterName": cluster.name,
        "namespace": given["namespace"],
        "serviceAccount": given["serviceAccount"],
        "roleArn": given["roleArn"],
        "associationArn": arn(request, f"podidentityassociation/{cluster.name}/{id_}"),
        "associationId": id_,
        "tags": given.get("tags", {}),
        "createdAt": now(),
        "modifiedAt": now(),
        "disableSessionTags": given.get("disableSessionTags", False),
        **({"ownerArn": owner} if owner else {}),
    }
    cluster.pod_identities[id_] = association
    return association


def _refuse_unmodelled(request: Request) -> None:
    for key in ("targetRoleArn", "policy"):
        if key in request.params:
            raise NotModelledError(f"the rehearsal does not model eks:{request.operation} with {key}")
