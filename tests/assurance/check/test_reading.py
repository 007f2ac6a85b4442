"""Pods found in the content of files."""

import json
from typing import Any

import pytest

from airflow_infra.assurance.check.reading import Chunk, Form, found_in
from airflow_infra.assurance.check.types import FoundPod, InputProblem
from airflow_infra.assurance.check.workloads import WithoutPod

POD = """\
# A task's pod.
apiVersion: v1
kind: Pod
metadata:
  name: task
  annotations: {"example.org/team": data}
spec:
  containers:
    - name: base
      image: task:1
      resources:
        requests: {cpu: 1}
    - name: side
      image: side:1
"""
SPEC = {"containers": [{"name": "base", "image": "task:1"}]}
WORKLOADS = {
    "Job": "batch/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "ReplicationController": "v1",
}


def found(text: str, form: Form = "yaml") -> list[Any]:
    return list(found_in(Chunk("file", 1, text.encode(), form)))


def pods(text: str, form: Form = "yaml") -> list[FoundPod]:
    everything = found(text, form)
    assert all(isinstance(one, FoundPod) for one in everything), everything
    return everything


def only_problem(text: str, form: Form = "yaml") -> InputProblem:
    (problem,) = found(text, form)
    assert isinstance(problem, InputProblem)
    return problem


def test_a_pod_begins_with_its_first_key_below_comments() -> None:
    (pod,) = pods(POD)
    assert (pod.line, pod.name, pod.kind) == (2, "task", "Pod")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("metadata.name", 5),
        ("spec.containers[0].image", 10),
        ("spec.containers[0].resources.requests.cpu", 12),
        ("spec.containers[1]", 13),
        ("spec.containers[side].image", 14),
        ("spec.containers[other].image", 8),
        ('metadata.annotations["example.org/team"]', 6),
        ("metadata.annotations[example.org/team]", 6),
        ("spec.containers[1].securityContext.privileged", 13),
        ("spec.volumes[0].hostPath", 7),
        ("status", 2),
    ],
)
def test_the_line_of_a_field_is_its_own_or_that_of_the_block_that_should_hold_it(path: str, line: int) -> None:
    (pod,) = pods(POD)
    assert pod.field_line(path) == line


def test_json_has_the_lines_of_its_text() -> None:
    document = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": SPEC}, indent=1)
    (pod,) = pods(document, "json")
    line = pod.field_line("spec.containers[0].image")
    assert line is not None
    assert document.splitlines()[line - 1].strip() == '"image": "task:1"'


def test_every_document_of_a_yaml_file_keeps_the_lines_of_the_file() -> None:
    assert [pod.line for pod in pods(f"---\n{POD}---\n{POD}--- # the last\n{POD}---\n")] == [3, 18, 33]


def test_every_line_of_a_stream_is_a_pod_of_its_own() -> None:
    line = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": SPEC})
    first, second = pods(f"{line}\n\n{line}\r\n", "lines")
    assert (first.line, second.line, second.field_line("spec.containers")) == (1, 3, 3)


@pytest.mark.parametrize("kind", WORKLOADS)
def test_the_pod_of_a_workload_bears_its_name_and_namespace(kind: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}, "namespace": "ignored"}, "spec": SPEC}
    workload = {
        "apiVersion": WORKLOADS[kind],
        "kind": kind,
        "metadata": {"name": "mine", "namespace": "airflow"},
        "spec": {"template": template},
    }
    (pod,) = pods(json.dumps(workload), "json")
    assert pod.kind == kind
    assert pod.pod == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mine", "namespace": "airflow", "labels": {"a": "b"}},
        "spec": SPEC,
    }


def test_the_fields_of_a_workloads_pod_are_found_inside_its_template() -> None:
    text = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: base
              image: task:1
"""
    (pod,) = pods(text)
    assert pod.line == 1
    assert [pod.field_line(path) for path in ("spec.containers[0].image", "metadata.name")] == [12, 4]


def test_a_pod_template_holds_a_pod() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "PodTemplate", "template": {"spec": SPEC}})
    (pod,) = pods(text, "json")
    assert pod.name == "(without name)"


def test_the_items_of_a_list_are_looked_into_lists_among_them() -> None:
    inner = {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "a"}, "spec": SPEC}]}
    other = {"apiVersion": "v1", "kind": "ConfigMap"}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [other, inner]}, indent=1)
    without, pod = found(text, "json")
    assert without == WithoutPod("ConfigMap")
    assert (pod.name, pod.pod["kind"]) == ("a", "Pod")
    assert text.splitlines()[pod.line - 1].strip() == "{"


def test_an_items_line_is_its_own() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    spec: {containers: []}\n"
    (pod,) = pods(text)
    assert (pod.line, pod.field_line("spec.containers[0]")) == (4, 6)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "Service"),
        ("rbac.authorization.k8s.io/v1", "RoleBinding"),
        ("templates.gatekeeper.sh/v1", "ConstraintTemplate"),
        ("constraints.gatekeeper.sh/v1beta1", "HostNamespaces"),
    ],
)
def test_a_known_kind_without_a_pod_is_no_problem(version: str, kind: str) -> None:
    assert found(f"apiVersion: {version}\nkind: {kind}\n") == [WithoutPod(kind)]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n---\n", "null\n", "---\n# nothing\n---\n"])
def test_empty_documents_are_passed_over(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", False),
        ("On", True),
        ("y", True),
        ("~", None),
        ("0755", 493),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0b11", -3),
        ("1_000", 1000),
        ("08", 8.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2026-11-22", "2026-11-22"),
        ("1:30", "1:30"),
        ("500m", "500m"),
        ("18446744073709551616", 18446744073709551616.0),
        ('"yes"', "yes"),
        ("!!str no", "no"),
        ("!!float 1", 1.0),
        ("|-\n      yes", "yes"),
    ],
)
def test_plain_words_mean_what_they_mean_to_kubectl(word: str, value: object) -> None:
    (pod,) = pods(f"apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n  it: {word}\n")
    assert repr(pod.pod["spec"]["it"]) == repr(value)


def test_keys_that_are_no_text_become_text_as_in_json() -> None:
    (pod,) = pods("apiVersion: v1\nkind: Pod\nspec: {1: a, yes: b, 1.5: c}\n")
    assert pod.pod["spec"] == {"1": "a", "true": "b", "1.5": "c"}


def test_an_alias_stands_for_its_value_and_a_merge_key_for_the_keys_that_are_not_there() -> None:
    text = """\
apiVersion: v1
kind: Pod
spec:
  containers:
    - &first
      name: base
      image: task:1
    - <<: *first
      name: side
    - *first
"""
    (pod,) = pods(text)
    assert [one["name"] for one in pod.pod["spec"]["containers"]] == ["base", "side", "base"]
    assert pod.pod["spec"]["containers"][1]["image"] == "task:1"
    assert pod.field_line("spec.containers[1].image") == 7


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert len(pods("\ufeff" + POD)) == 1


def test_a_key_that_stands_once_in_each_of_many_blocks_is_no_duplicate_however_it_is_written() -> None:
    text = '{"apiVersion" : "v1", "kind"\t: "Pod", "metadata": {"name": "a\\":b"}, "spec": {"\\u0061": {"a": 1}}}'
    assert len(pods(text, "lines")) == 1
