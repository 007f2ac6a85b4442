"""The suites of the policies: the verdict on each sample, in the form that gator reads, and strictly.

gator passes a suite with a misspelt key, or without cases; here both are refused.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from airflow_infra.policies.library import Manifest, load_policies, read_mapping


@dataclass(frozen=True)
class Assertion:
    """What is expected of the violations of a sample."""

    violations: int | Literal["yes", "no"]
    """How many, of those whose message matches."""
    message: str | None
    """Regular expression, searched for in each message."""

    def holds(self, messages: Sequence[str]) -> bool:
        """Whether messages of violations are as expected, as gator counts them."""
        found = sum(1 for one in messages if self.message is None or re.search(self.message, one))
        if self.violations == "yes":
            return found > 0
        return found == (0 if self.violations == "no" else self.violations)


@dataclass(frozen=True)
class Case:
    """One sample with its verdict."""

    policy: str
    name: str
    path: Path
    """The sample's file."""
    sample: Manifest
    """A pod, or an AdmissionReview of one that is created or updated."""
    assertions: tuple[Assertion, ...]


def load_suite(folder: Path) -> tuple[Case, ...]:
    """Read the suite of one policy, by its folder.

    Raises `ValueError` when it has no cases, a key that gator doesn't know, an object that doesn't exist, or leaves one
    of the samples out.
    """
    at = folder / "suite.yaml"
    suite = _keys(at, read_mapping(at), required={"apiVersion", "kind", "metadata", "tests"})
    if (suite["apiVersion"], suite["kind"]) != ("test.gatekeeper.sh/v1alpha1", "Suite"):
        raise ValueError(f"{at}: expected apiVersion test.gatekeeper.sh/v1alpha1 and kind Suite")
    cases: list[Case] = []
    for test in suite["tests"] or ():
        _keys(at, test, required={"name", "template", "constraint", "cases"})
        if (test["template"], test["constraint"]) != ("template.yaml", "constraint.yaml"):
            raise ValueError(f"{at}: {test['name']}: expected template: template.yaml and constraint: constraint.yaml")
        cases += [_case(folder, case) for case in test["cases"] or ()]
    if not cases:
        raise ValueError(f"{at}: no cases: gator would pass it")
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{at}: {', '.join(twice)} stands there twice")
    unused = set((folder / "samples").iterdir()) - {case.path for case in cases}
    if unused:
        raise ValueError(f"{at}: no case for {', '.join(sorted(f'samples/{path.name}' for path in unused))}")
    return tuple(cases)


def write_suites(folder: Path, into: Path) -> None:
    """Write every policy of a folder as `gator verify DIR/...` reads it, with the parameters that its samples rely on.

    `into` gets a folder for each: template.yaml, constraint.yaml, suite.yaml and samples. Raises `ValueError` when a
    policy or its suite is incomplete.
    """
    for policy in load_policies(folder):
        load_suite(folder / policy.name)
        target = into / policy.name
        shutil.copytree(folder / policy.name / "samples", target / "samples")
        shutil.copy(folder / policy.name / "suite.yaml", target)
        # JSON is YAML in every version of it; a YAML writer might leave a `no` unquoted.
        (target / "template.yaml").write_text(json.dumps(policy.template(), indent=2), encoding="utf-8")
        (target / "constraint.yaml").write_text(json.dumps(policy.applied, indent=2), encoding="utf-8")


def _case(folder: Path, case: Any) -> Case:
    at = folder / "suite.yaml"
    _keys(at, case, required={"name", "object", "assertions"})
    path = folder / str(case["object"])
    if not path.is_file():
        raise ValueError(f"{at}: {case['name']}: {case['object']} does not exist")
    assertions = tuple(_assertion(at, case["name"], assertion) for assertion in case["assertions"] or ())
    if not assertions:
        raise ValueError(f"{at}: {case['name']}: no assertions")
    return Case(folder.name, str(case["name"]), path, read_mapping(path), assertions)


def _assertion(at: Path, name: str, assertion: Any) -> Assertion:
    _keys(at, assertion, required={"violations"}, optional={"message"})
    violations, message = assertion["violations"], assertion.get("message")
    if violations not in ("yes", "no") and (not isinstance(violations, int) or isinstance(violations, bool)):
        raise ValueError(f"{at}: {name}: expected violations yes, no or a number, got {violations!r}")
    if violations not in ("no", 0) and message is None:
        raise ValueError(f"{at}: {name}: expected the message of the violation: broken CEL is a violation too")
    return Assertion(violations, message)


def _keys(at: Path, value: Any, required: set[str], optional: frozenset[str] | set[str] = frozenset()) -> Manifest:
    if not isinstance(value, dict):
        raise ValueError(f"{at}: expected a mapping with {', '.join(sorted(required))}, got {value!r}")
    missing, unknown = required - value.keys(), value.keys() - required - optional
    if missing or unknown:
        found = [f"lacks {key}" for key in sorted(missing)] + [f"does not know {key}" for key in sorted(unknown)]
        raise ValueError(f"{at}: {value.get('name', 'the suite')}: {', '.join(found)}")
    return value
