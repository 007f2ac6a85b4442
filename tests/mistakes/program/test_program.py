"""Every deliberate mistake in the platform's own program is caught by a rehearsal, and its cause is named.

Mistakes that AWS refuses are made in one rehearsal, and those that only go wrong later in another: a program with a
process of its own for each would cost a minute and a half.
"""

import ast
import shutil
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from airflow_infra.assurance.invariants.invariant import Subject
from airflow_infra.assurance.judge import judge
from airflow_infra.assurance.look import Look
from airflow_infra.assurance.order import check_order
from airflow_infra.assurance.order_rules import RULES
from airflow_infra.assurance.slack import find_slack
from airflow_infra.catalogue.estimates import durations
from airflow_infra.cli.surroundings import emulated_aws
from airflow_infra.policies.stack import POLICIES, stack_policies
from airflow_infra.rehearsal.emulated import EmulatedAws
from airflow_infra.rehearsal.program.program import Program
from airflow_infra.rehearsal.rehearsal import Rehearsal
from airflow_infra.settings.names import Names
from airflow_infra.settings.readers import PROJECT, Stack, load_stack, program_config

FOLDER = Path(__file__).parent
REPOSITORY = Path(__file__).parents[3]
AS_OF = date(2026, 11, 22)


class Mistake(NamedTuple):
    """What the file of a mistake says of it."""

    name: str
    caught_by: str
    """An invariant, a rule of the order, `slack`, or `rehearsal` where a step fails."""
    expected: str
    """What the message has to say."""
    also: tuple[str, ...]
    """What else rightly sees it."""


class Finding(NamedTuple):
    """What a rehearsal says, and by what it found it."""

    by: str
    message: str


def mistakes() -> Iterator[Mistake]:
    for file in sorted(FOLDER.glob("*.py")):
        if not file.stem.startswith("test_"):
            said = constants(file)
            yield Mistake(file.stem, said["caught_by"], said["expected"], said.get("also", ()))


def constants(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for statement in ast.parse(file.read_text()).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="caught_by" | "expected" | "also" as name)], value=value):
                found[name] = ast.literal_eval(value)
            case _:
                pass
    return found


MISTAKES = tuple(mistakes())
REFUSED = tuple(one for one in MISTAKES if one.caught_by == "rehearsal")
QUIET = tuple(one for one in MISTAKES if one not in REFUSED)


def with_mistakes(made: Sequence[Mistake], folder: Path) -> None:
    """The platform's program, with mistakes imported before it."""
    for package in ("infra", "airflow_infra"):
        (folder / package).symlink_to(REPOSITORY / package)
    for mistake in made:
        shutil.copy(FOLDER / f"{mistake.name}.py", folder)
    imports = "".join(f"import {mistake.name}\n" for mistake in made)
    (folder / "__main__.py").write_text(imports + (REPOSITORY / "__main__.py").read_text())


def findings(running: Rehearsal, stack: Stack) -> Iterator[Finding]:
    """All that a rehearsal has to say after the first `up`, but for what waits for the gateways' owners."""
    yield from (Finding("rehearsal", error.message) for error in running.result.errors)
    graph = running.result.graph
    yield from (Finding(violation.rule, violation.message) for violation in check_order(graph, RULES).violations)
    yield from (Finding("slack", slack.message) for slack in find_slack(graph, durations()))
    environment = running.environment
    assert isinstance(environment, EmulatedAws)
    account = stack.settings.account
    names = Names(stack.name, account.id, account.region)
    api = next((api for api in environment.clusters.live() if api.name == names.cluster), None)
    policies = stack_policies(REPOSITORY / POLICIES, stack.settings, names)
    subject = Subject(Look(environment.account.client), stack.settings, names, AS_OF, api, policies)
    for judgement in judge(subject, accepted=False):
        if judgement.status == "failed":
            yield Finding(judgement.id, judgement.reason)


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What a rehearsal of the program with several mistakes says."""
    folder = tmp_path_factory.mktemp("program").resolve()
    with_mistakes(request.param, folder)
    stack = load_stack("dev", REPOSITORY, as_of=AS_OF)
    program = Program(folder, PROJECT, "dev", program_config(stack))
    with Rehearsal(program, lambda: emulated_aws(stack.settings)) as running:
        running.up()
        return list(findings(running, stack))


EACH = [
    pytest.param(made, mistake, id=mistake.name, marks=pytest.mark.xdist_group(f"mistakes-{group}"))
    for group, made in (("refused", REFUSED), ("quiet", QUIET))
    for mistake in made
]


def test_there_are_twelve_mistakes() -> None:
    assert len(MISTAKES) == 12


@pytest.mark.parametrize(("found", "mistake"), EACH, indirect=["found"], scope="module")
def test_a_mistake_in_the_program_is_caught_and_named(found: list[Finding], mistake: Mistake) -> None:
    messages = [finding.message for finding in found if finding.by == mistake.caught_by]
    assert any(mistake.expected in message for message in messages), messages or found


@pytest.mark.xdist_group("mistakes-quiet")
@pytest.mark.parametrize("found", [QUIET], ids=["quiet"], indirect=True, scope="module")
def test_nothing_else_is_found(found: list[Finding]) -> None:
    rightly = {by for mistake in QUIET for by in (mistake.caught_by, *mistake.also)}
    assert [finding for finding in found if finding.by not in rightly] == []
