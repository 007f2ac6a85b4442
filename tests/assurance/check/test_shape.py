"""What verdicts are remembered by holds everything that anybody reads."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from check_samples import checker, good_pod, rich_pod

from airflow_infra.assurance.check.shape import shape
from airflow_infra.assurance.check.types import Verdict

Path = tuple[str | int, ...]
VALUES = (
    "",
    "x",
    "No Name!",
    "{{ ds }}",
    "a" * 300,
    "1Gi",
    "reader",
    "RuntimeDefault",
    0,
    -1,
    1.5,
    True,
    False,
    None,
    [],
    {},
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every value of a pod, blocks and what is in them."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(pod: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    pod = deepcopy(pod)
    block: Any = pod
    for part in path[:-1]:
        block = block[part]
    block[path[-1]] = value
    return pod


def judged(pod: dict[str, Any]) -> Verdict:
    return checker()._judge(pod, None, checker()._ask)


def confused(key: Callable[[dict[str, Any]], bytes | None]) -> list[tuple[Path, Any]]:
    """Changes of a single field that a key does not show although the verdict is another."""
    found: list[tuple[Path, Any]] = []
    for pod in (rich_pod(), good_pod()):
        before, verdict = key(pod), judged(pod)
        for path in places(pod):
            for value in VALUES:
                other = changed(pod, path, value)
                if key(other) == before and judged(other) != verdict:
                    found.append((path, value))
    return found


def test_no_change_of_a_single_field_changes_the_verdict_and_not_the_key() -> None:
    assert confused(shape) == []


def free_fields() -> list[str]:
    """The fields of a pod that its key leaves out, such as ["spec"]["containers"][0]["args"][0]."""
    pod = rich_pod()
    return [written(path) for path in places(pod) if shape(changed(pod, path, "x")) == shape(pod)]


def written(path: Path) -> str:
    return "".join(f"[{json.dumps(part)}]" for part in path)


def test_the_key_leaves_out_what_varies_from_pod_to_pod() -> None:
    ours = [path for path in free_fields() if "initContainers" not in path]
    base = '["spec"]["containers"][0]'
    assert sorted(ours) == [
        '["metadata"]["annotations"]["example.com/note"]',
        '["metadata"]["labels"]["dag_id"]',
        '["metadata"]["labels"]["try_number"]',
        '["metadata"]["name"]',
        f'{base}["args"][0]',
        f'{base}["args"][1]',
        f'{base}["command"][0]',
        f'{base}["env"][0]["value"]',
        f'{base}["env"][1]["value"]',
    ]
    assert len(free_fields()) == len(ours) + 5


@pytest.mark.parametrize("path", free_fields())
def test_no_policy_and_no_other_reader_looks_at_a_field_that_the_key_leaves_out(path: str) -> None:
    readers = checker()._readers_of("airflow")
    assert len(readers) > 14
    assert [name for name, reads in readers.items() if reads.covers(path)] == []
    assert not checker()._defaulting.reads().covers(path)
    assert not checker()._mutation.reads().covers(path)


READ_FIELDS: tuple[Path, ...] = (
    ("spec", "containers", 0, "image"),
    ("spec", "containers", 0, "securityContext"),
    ("spec", "containers", 0, "resources"),
    ("spec", "initContainers", 0, "image"),
    ("spec", "initContainers", 0, "restartPolicy"),
    ("spec", "securityContext", "runAsUser"),
    ("spec", "tolerations", 0, "key"),
    ("spec", "affinity"),
    ("spec", "nodeSelector"),
    ("spec", "volumes"),
    ("spec", "serviceAccountName"),
    ("spec", "hostNetwork"),
    ("spec", "schedulerName"),
    ("metadata", "namespace"),
    ("metadata", "annotations", "iam.amazonaws.com/role"),
)


@pytest.mark.parametrize("path", READ_FIELDS, ids=lambda path: str(path[-1]))
def test_a_key_that_forgets_a_field_which_is_read_is_caught(path: Path) -> None:
    def forgetful(pod: dict[str, Any]) -> bytes | None:
        try:
            return shape(changed(pod, path, "forgotten"))
        except (KeyError, IndexError, TypeError):
            return shape(pod)

    pod = rich_pod()
    before, verdict = forgetful(pod), judged(pod)
    others = [
        changed(pod, path, value) for value in (*VALUES, "evil.example/task", "Equal", "kube-system", [{"name": "a"}])
    ]
    assert any(forgetful(other) == before and judged(other) != verdict for other in others)


def test_pods_that_differ_in_names_labels_and_arguments_are_alike() -> None:
    pod, other = rich_pod(), rich_pod()
    other["metadata"] |= {"name": "another", "labels": {"dag_id": "other", "try_number": "2"}}
    other["spec"]["containers"][0] |= {"args": ["x"], "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]}
    assert shape(pod) == shape(other)


@pytest.mark.parametrize("odd", [{"foo": 1, "value": "x"}, {"name": None, "value": "x"}, {"name": 1, "value": "x"}])
def test_a_variable_without_a_name_is_kept_as_it_is(odd: dict[str, Any]) -> None:
    pod, other = rich_pod(), rich_pod()
    pod["spec"]["containers"][0]["env"] = [odd]
    other["spec"]["containers"][0]["env"] = [{"bar": 1, "value": "x"}]
    assert shape(pod) != shape(other)


def test_what_else_the_verdict_depends_on_is_in_the_key() -> None:
    assert shape(good_pod(), 120) != shape(good_pod(), 600)


def test_a_pod_that_no_json_holds_has_no_key() -> None:
    assert shape({"metadata": {1: "a"}}) is None
