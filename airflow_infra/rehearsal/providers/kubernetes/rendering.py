"""Charts at hand, rendered by the real `helm`."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Rendered
from airflow_infra.rehearsal.providers.kubernetes.client import Object
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError
from airflow_infra.rehearsal.providers.kubernetes.kinds import CLUSTER_SCOPED

_HOOK = "helm.sh/hook"
_PATIENCE_S = 60


class Helm:
    """Renders with the `helm` command.

    Args:
        command: the executable.
        folders: folders of the charts at hand, by name.
        kubernetes_version: what the templates are told, such as v1.36.3.
    """

    def __init__(self, command: Path, folders: Mapping[str, Path], kubernetes_version: str) -> None:
        self._command = command
        self._folders = folders
        self._kubernetes_version = kubernetes_version

    def render(self, chart: Chart, namespace: str, release: str, values: Mapping[str, Any]) -> Rendered | None:
        """What a chart becomes; see Renderer."""
        folder = self._folders.get(chart.name)
        if folder is None or _documents(folder / "Chart.yaml")[0]["version"] != chart.version:
            return None
        objects = self._template(folder, namespace, release, values)
        hooks = [one for one in objects if _HOOK in (one["metadata"].get("annotations") or {})]
        for one in objects:
            if one["kind"] not in CLUSTER_SCOPED:
                one["metadata"].setdefault("namespace", namespace)
        return Rendered(
            tuple(one for file in sorted((folder / "crds").glob("*.yaml")) for one in _documents(file)),
            tuple(one for one in objects if one not in hooks),
            tuple(hooks),
        )

    def _template(self, folder: Path, namespace: str, release: str, values: Mapping[str, Any]) -> list[Object]:
        command = [self._command, "template", release, folder, "--namespace", namespace, "--values", "-"]
        command += ["--kube-version", self._kubernetes_version]
        done = subprocess.run(  # noqa: S603 - helm, with a chart that is on this machine
            command, input=json.dumps(values), capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
        if done.returncode:
            raise ApiError(422, "Invalid", f"helm template {release}: {done.stderr.strip()}")
        return [one for one in YAML(typ="safe").load_all(done.stdout) if one]


def _documents(file: Path) -> list[Any]:
    return [one for one in YAML(typ="safe").load_all(file) if one]
