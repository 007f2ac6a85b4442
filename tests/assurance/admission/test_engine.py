import pytest

from airflow_infra.assurance.admission.engine import CelEngine
from airflow_infra.assurance.check.types import Finding
from tests.assurance.admission.pods import pod, policies, policy

REFUSES = policy("false")


def test_policies_say_nothing_in_exempt_namespaces() -> None:
    assert CelEngine(policies(REFUSES)).findings(pod(namespace="kube-system")) == ()


def test_a_policy_of_some_namespaces_says_nothing_in_others() -> None:
    engine = CelEngine(policies(policy("false", namespaces=["airflow"])))
    assert [len(engine.findings(pod(namespace=name))) for name in ("airflow", "default")] == [1, 0]


def test_a_pod_without_a_namespace_is_one_of_airflow() -> None:
    made = pod()
    del made["metadata"]["namespace"]
    assert len(CelEngine(policies(policy("false", namespaces=["airflow"]))).findings(made)) == 1


@pytest.mark.parametrize(
    ("pattern", "matches"), [("air*", True), ("*flow", True), ("*irflo*", True), ("airflow-*", False), ("flow", False)]
)
def test_namespaces_are_matched_by_gatekeepers_wildcards(pattern: str, *, matches: bool) -> None:
    engine = CelEngine(policies(policy("false", namespaces=[pattern])))
    assert bool(engine.findings(pod())) == matches


def test_a_constraint_on_other_kinds_is_not_asked() -> None:
    other = policy("false", kinds=[{"apiGroups": ["apps"], "kinds": ["Deployment"]}])
    assert CelEngine(policies(other)).findings(pod()) == ()


def test_a_match_that_is_not_understood_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a-policy: match\.labelSelector is not understood"):
        CelEngine(policies(policy("false", labelSelector={})))


def test_a_finding_carries_the_action_of_its_policy() -> None:
    applied = policy("false")
    warning = type(applied)(applied.policy, "warn", (), None)
    assert CelEngine(policies(warning)).findings(pod()) == (Finding("a-policy", "refused", None, "warn"),)


def test_several_findings_of_one_policy_are_told_apart() -> None:
    joined = policy("false", message="'container c0: image a is bad | container c1: image b is bad | and 3 more'")
    findings = CelEngine(policies(joined)).findings(pod({}, {}))
    assert [(found.message, found.path) for found in findings] == [
        ("container c0: image a is bad", "spec.containers[0].image"),
        ("container c1: image b is bad | and 3 more", "spec.containers[1].image"),
    ]


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("pod: spec.hostPID must not be true", "spec.hostPID"),
        ("pod: no field is named here.", "spec"),
        ("pod: metadata.annotations[iam.amazonaws.com/role] must be", 'metadata.annotations["iam.amazonaws.com/role"]'),
        ("init container setup: securityContext.privileged must", "spec.initContainers[0].securityContext.privileged"),
        ("ephemeral container debug: securityContext.x must", "spec.ephemeralContainers[0].securityContext.x"),
        ("container base: resources.requests.cpu, resources.x must", "spec.containers[0].resources.requests.cpu"),
        ("volume scratch: hostPath must", "spec.volumes[0].hostPath"),
        ("container unknown: image must", None),
        ("anything else", None),
    ],
)  # fmt: skip
def test_a_message_leads_to_the_field(message: str, path: str | None) -> None:
    made = pod({"name": "base"})
    for field, name in (("initContainers", "setup"), ("ephemeralContainers", "debug"), ("volumes", "scratch")):
        made["spec"][field] = [{"name": name}]
    engine = CelEngine(policies(policy("false", message=f"'{message}'")))
    assert [found.path for found in engine.findings(made)] == [path]
