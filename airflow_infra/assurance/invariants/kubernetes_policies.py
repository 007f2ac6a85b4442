"""The admission policies in the cluster: templates, constraints, and whether Gatekeeper enforces them."""

from collections.abc import Iterator

from airflow_infra.assurance.invariants.invariant import Invariant, Subject
from airflow_infra.assurance.invariants.kubernetes import CALLS, GATEKEEPER, api_of, require_rendered
from airflow_infra.assurance.kubernetes import NAMESPACE, KubernetesReader, Object

_TEMPLATES = "templates.gatekeeper.sh/v1"
_CONSTRAINTS = "constraints.gatekeeper.sh/v1beta1"


def constraints(subject: Subject) -> Iterator[str]:
    """Every template has become a kind and has constraints, which act as the settings say and where they say."""
    api, settings = api_of(subject), subject.settings.eks.gatekeeper
    templates = api.objects(_TEMPLATES, "ConstraintTemplate")
    if not templates:
        yield "no constraint template stands: nothing is refused"
    for template in templates:
        name, kind = template["metadata"]["name"], _kind(template)
        if not (template.get("status") or {}).get("created"):
            yield f"ConstraintTemplate {name} has not become a kind: Gatekeeper has not taken it up"
        if not api.objects(_CONSTRAINTS, kind):
            yield f"ConstraintTemplate {name} has no constraint: nothing of it is enforced"
    found = {one["metadata"]["name"]: one for one in _constraints(api)}
    for name in sorted(set(settings.policies) - found.keys()):
        yield f"there is no constraint {name}, which the settings name"
    for name, constraint in found.items():
        wanted = settings.policies.get(name, "deny")
        action = constraint["spec"].get("enforcementAction", "deny")
        if action != wanted:
            yield f"{_named(constraint)} has the action {action}, expected {wanted}"
        exempt = set((constraint["spec"].get("match") or {}).get("excludedNamespaces") or [])
        unwanted = exempt - (set(settings.exempt_namespaces) - {NAMESPACE})
        if unwanted:
            yield f"{_named(constraint)} leaves out the namespace {', '.join(sorted(unwanted))}"


def enforced(subject: Subject) -> Iterator[str]:
    """Every pod of Gatekeeper's says that it enforces every constraint as it stands.

    Raises:
        NotCheckedError: Gatekeeper's pods don't run here.
    """
    api = api_of(subject)
    require_rendered(api, GATEKEEPER)
    found = _constraints(api)
    if not found:
        yield "no constraint stands: nothing is refused"
    for constraint in found:
        pods = (constraint.get("status") or {}).get("byPod") or []
        generation = constraint["metadata"].get("generation")
        if not pods:
            yield f"{_named(constraint)} is enforced by no pod of Gatekeeper's"
        for pod in pods:
            if not pod.get("enforced") or pod.get("observedGeneration") != generation:
                yield f"{_named(constraint)} is not enforced, or only as it was before, by {pod.get('id')}"


def _constraints(api: KubernetesReader) -> list[Object]:
    kinds = [_kind(template) for template in api.objects(_TEMPLATES, "ConstraintTemplate")]
    return [constraint for kind in kinds for constraint in api.objects(_CONSTRAINTS, kind)]


def _kind(template: Object) -> str:
    return template["spec"]["crd"]["spec"]["names"]["kind"]


def _named(constraint: Object) -> str:
    return f"{constraint['kind']} {constraint['metadata']['name']}"


INVARIANTS = (
    Invariant(
        "kubernetes-06",
        "Every admission policy has its constraint, acting as configured",
        "high",
        "What a policy should refuse is let in, and nobody is told.",
        CALLS,
        constraints,
    ),
    Invariant(
        "kubernetes-07",
        "Gatekeeper's pods enforce every constraint as it stands",
        "high",
        "What a policy should refuse is let in until Gatekeeper has caught up.",
        CALLS,
        enforced,
    ),
)
