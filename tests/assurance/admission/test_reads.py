import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_infra.assurance.admission.cel import CelPolicies
from airflow_infra.assurance.admission.cel_reads import cel_reads
from airflow_infra.assurance.admission.engine import CelEngine
from airflow_infra.assurance.admission.reads import Reads
from airflow_infra.policies.stack import AppliedPolicy, stack_policies
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import load_stack
from tests.assurance.admission.pods import pod, policy

PROJECT = Path(__file__).parents[3]


def reads(*applied: AppliedPolicy) -> Reads:
    return cel_reads(CelPolicies(applied).policies)


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("object.spec.hostNetwork", ["spec.hostNetwork"]),
        ("has(object.spec.hostNetwork)", ["spec.hostNetwork"]),
        ("object.spec.?hostNetwork.orValue(false)", ["spec.hostNetwork"]),
        ("object.spec['hostNetwork']", ["spec.hostNetwork"]),
        ("object.spec.containers.all(c, c.image == 'a')", ["spec.containers[0].image", "spec.containers"]),
        ("object.spec.containers.map(c, c).filter(c, c.image == '').size() == 0", ["spec.containers[1].image"]),
        ("{'c': object.spec.containers[0]}.c.image == ''", ["spec.containers[0].image"]),
        ("(object.spec.containers + object.spec.initContainers)[0].image == ''", ["spec.initContainers[0].image"]),
        ("cel.bind(s, object.spec, s.hostPID)", ["spec.hostPID"]),
        ("(true ? object.spec : object.metadata).hostPID", ["spec.hostPID", "metadata.hostPID"]),
        ("'a' in object.metadata.annotations", ['metadata.annotations["a"]']),
        ("object.metadata.annotations['a/b.c'] == ''", ['metadata.annotations["a/b.c"]']),
        ("request.namespace == 'a'", ["metadata.namespace"]),
        ("string(object.spec) == ''", ["spec.containers[0].image", "spec.anything"]),
        ("object == oldObject", ["metadata.labels"]),
        ("object.metadata.labels.all(key, key == 'a')", ['metadata.labels["b"]']),
        ("object.metadata.labels[object.spec.nodeName] == 'a'", ['metadata.labels["b"]', "spec.nodeName"]),
        ("object.spec.tolerations.exists(t, t == {'key': 'a'})", ["spec.tolerations[0].value"]),
    ],
)
def test_what_an_expression_looks_at_is_read(expression: str, read: list[str]) -> None:
    found = reads(policy(expression))
    assert [path for path in read if not found.covers(path)] == []


@pytest.mark.parametrize(
    ("expression", "free"),
    [
        ("object.spec.hostNetwork", ["spec.hostPID", "metadata.name"]),
        ("object.spec.containers.all(c, c.image == 'a')", ["spec.containers[0].name", "spec.initContainers"]),
        ("has(object.spec.securityContext)", ["spec.securityContext.runAsUser"]),
        ("object.spec.containers.map(c, {'c': c, 'n': c.name}).all(e, e.c.tty)", ["spec.containers[0].image"]),
        ("'a' in object.metadata.annotations", ['metadata.annotations["b"]']),
        ("object.metadata.annotations['a'] == ''", ['metadata.annotations["b"]']),
        ("request.operation == 'CREATE'", ["metadata.name", "spec"]),
    ],
)
def test_what_an_expression_does_not_look_at_is_not_read(expression: str, free: list[str]) -> None:
    found = reads(policy(expression))
    assert [path for path in free if found.covers(path)] == []


def test_a_message_reads_too() -> None:
    assert reads(policy("true", message="'no ' + object.metadata.name")).covers("metadata.name")


def test_variables_read_where_they_are_used() -> None:
    found = reads(
        policy("variables.used", variables=[("used", "object.spec.hostPID"), ("idle", "object.spec.hostIPC")])
    )
    assert (found.covers("spec.hostPID"), found.covers("spec.hostIPC")) == (True, False)


def test_what_is_below_a_field_is_read_with_it() -> None:
    both = Reads().add("spec.hostPID", "spec.containers[*].ports")
    assert [path for path in ("spec.hostPID", "spec.containers[3].ports[0].hostPort") if not both.covers(path)] == []


@pytest.fixture(scope="module")
def engine() -> CelEngine:
    loaded = load_stack("dev", PROJECT, as_of=date(2026, 11, 22)).settings
    names = Names("dev", loaded.account.id, loaded.account.region)
    return CelEngine(stack_policies(PROJECT / "infra/eks/policies", loaded, names))


@pytest.fixture(scope="module")
def read(engine: CelEngine) -> Reads:
    return cel_reads(engine.policies_of("airflow").policies)


FREE = (
    "metadata.labels",
    "metadata.name",
    'metadata.annotations["example"]',
    "spec.restartPolicy",
    "spec.containers[0].env",
    "spec.containers[0].args",
    "spec.containers[0].command",
    "spec.containers[0].workingDir",
)


def test_the_policies_read_nothing_that_differs_from_task_to_task(read: Reads) -> None:
    assert [path for path in FREE if read.covers(path)] == []


VALUES = st.sampled_from([None, True, 0, "", "x", [], ["x"], [{"name": "x"}], {}, {"x": "y"}])
PATHS = st.lists(
    st.sampled_from(
        ["metadata", "spec", "annotations", "securityContext", "containers", "volumes", "affinity", "tolerations",
         "serviceAccountName", "image", "resources", "privileged", "hostPID", "iam.amazonaws.com/role", "other", "name"]
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PATHS, VALUES, VALUES)
def test_a_field_that_is_not_read_changes_nothing(
    engine: CelEngine, read: Reads, path: list[str], one: Any, other: Any
) -> None:
    if not read.covers("".join(f'["{step}"]' for step in path)):
        first, second = (engine.findings(_with(pod({}, hostPID=True), path, value)) for value in (one, other))
        assert first == second


def _with(made: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    place = made = copy.deepcopy(made)
    for step in path[:-1]:
        if not isinstance(place.get(step), dict):
            place[step] = {}
        place = place[step]
    place[path[-1]] = value
    return made
