"""What Kubernetes' RBAC grants, and to whom."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from airflow_infra.assurance.kubernetes import KubernetesReader, Object

API = "rbac.authorization.k8s.io/v1"
_EVERYBODY = "system:authenticated"
"""Group of every user that has entered."""


@dataclass(frozen=True)
class Grant:
    """One rule of a role that somebody is bound to."""

    binding: str
    """The binding, for people."""
    namespace: str | None
    """Where it counts; None for the whole cluster."""
    rule: Object

    def includes(self, verb: str, resource: str, group: str = "") -> bool:
        """Whether it allows a verb on a resource of an API group, such as `get` on `pods/log`."""
        return (
            bool({"*", verb} & set(self.rule.get("verbs", [])))
            and bool({"*", resource} & set(self.rule.get("resources", [])))
            and bool({"*", group} & set(self.rule.get("apiGroups", [])))
            and not self.rule.get("resourceNames")
        )


def grants(api: KubernetesReader, user: str, groups: Collection[str]) -> Iterator[Grant]:
    """Everything that a user has by itself, by its groups or as somebody who has entered.

    What Kubernetes itself gives everybody (discovery, questions about one's own rights) is left out. A binding of a
    role that isn't there is a grant without a rule: it counts as soon as somebody makes the role.
    """
    roles = {
        (kind, role["metadata"].get("namespace"), role["metadata"]["name"]): role
        for kind in ("Role", "ClusterRole")
        for role in api.objects(API, kind)
    }
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in api.objects(API, kind):
            if is_kubernetes_own(binding) or not _binds(binding, user, {*groups, _EVERYBODY}):
                continue
            namespace, reference = binding["metadata"].get("namespace"), binding["roleRef"]
            home = namespace if reference["kind"] == "Role" else None
            role = roles.get((reference["kind"], home, reference["name"]))
            what = f"{named(binding)} of {reference['kind']} {reference['name']}"
            for rule in (role or {}).get("rules") or [{}]:
                yield Grant(what, namespace, rule)


def is_kubernetes_own(obj: Object) -> bool:
    """Whether a role or a binding is one that Kubernetes or EKS brings.

    Kubernetes labels its own; EKS' names begin with `eks:` (general knowledge, not verified).
    """
    labels = obj["metadata"].get("labels") or {}
    return labels.get("kubernetes.io/bootstrapping") == "rbac-defaults" or obj["metadata"]["name"].startswith("eks:")


def wildcards(role: Object) -> list[str]:
    """What a role's rules give without limit, such as `verbs`."""
    fields = ("apiGroups", "resources", "verbs", "nonResourceURLs")
    return sorted({field for rule in role.get("rules") or [] for field in fields if "*" in (rule.get(field) or [])})


def named(obj: Object) -> str:
    """A role or a binding, for people."""
    namespace, name = obj["metadata"].get("namespace"), obj["metadata"]["name"]
    return f"{obj['kind']} {namespace}/{name}" if namespace else f"{obj['kind']} {name}"


def _binds(binding: Object, user: str, groups: Collection[str]) -> bool:
    subjects = binding.get("subjects") or []
    return any(
        (subject["kind"] == "User" and subject["name"] == user)
        or (subject["kind"] == "Group" and subject["name"] in groups)
        for subject in subjects
    )
