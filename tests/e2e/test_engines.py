"""Thousands of generated pods by `check`'s engine and by the real gator in both languages: the same messages."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_infra.assurance.admission.schema import PodSchema
from airflow_infra.assurance.check.checker import Checker
from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import StackPolicies
from tests.e2e.engines import POLICIES, OwnEngine, differences, named, policies_of_dev
from tests.e2e.gator import LANGUAGES, Language, Messages, refusals
from tests.e2e.judges import checker
from tests.e2e.platform import STACK
from tests.e2e.pods import pods, sampled

MADE, PODS, BATCH = 6500, 5000, 2500


def by_gator(gator: Path, policies: StackPolicies, made: Sequence[Manifest], folder: Path) -> dict[Language, Messages]:
    """What gator says in each language; pods by the thousand, so that it needs little memory."""

    def all_by(language: Language) -> Messages:
        found: Messages = {}
        for start in range(0, len(made), BATCH):
            batch = made[start : start + BATCH]
            found |= refusals(gator, policies, batch, folder / f"{language}-{start}", language)
        return found

    with ThreadPoolExecutor(len(LANGUAGES)) as both:
        return dict(zip(LANGUAGES, both.map(all_by, LANGUAGES), strict=True))


@pytest.fixture(scope="module")
def made() -> list[Manifest]:
    """Different pods with nulls in them, in all three lists of containers, as they were written."""
    different = {json.dumps(pod): pod for pod in sampled(pods(policies_of_dev(), nulls=True), MADE, number=2026)}
    assert len(different) >= PODS
    return named([*different.values()][:PODS])


def unmutated(made: list[Manifest]) -> list[Manifest]:
    schema = PodSchema(STACK.settings.eks.cluster.kubernetes_version)
    return [schema.without_nulls(pod) for pod in made]


def mutated(made: list[Manifest]) -> list[Manifest]:
    judge = checker(Checker, STACK.settings, POLICIES)
    return [judge.admitted(pod) for pod in made]


@pytest.mark.parametrize("as_they_are", [unmutated, mutated])
def test_all_engines_give_the_same_messages(
    binaries: Path,
    made: list[Manifest],
    as_they_are: Callable[[list[Manifest]], list[Manifest]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    policies, judged = policies_of_dev(), as_they_are(made)
    ours = OwnEngine(policies).messages(judged)
    theirs = by_gator(binaries / "gator", policies, judged, tmp_path)
    count = sum(len(messages) for messages in ours.values())
    record_property(
        "compared",
        f"check, gator in CEL and in Rego: {len(judged)} generated pods {as_they_are.__name__}, {count} messages",
    )
    assert differences(ours, theirs["cel"]) == []
    assert differences(theirs["cel"], theirs["rego"]) == []
