"""The policies by the real `gator test`, which evaluates them as Gatekeeper does."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow_infra.assurance.admission.findings import field_of, messages
from airflow_infra.assurance.check.types import Finding, Manifest
from airflow_infra.policies.stack import StackPolicies

_TIMEOUT_S = 60
_TIMEOUT_PER_POD_S = 0.1
_REFUSED = 1
_FAILED = "' resulted in error: "
"""Stands in the message of a policy whose CEL fails on a pod (seen with gator 3.23.1)."""


class GatorError(Exception):
    """gator is missing, or failed for another reason than a pod that it refuses."""


def find_gator(project: Path) -> Path:
    """The gator that the project builds, or the one on PATH. Raises GatorError."""
    built = project / "tools" / "bin" / "gator"
    found = str(built) if built.exists() else shutil.which("gator")
    if found is None:
        raise GatorError(
            f"there is no gator, neither {built} nor on PATH: `make cluster` builds it (it needs Go), "
            "or leave --engine out"
        )
    return Path(found)


class GatorEngine:
    """`gator test` on the policies of a stack. A run of it takes about half a second, and 2 ms a pod.

    It reviews objects without an operation and reads no AdmissionReview (seen with gator 3.23.1): what a policy refuses
    on creation only, as dedicated-node-groups does spec.nodeName, it does not refuse.
    """

    def __init__(self, policies: StackPolicies, gator: Path) -> None:
        """Raises `ValueError` when there are no policies, of which gator would say nothing."""
        if not policies.policies:
            raise ValueError("there are no policies: gator would admit everything")
        self._gator = gator
        self._policies = [json.dumps(manifest) for manifest in (*policies.templates, *policies.constraints)]

    def findings(self, pod: Manifest) -> tuple[Finding, ...]:
        """What the policies say of one pod, which is as it is after mutation. Raises GatorError."""
        (findings,) = self.review([pod])
        return findings

    def review(self, pods: Sequence[Manifest]) -> list[tuple[Finding, ...]]:
        """What the policies say of each of some pods, by one run of gator. Raises GatorError."""
        if not pods:
            return []
        # gator repeats what it refuses: a number of ours says which of the pods it is, whatever their names are.
        numbered = [json.dumps(_numbered(pod, number)) for number, pod in enumerate(pods)]
        results = self._run("\n---\n".join((*self._policies, *numbered)), len(pods))
        found: list[list[Finding]] = [[] for _ in pods]
        for result in results:
            number = int(result["violatingObject"]["metadata"]["uid"])
            name, action = result["constraint"]["metadata"]["name"], result["enforcementAction"]
            for text in messages(result["msg"]):
                failed = _FAILED in text
                found[number].append(Finding(name, text, field_of(text, pods[number]), action, failed=failed))
        return [tuple(sorted(each, key=lambda finding: finding.by)) for each in found]

    def _run(self, objects: str, count: int) -> list[dict[str, Any]]:
        # gator reads its standard input in any case, and waits until that ends: it never gets ours.
        command = [str(self._gator), "test", "--output", "json"]
        timeout_s = _TIMEOUT_S + _TIMEOUT_PER_POD_S * count
        try:
            ran = subprocess.run(  # noqa: S603 - our own
                command, input=objects.encode(), capture_output=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise GatorError(f"gator did not end within {timeout_s:.0f} s for {count} pods") from error
        except OSError as error:
            raise GatorError(f"{self._gator} does not run: {error}") from error
        said = ran.stderr.decode(errors="replace").strip()
        try:
            results: list[dict[str, Any]] = json.loads(ran.stdout) or []
        except ValueError:
            raise GatorError(f"gator failed with exit code {ran.returncode}: {said or 'it said nothing'}") from None
        denied = any(result["enforcementAction"] == "deny" for result in results)
        if ran.returncode != (_REFUSED if denied else 0):
            what = "it refused nothing" if not denied else "it refused something"
            raise GatorError(f"gator ended with exit code {ran.returncode}, although {what}: {said}")
        return results


def _numbered(pod: Manifest, number: int) -> Manifest:
    return {**pod, "metadata": {**(pod.get("metadata") or {}), "uid": str(number)}}
