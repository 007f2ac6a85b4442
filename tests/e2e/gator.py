"""Runs the real gator, with either of a template's languages."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from airflow_infra.policies.library import Manifest
from airflow_infra.policies.stack import StackPolicies

Language = Literal["cel", "rego"]
LANGUAGES: tuple[Language, ...] = ("cel", "rego")
Messages = dict[str, dict[str, str]]
"""By pod, then by policy."""


def passed_cases(gator: Path, folder: Path, language: Language) -> list[str]:
    """Cases of the suites below a folder that gator has verified. Fails where one of them does not hold."""
    ran = _run(gator, "verify", language, "-v", f"{folder}/...")
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
    return re.findall(r"(?m)^ +--- PASS: (\S+)", ran.stdout)


def refusals(
    gator: Path, policies: StackPolicies, pods: Sequence[Manifest], folder: Path, language: Language
) -> Messages:
    """What gator says against pods that are created; they have to have different names. Needs an empty folder."""
    policies.write(folder)
    (folder / "pods.yaml").write_text("\n---\n".join(json.dumps(pod) for pod in pods), encoding="utf-8")
    ran = _run(gator, "test", language, "--filename", str(folder), "--output", "json")
    assert ran.returncode in (0, 1), ran.stderr[-2_000:]
    found: Messages = {pod["metadata"]["name"]: {} for pod in pods}
    results: list[dict[str, Any]] = json.loads(ran.stdout or "null") or []
    for result in results:
        said = found[result["violatingObject"]["metadata"]["name"]]
        policy = result["constraint"]["metadata"]["name"]
        assert policy not in said, f"{policy} speaks twice of one pod: {result['msg']!r} and {said[policy]!r}"
        said[policy] = result["msg"]
    return found


def _run(gator: Path, command: str, language: Language, *arguments: str) -> subprocess.CompletedProcess[str]:
    native = f"--enable-k8s-native-validation={str(language == 'cel').lower()}"
    return subprocess.run(
        [gator, command, native, *arguments], capture_output=True, text=True, timeout=600, check=False
    )
