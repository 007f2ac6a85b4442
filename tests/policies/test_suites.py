"""Suites: what gator would pass although nothing is tested is refused here."""

import json
from pathlib import Path

import pytest

from airflow_infra.policies.suites import Assertion, load_suite, write_suites
from tests.policies.conftest import FILES, PolicyFolder

SUITE = "no-names/suite.yaml"
CASES = FILES[SUITE][FILES[SUITE].index("      - name: bob") :]


def test_a_suite_has_its_cases_with_their_samples(folder: PolicyFolder) -> None:
    bob, alice = load_suite(folder.path / "no-names")
    assert (bob.name, bob.sample["metadata"]["name"], bob.assertions) == ("bob", "bob", (Assertion(1, "^no$"),))
    assert alice.assertions == (Assertion("no", None),)


@pytest.mark.parametrize(
    ("text", "replacement", "message"),
    [
        ("    cases:\n" + CASES, "    cases: []\n", "no cases: gator would pass it"),
        ("tests:", "test:", "lacks tests, does not know test"),
        ("    cases:", "    case:", "lacks cases, does not know case"),
        ("kind: Suite", "kind: Suites", "expected apiVersion test.gatekeeper.sh/v1alpha1 and kind Suite"),
        ("template: template.yaml", "template: other.yaml", "expected template: template.yaml"),
        ("samples/bob.yaml", "samples/bobby.yaml", "bob: samples/bobby.yaml does not exist"),
        ("samples/bob.yaml", "samples/alice.yaml", "no case for samples/bob.yaml"),
        ("name: alice", "name: bob", "bob stands there twice"),
        ("[{violations: no}]", "[]", "alice: no assertions"),
        ("violations: no", "violation: no", "lacks violations, does not know violation"),
        ("violations: no", "violations: never", "expected violations yes, no or a number, got 'never'"),
        ('violations: 1, message: "^no$"', "violations: 1", "bob: expected the message of the violation"),
    ],
)
def test_a_suite_that_tests_less_than_it_seems_is_refused(
    folder: PolicyFolder, text: str, replacement: str, message: str
) -> None:
    folder.change(SUITE, text, replacement)
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        load_suite(folder.path / "no-names")


@pytest.mark.parametrize(
    ("assertion", "messages", "holds"),
    [
        (Assertion("no", None), [], True),
        (Assertion("no", None), ["a"], False),
        (Assertion("no", "b"), ["a"], True),
        (Assertion("yes", "a"), ["a", "a"], True),
        (Assertion("yes", "b"), ["a"], False),
        (Assertion(1, "a"), ["a", "b"], True),
        (Assertion(1, "a"), ["a", "a"], False),
    ],
)
def test_violations_are_counted_as_gator_counts_them(assertion: Assertion, messages: list[str], holds: bool) -> None:
    assert assertion.holds(messages) is holds


def test_suites_are_written_as_gator_reads_them(folder: PolicyFolder, tmp_path: Path) -> None:
    into = tmp_path / "written"
    write_suites(folder.path, into)
    written = into / "no-names"
    assert json.loads((written / "template.yaml").read_text())["kind"] == "ConstraintTemplate"
    assert json.loads((written / "constraint.yaml").read_text())["spec"]["parameters"] == {"forbidden": "bob"}
    assert (written / "suite.yaml").read_text() == FILES[SUITE]
    assert (written / "samples/bob.yaml").is_file()
