"""What must hold inside the cluster, by its Kubernetes API: the airflow namespace, rights, the autoscaler.

What Helm charts bring is only there where they were rendered: a rehearsal does so only with a real API server, and
only those at hand.
"""

from collections.abc import Iterator

from airflow_infra.assurance import helm, rbac
from airflow_infra.assurance.invariants.eks_resources import cluster
from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.kubernetes import (
    MWAA_GROUP,
    MWAA_USER,
    NAMESPACE,
    KubernetesReader,
    Object,
    quantity,
)
from airflow_infra.catalogue.charts import chart

_LABELS = {
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}
_NEEDED = {
    "pods": ("get", "list", "watch", "create", "patch", "delete"),
    "pods/log": ("get",),
    "events": ("list", "watch"),
}
"""What KubernetesPodOperator asks for (cncf-kubernetes provider; without events the newer ones get 403)."""
_AUTOSCALER = "cluster-autoscaler"
GATEKEEPER = "gatekeeper"
"""The chart that brings webhooks."""

CALLS = ("kubernetes:List",)
"""What the Kubernetes API is asked, in the words for calls to AWS."""


def api_of(subject: Subject) -> KubernetesReader:
    """The cluster's API. Raises NotCheckedError when there is none to ask."""
    if subject.kubernetes is None:
        raise NotCheckedError("no Kubernetes API was given")
    subject.look.asked += CALLS
    return subject.kubernetes


def require_rendered(api: KubernetesReader, *charts: str) -> None:
    """Raises NotCheckedError where a chart is released and was not rendered; any chart when none is named."""
    missing = {release.chart for release in helm.deployed(api) if not release.is_rendered}
    if charts:
        missing &= {*charts}
    if missing:
        raise NotCheckedError(
            f"charts are not rendered here, so what {', '.join(sorted(missing))} would make does not stand"
        )


def namespace(subject: Subject) -> Iterator[str]:
    """The airflow namespace has the labels that keep privileged pods out, and the settings' quota."""
    api = api_of(subject)
    found = next((one for one in api.objects("v1", "Namespace") if one["metadata"]["name"] == NAMESPACE), None)
    if found is None:
        yield f"namespace {NAMESPACE} does not exist"
        return
    labels = found["metadata"].get("labels") or {}
    for label, level in _LABELS.items():
        if labels.get(label) != level:
            yield f"namespace {NAMESPACE} has {label}={labels.get(label)!r}, expected {level!r}"
    settings = subject.settings.eks.airflow
    wanted = {
        "pods": str(settings.max_pods),
        "requests.cpu": settings.max_cpu,
        "requests.memory": settings.max_memory,
    }
    quotas = api.objects("v1", "ResourceQuota", NAMESPACE)
    for resource, limit in wanted.items():
        limits = [str(hard) for quota in quotas if (hard := quota["spec"]["hard"].get(resource)) is not None]
        if not limits:
            yield f"namespace {NAMESPACE} has no quota of {resource}, expected {limit}"
        elif min(map(quantity, limits)) != quantity(limit):
            yield f"namespace {NAMESPACE} has a quota of {', '.join(limits)} {resource}, expected {limit}"


def no_wildcards(subject: Subject) -> Iterator[str]:
    """No role says `*`, and nobody is bound to cluster-admin, but what Kubernetes, EKS and charts bring."""
    api = api_of(subject)
    roles = [
        role
        for kind in ("Role", "ClusterRole")
        for role in api.objects(rbac.API, kind)
        if not rbac.is_kubernetes_own(role) and not _of_a_chart(role)
    ]
    if not roles:
        yield "no role of the platform's own stands: MWAA can't have any right"
    for role in roles:
        fields = rbac.wildcards(role)
        if fields:
            yield f"{rbac.named(role)} has * in {', '.join(fields)}"
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in api.objects(rbac.API, kind):
            if binding["roleRef"]["name"] == "cluster-admin" and not rbac.is_kubernetes_own(binding):
                subjects = ", ".join(one["name"] for one in binding.get("subjects") or []) or "nobody"
                yield f"{rbac.named(binding)} makes {subjects} cluster-admin"


def _of_a_chart(obj: Object) -> bool:
    """Whether Helm made an object: it annotates whatever it makes (Helm 3); charts of add-ons are rendered by EKS."""
    metadata = obj["metadata"]
    return "meta.helm.sh/release-name" in (metadata.get("annotations") or {}) or "helm.sh/chart" in (
        metadata.get("labels") or {}
    )


def mwaa_rights(subject: Subject) -> Iterator[str]:
    """MWAA's user may run pods in the airflow namespace, and nothing anywhere else."""
    api = api_of(subject)
    granted = list(rbac.grants(api, MWAA_USER, [MWAA_GROUP]))
    here = [grant for grant in granted if grant.namespace == NAMESPACE]
    for resource, verbs in _NEEDED.items():
        missing = [verb for verb in verbs if not any(grant.includes(verb, resource) for grant in here)]
        if missing:
            yield f"{MWAA_USER} may not {', '.join(missing)} {resource} in {NAMESPACE}"
    for grant in granted:
        if grant.namespace != NAMESPACE:
            where = f"in {grant.namespace}" if grant.namespace else "in the whole cluster"
            verbs = ", ".join(grant.rule.get("verbs", [])) or "whatever the role will say"
            resources = ", ".join(grant.rule.get("resources", []))
            yield f"{grant.binding} gives {MWAA_USER} rights {where}: {verbs} {resources}".rstrip()


def autoscaler_version(subject: Subject) -> Iterator[str]:
    """The autoscaler's image is of the cluster's minor, or of the one before where there is none of its own yet."""
    minor = cluster(subject)["version"]
    releases = [release for release in helm.deployed(api_of(subject)) if release.chart == _AUTOSCALER]
    if not releases:
        yield "no release of the chart cluster-autoscaler is deployed"
    behind = chart(_AUTOSCALER).images_one_minor_behind.get(minor)
    for release in releases:
        tag = str((release.values.get("image") or {}).get("tag") or f"v{release.app_version}")
        if not tag.startswith(f"v{minor}.") and tag != behind:
            yield f"release {release.name} runs {tag} on Kubernetes {minor}; expected an image v{minor}.x"


def webhooks(subject: Subject) -> Iterator[str]:
    """Behind every webhook that refuses what it can't look at, something answers.

    Raises:
        NotCheckedError: a webhook is reached by a URL, or what charts bring doesn't stand here.
    """
    api = api_of(subject)
    found = [
        (f"{configuration['kind']} {configuration['metadata']['name']}", webhook)
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
        for configuration in api.objects("admissionregistration.k8s.io/v1", kind)
        for webhook in configuration.get("webhooks") or []
        if webhook.get("failurePolicy", "Fail") == "Fail"
    ]
    unready = [
        f"{what}: webhook {webhook['name']} refuses everything while {service['namespace']}/{service['name']} is down"
        for what, webhook in found
        if (service := webhook["clientConfig"].get("service")) and not _answers(api, service)
    ]
    if not unready:
        require_rendered(api, GATEKEEPER)
        outside = [webhook["name"] for _, webhook in found if "service" not in webhook["clientConfig"]]
        if outside:
            raise NotCheckedError(f"webhooks outside of the cluster: {', '.join(outside)}")
    yield from unready


def _answers(api: KubernetesReader, service: Object) -> bool:
    """Whether a service has a ready endpoint. `ready` left out counts as ready (Kubernetes API, EndpointSlice)."""
    return any(
        (endpoint.get("conditions") or {}).get("ready", True)
        for endpoints in api.objects("discovery.k8s.io/v1", "EndpointSlice", service["namespace"])
        if (endpoints["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == service["name"]
        for endpoint in endpoints.get("endpoints") or []
    )


def chart_rights(subject: Subject) -> Iterator[str]:
    """No chart's role may do everything to everything.

    Raises:
        NotCheckedError: what charts bring doesn't stand here.
    """
    api = api_of(subject)
    roles = [role for kind in ("Role", "ClusterRole") for role in api.objects(rbac.API, kind) if _of_a_chart(role)]
    for role in roles:
        if any("*" in rule.get("verbs", []) and "*" in rule.get("resources", []) for rule in role.get("rules") or []):
            yield f"{rbac.named(role)} has * in verbs and resources of one rule"
    require_rendered(api)
    if not roles:
        yield "no role of a chart stands: the autoscaler can't see a pod"


INVARIANTS = (
    Invariant(
        "kubernetes-01",
        "The airflow namespace keeps privileged pods out and has the configured quota",
        "high",
        "A task takes over its node, or one DAG takes all nodes.",
        CALLS,
        namespace,
    ),
    Invariant(
        "kubernetes-02",
        "No role of the platform says *, and nobody is made cluster-admin by a binding",
        "high",
        "Rights grow with every kind that is added to the cluster.",
        CALLS,
        no_wildcards,
    ),
    Invariant(
        "kubernetes-03",
        "MWAA may run pods in the airflow namespace and nothing elsewhere",
        "critical",
        "No task starts, or every DAG author reaches what is not Airflow's.",
        CALLS,
        mwaa_rights,
    ),
    Invariant(
        "kubernetes-04",
        "Behind every webhook that fails closed something answers",
        "critical",
        "Nothing can be created in the cluster, what would repair it included.",
        CALLS,
        webhooks,
    ),
    Invariant(
        "kubernetes-05",
        "The Cluster Autoscaler is of the cluster's minor",
        "medium",
        "It plans by rules of another scheduler.",
        ("eks:DescribeCluster", *CALLS),
        autoscaler_version,
    ),
    Invariant(
        "kubernetes-08",
        "No chart's role may do everything to everything",
        "high",
        "Whoever takes over that chart's pod has the cluster.",
        CALLS,
        chart_rights,
    ),
)
