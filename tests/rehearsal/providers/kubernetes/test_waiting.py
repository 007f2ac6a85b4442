"""Pulumi's annotations: what is awaited, and which are known."""

import pytest

from airflow_infra.rehearsal.providers.kubernetes.waiting import annotation_problems, awaited

OBJECT = {
    "metadata": {"name": "a"},
    "status": {
        "created": True,
        "phase": "Active",
        "byPod": [{"id": "one", "observedGeneration": 1}, {"id": "two", "observedGeneration": 2}],
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Stalled", "status": "False"}],
    },
}


def missing(expression: str) -> str | None:
    condition = awaited({"annotations": {"pulumi.com/waitFor": expression}})
    assert condition is not None
    return condition(OBJECT)


@pytest.mark.parametrize(
    "expression",
    [
        "jsonpath={.status.created}=true",
        "jsonpath={.status.phase}=Active",
        "jsonpath={.status.phase}",
        "jsonpath={.status.byPod[1].observedGeneration}=2",
        'jsonpath={.status.byPod[?(@.id=="two")].observedGeneration}=2',
        "jsonpath={.status['phase']}=Active",
        "jsonpath={.status.byPod[*].id}",
        "condition=Ready",
        "condition=Stalled=False",
        '["condition=Ready", "jsonpath={.status.created}=true"]',
    ],
)
def test_what_is_so_is_not_awaited_any_longer(expression):
    assert missing(expression) is None


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("jsonpath={.status.created}=false", "{.status.created}=false, found true"),
        ("jsonpath={.status.nothing}", "{.status.nothing}, which the object does not have"),
        ("jsonpath={.status.nothing}=x", "{.status.nothing}=x, found nothing"),
        ("condition=Stalled", "condition Stalled=True, found False"),
        ("condition=Done", "condition Done=True, found no such condition"),
        ('["condition=Ready", "condition=Done"]', "condition Done=True, found no such condition"),
    ],
)
def test_what_is_not_so_is_named(expression, message):
    assert missing(expression) == message


@pytest.mark.parametrize(
    "expression", [".status.created=true", "jsonpath=.status", "jsonpath={.a[?(@.b>1)]}", "jsonpath={}", "[]", "[1]"]
)
def test_an_expression_that_is_not_understood_is_refused(expression):
    found = annotation_problems({"annotations": {"pulumi.com/waitFor": expression}})
    assert [problem.property for problem in found] == ['metadata.annotations["pulumi.com/waitFor"]']


def test_skipping_the_wait_skips_it():
    annotations = {"pulumi.com/waitFor": "condition=Done", "pulumi.com/skipAwait": "true"}
    assert awaited({"annotations": annotations}) is None


def test_an_annotation_that_pulumi_does_not_know_is_refused_with_a_suggestion():
    found = annotation_problems({"annotations": {"pulumi.com/waitfor": "condition=Ready"}})
    assert found[0].reason == "Pulumi has no such annotation; did you mean waitFor?"


@pytest.mark.parametrize(("word", "value"), [("skipAwait", "yes"), ("timeoutSeconds", "5m")])
def test_an_annotation_whose_value_means_nothing_is_refused(word, value):
    assert annotation_problems({"annotations": {f"pulumi.com/{word}": value}})


def test_annotations_of_others_are_not_judged():
    assert annotation_problems({"annotations": {"iam.amazonaws.com/allowed-roles": "[]"}}) == []
