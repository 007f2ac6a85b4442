"""What is broken on purpose inside the cluster, through its API server."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from mutations.mutation import Broken, Mutation, Undo

from airflow_infra.rehearsal.providers.kubernetes import releases
from airflow_infra.rehearsal.providers.kubernetes.client import Reference, manager_of

_RBAC = "rbac.authorization.k8s.io/v1"
_MANAGER = "somebody"

Change = Callable[[dict[str, Any]], object]


def changed(reference: Reference, change: Change) -> Callable[[Broken], Undo]:
    """Changes an object in place."""

    def break_it(broken: Broken) -> Undo:
        api = broken.kubernetes
        before = api.get(reference)
        assert before is not None, f"{reference} does not exist"
        after = deepcopy(before)
        change(after)
        api.apply(after, manager_of(before))
        return lambda: api.apply(before, manager_of(before))

    return break_it


def added(manifest: dict[str, Any]) -> Callable[[Broken], Undo]:
    """Adds an object."""

    def break_it(broken: Broken) -> Undo:
        api = broken.kubernetes
        api.create(manifest, _MANAGER)
        metadata = manifest["metadata"]
        reference = Reference(manifest["apiVersion"], manifest["kind"], metadata.get("namespace"), metadata["name"])
        return lambda: api.delete(reference)

    return break_it


def binding(kind: str, metadata: dict[str, str], role: str, subject: dict[str, str]) -> dict[str, Any]:
    """A binding of a cluster role."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": _RBAC,
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": group, **subject}],
    }


def autoscaler_of_another_minor(broken: Broken) -> Undo:
    """The autoscaler's release sets an image of another minor."""
    api = broken.kubernetes
    secret = next(
        one
        for one in api.objects("v1", "Secret")
        if one.get("type") == "helm.sh/release.v1" and releases.decode(one).chart == "cluster-autoscaler"
    )
    release = releases.decode(secret)
    other = replace(release, values={**release.values, "image": {"tag": "v1.34.5"}})
    api.apply({**secret, "data": {"release": releases._encode(other)}}, releases.HELM)
    return lambda: api.apply(secret, releases.HELM)


_NAMESPACE = Reference("v1", "Namespace", None, "airflow")
_QUOTA = Reference("v1", "ResourceQuota", "airflow", "tasks")
_ROLE = Reference(_RBAC, "Role", "airflow", "airflow-tasks")
_CONSTRAINT = Reference("constraints.gatekeeper.sh/v1beta1", "PrivilegedContainers", None, "privileged-containers")
_REGISTRIES = Reference("constraints.gatekeeper.sh/v1beta1", "ImageRegistries", None, "image-registries")
_ASSIGN = Reference("mutations.gatekeeper.sh/v1", "Assign", None, "privilege-escalation-containers")
_ADMINISTRATOR = {"kind": "User", "name": "somebody"}
_MWAA = {"kind": "Group", "name": "airflow-tasks"}

MUTATIONS = (
    Mutation(
        "kubernetes-01",
        "the airflow namespace takes privileged pods",
        changed(
            _NAMESPACE,
            lambda one: one["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "privileged"}),
        ),
    ),
    Mutation(
        "kubernetes-01",
        "the quota is another",
        changed(_QUOTA, lambda one: one["spec"]["hard"].update({"requests.memory": "9999Gi"})),
    ),
    Mutation(
        "kubernetes-02",
        "MWAA's role says * of pods",
        changed(_ROLE, lambda one: one["rules"][0].update({"verbs": ["*"]})),
    ),
    Mutation(
        "kubernetes-02",
        "somebody is made cluster-admin",
        added(binding("ClusterRoleBinding", {"name": "made-by-hand"}, "cluster-admin", _ADMINISTRATOR)),
    ),
    Mutation(
        "kubernetes-03",
        "MWAA's role can't create pods",
        changed(_ROLE, lambda one: one["rules"][0]["verbs"].remove("create")),
    ),
    Mutation(
        "kubernetes-03",
        "MWAA may edit another namespace",
        added(binding("RoleBinding", {"name": "made-by-hand", "namespace": "kube-system"}, "edit", _MWAA)),
    ),
    Mutation("kubernetes-05", "the autoscaler is of another minor", autoscaler_of_another_minor),
    Mutation(
        "kubernetes-06",
        "a constraint only warns",
        changed(_CONSTRAINT, lambda one: one["spec"].update({"enforcementAction": "warn"})),
    ),
    Mutation(
        "kubernetes-06",
        "a constraint leaves out the airflow namespace",
        changed(_CONSTRAINT, lambda one: one["spec"]["match"]["excludedNamespaces"].append("airflow")),
    ),
    Mutation(
        "kubernetes-06",
        "a container that says nothing of privilege escalation is given it",
        changed(_ASSIGN, lambda one: one["spec"]["parameters"]["assign"].update({"value": True})),
    ),
    Mutation(
        "kubernetes-06",
        "images may come from anywhere",
        changed(_REGISTRIES, lambda one: one["spec"]["parameters"]["registries"].append("docker.io")),
    ),
)
