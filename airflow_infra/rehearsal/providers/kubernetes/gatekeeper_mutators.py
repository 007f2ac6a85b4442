"""What Gatekeeper's webhook refuses in an Assign object.

Source: the definition in the chart and pkg/mutation of Gatekeeper 3.23.1 (read 2026-11-22). Assign alone is modelled.
"""

import re
from collections.abc import Iterator
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes import gatekeeper_schema
from airflow_infra.rehearsal.providers.kubernetes.client import Object
from airflow_infra.rehearsal.providers.kubernetes.custom import structural_problems
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem

GROUP = "mutations.gatekeeper.sh"
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_STEP = re.compile(rf"({_NAME})(?:\[\s*({_NAME})\s*:\s*(\*|{_NAME})\s*\])?(\.|$)")
_SOURCES = ("value", "fromMetadata", "externalData")


def is_assign(manifest: Object) -> bool:
    """Whether a manifest is an Assign object."""
    return manifest.get("kind") == "Assign" and str(manifest.get("apiVersion")).startswith(f"{GROUP}/")


def assign_problems(manifest: Object) -> list[Problem]:
    """What is wrong with an Assign object."""
    found = structural_problems(gatekeeper_schema.ASSIGN, manifest)
    return found or [*_semantic_problems(manifest["spec"])]


def _semantic_problems(spec: dict[str, Any]) -> Iterator[Problem]:
    if not spec["applyTo"]:
        yield Problem("spec.applyTo", "empty: Gatekeeper changes nothing that is not named")
    for index, applies in enumerate(spec["applyTo"]):
        yield from (
            Problem(f"spec.applyTo[{index}].{key}", "missing: expected groups, versions and kinds")
            for key in ("groups", "versions", "kinds")
            if not applies.get(key)
        )
    location, parameters = _steps(spec["location"]), spec["parameters"]
    if not location:
        yield Problem(
            "spec.location", f"expected a path such as spec.containers[name:*].image, got {spec['location']!r}"
        )
    elif location[0][0] == "metadata":
        yield Problem("spec.location", "an Assign can't change metadata: use AssignMetadata")
    elif location[-1][1:] == ("name", "*"):
        yield Problem("spec.location", "ends in every item of a list: expected a field of the items")
    for index, test in enumerate(parameters.get("pathTests") or []):
        steps = _steps(test["subPath"])
        if not steps or steps != location[: len(steps)]:
            reason = f"expected a path that begins spec.location, got {test['subPath']!r}"
            yield Problem(f"spec.parameters.pathTests[{index}].subPath", reason)
    given = [source for source in _SOURCES if source in parameters["assign"]]
    if len(given) != 1:
        yield Problem("spec.parameters.assign", f"expected one of {', '.join(_SOURCES)}, got {len(given)}")


def _steps(path: str) -> list[tuple[str, ...]]:
    """Fields of a path, each with the key of its list, or nothing when it is none."""
    steps: list[tuple[str, ...]] = []
    position = 0
    while position < len(path):
        found = _STEP.match(path, position)
        if not found or (found[4] == "." and found.end() == len(path)):
            return []
        steps.append(tuple(part.strip("\"'") for part in found.groups()[:3] if part is not None))
        position = found.end()
    return steps
