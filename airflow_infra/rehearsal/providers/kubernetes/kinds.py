"""What an API server serves: kinds, their scope and their names, and what became of those it no longer serves."""

from dataclasses import dataclass

CLUSTER_SCOPED = frozenset(
    {
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
        "ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "IPAddress",
        "IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice",
        "RuntimeClass", "SelfSubjectAccessReview", "SelfSubjectReview", "SelfSubjectRulesReview", "ServiceCIDR",
        "StorageClass", "SubjectAccessReview", "TokenReview", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment",
        "VolumeAttributesClass",
    }
)  # fmt: skip
"""Built-in kinds without a namespace. The schemas do not say it; general knowledge, not read in a source."""

PSEUDO_KINDS = frozenset(
    {"APIGroup", "APIVersions", "DeleteOptions", "Scale", "Status", "WatchEvent", "Eviction", "TokenRequest"}
)
"""Kinds in the schemas that are no objects of their own."""

REMOVED = {
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"): ("1.22", "apiextensions.k8s.io/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): ("1.25", "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): ("1.26", "autoscaling/v2"),
    ("batch/v1beta1", "CronJob"): ("1.25", "batch/v1"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice"): ("1.25", "discovery.k8s.io/v1"),
    ("extensions/v1beta1", "DaemonSet"): ("1.16", "apps/v1"),
    ("extensions/v1beta1", "Deployment"): ("1.16", "apps/v1"),
    ("extensions/v1beta1", "Ingress"): ("1.22", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "NetworkPolicy"): ("1.16", "networking.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress"): ("1.22", "networking.k8s.io/v1"),
    ("node.k8s.io/v1beta1", "RuntimeClass"): ("1.25", "node.k8s.io/v1"),
    ("policy/v1beta1", "PodDisruptionBudget"): ("1.25", "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy"): ("1.25", "Pod Security labels on namespaces, or an admission policy"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"): ("1.22", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding"): ("1.22", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", "Role"): ("1.22", "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", "RoleBinding"): ("1.22", "rbac.authorization.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity"): ("1.27", "storage.k8s.io/v1"),
}  # fmt: skip
"""Removed APIs: the minor that no longer serves it, and what replaced it (Kubernetes' deprecation guide, from general
knowledge, not read in a dated source). Only used to explain: what a minor serves is read from its schemas."""

_BUILT_IN_GROUPS = frozenset(
    {
        "", "apps", "autoscaling", "batch", "extensions", "policy", "admissionregistration.k8s.io",
        "apiextensions.k8s.io", "apiregistration.k8s.io", "auditregistration.k8s.io", "authentication.k8s.io",
        "authorization.k8s.io", "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io",
        "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io",
        "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "settings.k8s.io", "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)  # fmt: skip
_IRREGULAR_PLURALS = {"Endpoints": "endpoints", "APIVersions": "apiversions"}


@dataclass(frozen=True)
class Kind:
    """A kind of object that an API server serves."""

    group: str
    """API group, such as `apps`; empty for the core group."""
    version: str
    kind: str
    plural: str
    """Name of the resource in URLs and in RBAC rules, such as `networkpolicies`."""
    namespaced: bool
    custom: bool = False
    """Defined by a CustomResourceDefinition."""

    @property
    def api_version(self) -> str:
        """`group/version`, or `version` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


def plural(kind: str) -> str:
    """The resource name of a built-in kind: its plural, in lower case."""
    word = kind.lower()
    if kind in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[kind]
    if word.endswith(("s", "x", "ch")):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def built_in_group(group: str) -> bool:
    """Whether a group belongs to Kubernetes itself: no CustomResourceDefinition brings it."""
    return group in _BUILT_IN_GROUPS


def refusal(api_version: str, kind: str, minor: str, elsewhere: list[str]) -> str:
    """Why a minor does not serve a kind, for the author of a manifest.

    `elsewhere` are the API versions in which the minor does serve a kind of that name.
    """
    message = f"Kubernetes {minor} does not serve {api_version} {kind}"
    known = REMOVED.get((api_version, kind))
    if known:
        return f"{message}: it was removed in {known[0]}; use {known[1]}"
    if elsewhere:
        return f"{message}: it serves {kind} in {' and '.join(elsewhere)}"
    return f"{message}: the kind is unknown"
