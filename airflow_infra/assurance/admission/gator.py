"""The policies by the real `gator test`, which evaluates them as Gatekeeper does."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
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
    """`gator test` on the policies of a stack. A run of it takes about half a second, and 2 ms a pod."""

    def __init__(self, policies: StackPolicies, gator: Path) -> None:
        """Raises `ValueError` when there are no policies, of which gator would say nothing."""
        if not policies.policies:
            raise ValueError("there are no policies: gator would admit everything")
        self._policies, self._gator = policies, gator

    def review(self, pods: Sequence[Manifest]) -> Iterable[tuple[Finding, ...]]:
        """What the policies say of each of some pods, which are as they are after mutation. Raises GatorError."""
        if not pods:
            return []
        with tempfile.TemporaryDirectory(prefix="airflow-infra-gator-") as folder:
            self._policies.write(Path(folder) / "policies")
            # gator repeats what it refuses: a number of ours says which of the pods it is, whatever their names are.
            numbered = [_numbered(pod, number) for number, pod in enumerate(pods)]
            text = "\n---\n".join(json.dumps(pod) for pod in numbered)
            (Path(folder) / "pods.yaml").write_text(text, encoding="utf-8")
            results = self._run(Path(folder), len(pods))
        found: list[list[Finding]] = [[] for _ in pods]
        for result in results:
            number = int(result["violatingObject"]["metadata"]["uid"])
            name, action = result["constraint"]["metadata"]["name"], result["enforcementAction"]
            for text in messages(result["msg"]):
                failed = _FAILED in text
                found[number].append(Finding(name, text, field_of(text, pods[number]), action, failed=failed))
        return [tuple(sorted(each, key=lambda finding: finding.by)) for each in found]

    def _run(self, folder: Path, count: int) -> list[dict[str, Any]]:
        command = [str(self._gator), "test", "--filename", str(folder), "--output", "json"]
        timeout_s = _TIMEOUT_S + _TIMEOUT_PER_POD_S * count
        try:
            ran = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)  # noqa: S603 - our own
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
