"""The admission policies in the cluster: templates, constraints, mutators, and whether Gatekeeper enforces them."""

from collections.abc import Iterator

from airflow_infra.assurance.invariants.invariant import Invariant, NotCheckedError, Subject
from airflow_infra.assurance.invariants.kubernetes import CALLS, GATEKEEPER, api_of, require_rendered
from airflow_infra.assurance.kubernetes import NAMESPACE, KubernetesReader, Object

_TEMPLATES = "templates.gatekeeper.sh/v1"
_CONSTRAINTS = "constraints.gatekeeper.sh/v1beta1"
_MUTATORS = "mutations.gatekeeper.sh/v1"


def constraints(subject: Subject) -> Iterator[str]:
    """Every policy of the stack has become a kind and has its constraint and its mutators, as its folder says.

    Raises:
        NotCheckedError: the stack's policies were not given.
    """
    api = api_of(subject)
    if subject.policies is None:
        raise NotCheckedError("the stack's admission policies were not given")
    for template in api.objects(_TEMPLATES, "ConstraintTemplate"):
        name = template["metadata"]["name"]
        if not (template.get("status") or {}).get("created"):
            yield f"ConstraintTemplate {name} has not become a kind: Gatekeeper has not taken it up"
        if not api.objects(_CONSTRAINTS, _kind(template)):
            yield f"ConstraintTemplate {name} has no constraint: nothing of it is enforced"
    found = {_named(one): one for one in _constraints(api)}
    for wanted in subject.policies.constraints:
        if _named(wanted) not in found:
            yield f"there is no {_named(wanted)}: nothing of it is enforced"
        else:
            yield from _differences(found[_named(wanted)], wanted)
    standing = {_named(one): one for one in api.objects(_MUTATORS, "Assign")}
    for mutator in subject.policies.mutators:
        if _named(mutator) not in standing:
            yield f"there is no {_named(mutator)}: pods that leave its field unset are refused"
        elif standing[_named(mutator)]["spec"] != mutator["spec"]:
            yield f"{_named(mutator)} is not as its policy's assign.yaml says"


def _differences(found: Object, wanted: Object) -> Iterator[str]:
    name, spec, expected = _named(found), found["spec"], wanted["spec"]
    if spec.get("enforcementAction", "deny") != expected["enforcementAction"]:
        yield f"{name} has the action {spec.get('enforcementAction', 'deny')}, expected {expected['enforcementAction']}"
    if spec.get("parameters") != expected.get("parameters"):
        yield f"{name} has the parameters {spec.get('parameters')}, expected {expected.get('parameters')}"
    match = spec.get("match") or {}
    unwanted = set(match.get("excludedNamespaces") or []) - (set(expected["match"]["excludedNamespaces"]) - {NAMESPACE})
    if unwanted:
        yield f"{name} leaves out the namespace {', '.join(sorted(unwanted))}"
    exempt = {"excludedNamespaces": None}
    if {**match, **exempt} != {**expected["match"], **exempt}:
        yield f"{name} does not match what its policy's constraint.yaml says"


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
        "Every admission policy has its constraint and its mutators, as configured",
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
