from typing import Any

from airflow_infra.assurance import rbac

GROUP = "rbac.authorization.k8s.io"


class Rights:
    """A Kubernetes API of roles and bindings. Implements KubernetesReader."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self._objects = objects

    def objects(self, api_version: str, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        assert (api_version, namespace) == (rbac.API, None)
        return [one for one in self._objects if one["kind"] == kind]


def role(kind: str, *verbs: str, namespace: str | None = None, **rule: list[str]) -> dict[str, Any]:
    metadata = {"name": "some", "namespace": namespace} if namespace else {"name": "some"}
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs), **rule}]
    return {"kind": kind, "metadata": metadata, "rules": rules}


def binding(kind: str, to: str, subject: dict[str, str], namespace: str | None = None) -> dict[str, Any]:
    metadata = {"name": "some", "namespace": namespace} if namespace else {"name": "some"}
    reference = {"apiGroup": GROUP, "kind": to, "name": "some"}
    return {"kind": kind, "metadata": metadata, "roleRef": reference, "subjects": [subject]}


def granted(*objects: dict[str, Any]) -> list[rbac.Grant]:
    return list(rbac.grants(Rights(*objects), "somebody", ["some-group"]))


MYSELF = {"kind": "User", "name": "somebody"}


def test_a_cluster_role_bound_in_a_namespace_counts_there_only() -> None:
    (grant,) = granted(role("ClusterRole", "get"), binding("RoleBinding", "ClusterRole", MYSELF, "here"))
    assert (grant.namespace, grant.includes("get", "pods")) == ("here", True)


def test_a_role_of_another_namespace_is_not_the_one_that_is_bound() -> None:
    (grant,) = granted(role("Role", "get", namespace="there"), binding("RoleBinding", "Role", MYSELF, "here"))
    assert not grant.includes("get", "pods")


def test_what_everybody_gets_counts() -> None:
    everybody = {"kind": "Group", "name": "system:authenticated"}
    (grant,) = granted(role("ClusterRole", "*"), binding("ClusterRoleBinding", "ClusterRole", everybody))
    assert (grant.namespace, grant.includes("delete", "pods")) == (None, True)


def test_what_kubernetes_itself_gives_everybody_does_not_count() -> None:
    own = binding("ClusterRoleBinding", "ClusterRole", {"kind": "Group", "name": "system:authenticated"})
    own["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    assert granted(role("ClusterRole", "get"), own) == []


def test_what_others_get_does_not_count() -> None:
    other = {"kind": "ServiceAccount", "name": "somebody", "namespace": "here"}
    assert granted(role("ClusterRole", "get"), binding("ClusterRoleBinding", "ClusterRole", other)) == []


def test_a_right_to_named_objects_is_no_right_to_all() -> None:
    named = role("ClusterRole", "get", resourceNames=["one"])
    (grant,) = granted(named, binding("ClusterRoleBinding", "ClusterRole", MYSELF))
    assert not grant.includes("get", "pods")


def test_a_right_of_another_api_group_is_another_right() -> None:
    elsewhere = role("ClusterRole", "get", apiGroups=["metrics.k8s.io"])
    (grant,) = granted(elsewhere, binding("ClusterRoleBinding", "ClusterRole", MYSELF))
    assert not grant.includes("get", "pods")


def test_wildcards_are_named() -> None:
    assert rbac.wildcards(role("Role", "*", resources=["*"])) == ["resources", "verbs"]
