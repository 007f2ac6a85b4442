from typing import Any

import pytest

from airflow_infra.assurance.admission.mutation import Mutation
from airflow_infra.policies.library import Manifest
from tests.assurance.admission.pods import pod

ESCALATION = "spec.containers[name:*].securityContext.allowPrivilegeEscalation"
SECCOMP = "spec.securityContext.seccompProfile.type"


def assign(location: str, value: Any = False, *, unless: str | None = None, **more: Any) -> Manifest:
    tests = [] if unless is None else [{"subPath": unless, "condition": "MustNotExist"}]
    applies: Manifest = {"groups": [""], "versions": ["v1"], "kinds": ["Pod"], **more.pop("applies", {})}
    spec = {"applyTo": [applies], "match": more, "location": location}
    return {
        "kind": "Assign",
        "metadata": {"name": "test"},
        "spec": {**spec, "parameters": {"pathTests": tests, "assign": {"value": value}}},
    }


def contexts(mutated: Manifest) -> list[Any]:
    return [container.get("securityContext") for container in mutated["spec"]["containers"]]


def test_every_element_of_a_list_gets_the_value_where_it_has_none() -> None:
    made = pod({"securityContext": {"allowPrivilegeEscalation": True}}, {"securityContext": {"runAsUser": 1}}, {})
    mutated = Mutation([assign(ESCALATION, unless=ESCALATION)]).mutated(made)
    assert contexts(mutated) == [
        {"allowPrivilegeEscalation": True},
        {"runAsUser": 1, "allowPrivilegeEscalation": False},
        {"allowPrivilegeEscalation": False},
    ]


def test_without_a_test_what_is_there_is_overwritten() -> None:
    made = pod({"securityContext": {"allowPrivilegeEscalation": True}})
    assert contexts(Mutation([assign(ESCALATION)]).mutated(made)) == [{"allowPrivilegeEscalation": False}]


def test_the_pod_given_is_left_as_it_is() -> None:
    made = pod({})
    Mutation([assign(ESCALATION)]).mutated(made)
    assert made == pod({})


def test_a_list_that_is_missing_is_not_made() -> None:
    mutator = assign(ESCALATION.replace("containers", "initContainers"))
    assert Mutation([mutator]).mutated(pod()) == pod()


def test_maps_that_are_missing_are_made() -> None:
    mutated = Mutation([assign(SECCOMP, "RuntimeDefault")]).mutated(pod())
    assert mutated["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}


def test_a_test_of_an_outer_part_of_the_path_decides() -> None:
    mutation = Mutation([assign(SECCOMP, "RuntimeDefault", unless="spec.securityContext.seccompProfile")])
    made = pod(securityContext={"seccompProfile": {"localhostProfile": "a"}})
    assert mutation.mutated(made) == made


def test_exempt_namespaces_are_left_alone() -> None:
    mutation = Mutation([assign(ESCALATION, excludedNamespaces=["kube-system"])])
    assert [contexts(mutation.mutated(pod({}, namespace=name))) for name in ("kube-system", "airflow")] == [
        [None],
        [{"allowPrivilegeEscalation": False}],
    ]


@pytest.mark.parametrize("applies", [{"operations": ["UPDATE"]}, {"kinds": ["Job"]}, {"groups": ["batch"]}])
def test_a_mutator_of_something_else_does_nothing(applies: Manifest) -> None:
    assert Mutation([assign(ESCALATION, applies=applies)]).mutated(pod({})) == pod({})


def test_mutators_are_applied_one_after_the_other() -> None:
    always, where_missing = assign("spec.a", 1), assign("spec.a", 2, unless="spec.a")
    mutated = [
        Mutation(each).mutated(pod())["spec"]["a"] for each in ([always, where_missing], [where_missing, always])
    ]
    assert mutated == [1, 1]
    assert Mutation([where_missing]).mutated(pod())["spec"]["a"] == 2


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ({**assign("spec.a"), "kind": "ModifySet"}, "ModifySet test: expected an Assign of a value"),
        (assign("spec.containers[name:base].image"), "expected an Assign of a value to a location"),
        (assign("spec.a", unless="spec.b"), r"expected pathTests on a part of spec\.a, got MustNotExist spec\.b"),
        (assign("spec.a", namespaceSelector={}), "match.namespaceSelector is not understood"),
    ],
)
def test_a_mutator_that_is_not_understood_is_an_error(manifest: Manifest, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Mutation([manifest])


def test_where_a_value_goes_is_read() -> None:
    assert Mutation([assign(ESCALATION)]).reads().covers("spec.containers[2].securityContext.allowPrivilegeEscalation")
