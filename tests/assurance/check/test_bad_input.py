"""What cannot be checked is said, with its line, and the rest is checked all the same."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_infra.assurance.check.lines import MOST_LEVELS
from airflow_infra.assurance.check.reading import Chunk, Form, found_in
from airflow_infra.assurance.check.types import FoundPod, InputProblem
from airflow_infra.assurance.check.workloads import WithoutPod

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: sound}\nspec: {containers: [{name: base, image: task}]}\n"
LAUGHS = "\n".join(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10))


def found(content: bytes, form: Form = "yaml") -> list[Any]:
    return list(found_in(Chunk("file", 1, content, form)))


def problem_in(text: str | bytes, form: Form = "yaml") -> str:
    content = text if isinstance(text, bytes) else text.encode()
    (problem,) = found(content, form)
    assert isinstance(problem, InputProblem)
    return str(problem)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2\n", "file:2: not YAML: while parsing a flow sequence: did not find expected ',' or ']'"),
        ("a: 1\n b: 2\n", "file:2: not YAML: mapping values are not allowed in this context"),
        ("a:\n\t- 1\n", "file:2: not YAML: while scanning for the next token: found character that cannot start any"),
        ("- apiVersion: v1\n", "file:1: expected an object with apiVersion and kind, got a list"),
        ("just text\n", "file:1: expected an object with apiVersion and kind, got 'just text'"),
        ("kind: Pod\n", "file:1: apiVersion: missing: expected such as v1"),
        ("apiVersion: v1\n", "file:1: kind: missing: expected the kind of a Kubernetes object, such as Pod"),
        ("apiVersion: v1\nkind: [Pod]\n", "file:2: kind: a list: expected the kind of a Kubernetes object"),
        ("apiVersion: 1\nkind: Job\n", "file:1: apiVersion: 1: expected such as batch/v1"),
        ("apiVersion: v1\nkind: Podd\n", "file:2: kind Podd of v1 is not known (did you mean Pod?)"),
        ("apiVersion: a.io/v1\nkind: Zebra\n", "file:2: kind Zebra of a.io/v1 is not known: whether it makes pods"),
        (
            "apiVersion: extensions/v1beta1\nkind: Deployment\n",
            "file:1: apiVersion: Deployment is served as apps/v1, not as extensions/v1beta1",
        ),
        ("apiVersion: v1\nkind: Pod\n", "file:1: Pod without a pod: spec is missing: expected a block with containers"),
        ("apiVersion: v1\nkind: Pod\nspec: 1\n", "file:3: Pod without a pod: spec is 1: expected a block"),
        (
            "apiVersion: batch/v1\nkind: Job\nspec:\n  template: 3\n",
            "file:4: Job without a pod: spec.template is 3: expected a block",
        ),
        (
            "apiVersion: batch/v1\nkind: Job\nspec:\n  template: {}\n",
            "file:4: Job without a pod: spec.template.spec is missing: expected a block",
        ),
        ("apiVersion: v1\nkind: List\n", "file:1: List without items: items is missing: expected a list"),
        ("apiVersion: v1\nkind: List\nitems: [\n 1]\n", "file:4: expected an object with apiVersion and kind, got 1"),
        ("a: 1\nb: 2\na: 3\n", "file:3: the key 'a' stands here a second time, first on line 1"),
        ("a: !!python/object:os.system x\n", "file:1: the YAML tag tag:yaml.org,2002:python/object:os.system means"),
        ("a: !secret {b: 1}\n", "file:1: the YAML tag !secret means nothing here: remove it"),
        ("a: !!int x\n", "file:1: !!int: cannot read 'x' so"),
        ("a: .inf\n", "file:1: expected a finite number, got .inf"),
        ("a: 1e999\n", "file:1: expected a finite number, got 1e999"),
        ("? [a]\n: 1\n", "file:1: a key must be text"),
        ("~: 1\n", "file:1: a key must be text"),
        ("a: *b\n", "file:1: *b stands for nothing: no value before it is marked &b"),
        ("a: &a [*a]\n", "file:1: *a stands for nothing"),
        ("<<: 1\n", "file:1: << takes in a block or a list of blocks"),
        ("a: 1\n...\nb: 2\n", "file:3: "),
        ("a: 1\nb: \x07\n", "file:2: not YAML: control characters are not allowed"),
        ("%YAML 3.0\n---\na: 1\n", "file:1: not YAML: "),
    ],
)
def test_broken_yaml_is_one_clear_message_with_its_line(text: str, message: str) -> None:
    problems = [one for one in found(text.encode()) if isinstance(one, InputProblem)]
    assert str(problems[0]).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n}', "file:1: not JSON: trailing comma is not allowed (column 8)"),
        ('{"a": NaN}', "file:1: not JSON: unexpected character, expected a JSON value (column 7)"),
        ('{"a": "\\ud800"}', "file:1: not JSON: no low surrogate in string (column 8)"),
        ("{}\n{}", "file:2: not JSON: unexpected content after document (column 1)"),
        ("[1]", "file:1: expected an object with apiVersion and kind, got a list"),
        ('{"b": 1,\n "a": 1,\n "a": 2}', "file:3: the key 'a' stands here a second time, first on line 2"),
        ('{"a"  : 1,\n "a": 2}', "file:2: the key 'a' stands here a second time, first on line 1"),
        ('{"a": 1,\n "a": "\\u0022:"}', "file:2: the key 'a' stands here a second time, first on line 1"),
        ('{"kind": "Pod", "apiVersion": "v1", "spec": "\\""}', "file:1: Pod without a pod: spec is '\"'"),
    ],
)
def test_broken_json_is_one_clear_message_with_its_line(text: str, message: str) -> None:
    assert problem_in(text, "json").startswith(message)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_bytes_that_are_no_text_are_named_with_their_line(form: Form) -> None:
    assert problem_in(b"{\n'a': '\xff'}", form) == "file:2: byte 0xff is not UTF-8: save the file as UTF-8"


@pytest.mark.parametrize("form", ["yaml", "json", "lines"])
@pytest.mark.parametrize("levels", [MOST_LEVELS + 1, 100_000])
def test_deep_nesting_is_refused_not_followed(form: Form, levels: int) -> None:
    message = problem_in('{"a": ' + "[" * levels + "]" * levels + "}", form)
    assert message == "file:1: blocks are nested more than 100 levels deep: that is no Kubernetes object"


def test_an_alias_that_multiplies_itself_is_stopped() -> None:
    assert "more than 1,000,000 values" in problem_in(f"a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n{LAUGHS}\n")


def test_a_pod_that_the_api_server_would_not_take_is_refused_by_its_size_aliases_counted() -> None:
    text = f"{POD}x: &x {'a' * 400_000}\ny: [*x, *x, *x, *x, *x, *x, *x, *x]\n"
    assert "Pod sound: 3600" in problem_in(text)
    assert "the API server takes at most 3145728" in problem_in(text)


@pytest.mark.parametrize("broken", ["a: ]", "a: \xff", "- 1", "kind: Pod", "{a: 1, a: 1}", "a: *b", "[" * 5000])
def test_the_other_documents_of_a_file_are_still_checked(broken: str) -> None:
    content = f"{POD}---\n{broken}\n---\n{POD}".encode("latin-1")
    before, problem, after = found(content)
    assert isinstance(problem, InputProblem)
    assert [one.line for one in (before, problem, after)] == [1, 6, 8]


def test_the_other_lines_of_a_stream_are_still_checked() -> None:
    pod = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {}}).encode()
    everything = found(b"\n".join((pod, b"{", b"\xff", b'{"a":1,"a":2}', b"3", pod)), "lines")
    assert [one.line for one in everything] == [1, 2, 3, 4, 5, 6]
    assert [isinstance(one, InputProblem) for one in everything] == [False, True, True, True, True, False]


PIECES = st.sampled_from(
    [*POD.splitlines(), "---", "- ", "  ", "{", "}", "[", "]", ": ", '"', "'", "&a ", "*a", "!!int ", "|\n", "\t", "\r"]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("\n".join), st.lists(PIECES, max_size=30).map("".join), st.text())
CONTENTS = st.one_of(TEXTS.map(lambda text: text.encode(errors="replace")), st.binary())


@settings(max_examples=150, deadline=None)
@given(content=CONTENTS, form=st.sampled_from(["yaml", "json", "lines"]))
def test_whatever_a_file_holds_comes_out_as_pods_and_problems_on_its_lines(content: bytes, form: Form) -> None:
    lines = content.count(b"\n") + content.count(b"\r") + 2
    for one in found(content, form):
        assert isinstance(one, FoundPod | InputProblem | WithoutPod)
        if not isinstance(one, WithoutPod):
            assert one.line is not None
            assert 1 <= one.line <= lines


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50, deadline=None)
@given(spec=st.dictionaries(st.text(max_size=5), VALUES, max_size=4), indent=st.sampled_from([None, 1]))
def test_json_means_the_same_read_as_json_and_as_a_line(spec: dict[str, Any], indent: int | None) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": spec}, ensure_ascii=False, indent=indent)
    (pod,) = found(text.encode(errors="surrogatepass"), "json")
    assert isinstance(pod, FoundPod)
    assert pod.field_line("spec.nothing") == (1 if indent is None else 4)
    if indent is None:
        assert found(text.encode(), "lines")[0].pod == pod.pod
