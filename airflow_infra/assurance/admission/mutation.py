"""Gatekeeper's Assign objects, applied to a pod that is created.

As Gatekeeper 3.23 does (pkg/mutation/mutators/core/mutation_function.go): a path that is missing is made, except for
elements of a list, and `pathTests` decide at each step whether to go on. Only what the policies here use is known.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_infra.assurance.admission.matching import matches_namespace, namespace_of
from airflow_infra.assurance.admission.reads import Reads
from airflow_infra.assurance.check.types import Manifest

_LOCATION = re.compile(r"\w+(\[\w+:\s*\*\])?(\.\w+(\[\w+:\s*\*\])?)*")
_TESTS = {"MustExist": True, "MustNotExist": False}


@dataclass(frozen=True)
class _Step:
    field: str
    every: bool = False
    """The field is a list, and all its elements are meant."""
    exists: bool | None = None
    """Whether the field must be there already, where that is tested."""


@dataclass(frozen=True)
class Mutator:
    """One Assign object."""

    name: str
    steps: tuple[_Step, ...]
    value: Any
    matches: Callable[[str], bool]

    def applied(self, pod: Manifest) -> Manifest:
        """The pod with the value assigned. The pod given is left as it is, what does not change is shared with it."""
        return self._at(pod, 0)

    @property
    def path(self) -> str:
        """What it reads and writes, such as `spec.containers[*].securityContext.allowPrivilegeEscalation`."""
        return ".".join(step.field + ("[*]" if step.every else "") for step in self.steps)

    def _at(self, value: Manifest, depth: int) -> Manifest:
        step = self.steps[depth]
        if step.exists is not None and step.exists != (step.field in value):
            return value
        if depth == len(self.steps) - 1:
            return {**value, step.field: self.value}
        if not step.every:
            below = value.get(step.field)
            after = self._at({} if below is None else below, depth + 1)
            return value if after is below else {**value, step.field: after}
        elements = value.get(step.field) or []
        changed = [self._at(element, depth + 1) for element in elements]
        if all(after is before for after, before in zip(changed, elements, strict=True)):
            return value
        return {**value, step.field: changed}


class Mutation:
    """Some mutators, in the order in which Gatekeeper applies them."""

    def __init__(self, mutators: Sequence[Manifest]) -> None:
        """Raises `ValueError` for a mutator that is not understood here."""
        self._mutators = [mutator for manifest in mutators for mutator in _mutators(manifest)]
        self._by_namespace: dict[str, list[Mutator]] = {}

    def mutated(self, pod: Manifest) -> Manifest:
        """The pod as the mutating webhook returns it. The pod given is left as it is."""
        namespace = namespace_of(pod)
        mutators = self._by_namespace.get(namespace)
        if mutators is None:
            mutators = [mutator for mutator in self._mutators if mutator.matches(namespace)]
            self._by_namespace[namespace] = mutators
        for mutator in mutators:
            pod = mutator.applied(pod)
        return pod

    def reads(self) -> Reads:
        """What of a pod decides about the mutation."""
        return Reads().add("metadata.namespace", *(mutator.path for mutator in self._mutators))


def _mutators(manifest: Manifest) -> list[Mutator]:
    """The mutator, or none where it isn't for pods that are created."""
    name, spec = str(manifest["metadata"]["name"]), manifest["spec"]
    what = f"{manifest.get('kind')} {name}"
    location, assign = str(spec["location"]), spec["parameters"]["assign"]
    if manifest.get("kind") != "Assign" or set(assign) != {"value"} or not _LOCATION.fullmatch(location):
        raise ValueError(f"{what}: expected an Assign of a value to a location such as spec.containers[name:*].image")
    if not any(_for_new_pods(each) for each in spec["applyTo"]):
        return []
    words = _words(location)
    prefixes = [words[: count + 1] for count in range(len(words))]
    tests: dict[tuple[str, ...], bool] = {}
    for test in spec["parameters"].get("pathTests", []):
        path, condition = _words(str(test["subPath"])), test["condition"]
        if path not in prefixes or condition not in _TESTS:
            raise ValueError(f"{what}: expected pathTests on a part of {location}, got {condition} {test['subPath']}")
        tests[path] = _TESTS[condition]
    steps = tuple(
        _Step(word.partition("[")[0], "[" in word, tests.get(prefixes[depth])) for depth, word in enumerate(words)
    )
    return [Mutator(name, steps, assign["value"], matches_namespace(spec.get("match") or {}, what))]


def _for_new_pods(apply_to: Manifest) -> bool:
    operations = apply_to.get("operations") or ["*"]
    return (
        "" in apply_to.get("groups", [])
        and "v1" in apply_to.get("versions", [])
        and "Pod" in apply_to.get("kinds", [])
        and ("*" in operations or "CREATE" in operations)
    )


def _words(location: str) -> tuple[str, ...]:
    return tuple(location.replace(" ", "").split("."))
