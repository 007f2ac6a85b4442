"""The resource type `kubernetes:helm.sh/v3:Release`.

Source of what replaces and of the defaults: pulumi-kubernetes' provider/pkg/provider/helm_release.go at commit
cdd7cc16, read 2026-11-22. The outputs `manifest` and `resourceNames` come from rendered templates and are left out.
"""

import hashlib
import io
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from airflow_infra.rehearsal.providers.kubernetes import immutable, releases
from airflow_infra.rehearsal.providers.kubernetes.charts import Chart, Charts, chart_name, value_problems
from airflow_infra.rehearsal.providers.kubernetes.client import KubernetesApi, Object, without_nulls
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError
from airflow_infra.rehearsal.providers.kubernetes.releases import Release
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text
from airflow_infra.rehearsal.providers.kubernetes.syntax import is_dns_label, is_dns_subdomain
from airflow_infra.rehearsal.providers.protocol import Asset, Checked, CheckFailure, Created, Diff, Properties
from airflow_infra.rehearsal.providers.suggestions import suggestion

RELEASE = "kubernetes:helm.sh/v3:Release"
_DEFAULT_TIMEOUT_S = 300
_FLAGS = (
    "allowNullValues", "atomic", "cleanupOnFail", "createNamespace", "dependencyUpdate", "devel", "disableCRDHooks",
    "disableOpenapiValidation", "disableWebhooks", "forceUpdate", "lint", "recreatePods", "renderSubchartNotes",
    "replace", "resetValues", "reuseValues", "skipAwait", "skipCrds", "takeOwnership", "verify", "waitForJobs",
)  # fmt: skip
_TEXTS = ("chart", "compat", "description", "keyring", "name", "namespace", "postrender", "version")
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_FLAGS, (bool,)),
    **dict.fromkeys(_TEXTS, (str,)),
    "maxHistory": (int,),
    "timeout": (int,),
    "repositoryOpts": (dict,),
    "valueYamlFiles": (list,),
    "values": (dict,),
}
_WORDS = {bool: "true or false", str: "a string", int: "an integer", dict: "a mapping", list: "a list"}
_UNSUPPORTED = ("postrender", "reuseValues", "skipCrds")
_REPOSITORY = ("caFile", "certFile", "keyFile", "password", "repo", "username")


class ReleaseResource:
    """Operations of Helm releases."""

    def __init__(self, charts: Charts, not_checked: set[str], default_namespace: str) -> None:
        self._charts = charts
        self._not_checked = not_checked
        self._default_namespace = default_namespace

    def check(self, name: str, inputs: Properties) -> Checked:
        """Fill in defaults and check every input, the values against the chart's known keys."""
        release = without_nulls(deepcopy(inputs))
        release.pop("resourceNames", None)  # deprecated, and dropped by the real provider too
        failures = _type_failures(release)
        if failures:
            return Checked(release, tuple(failures))
        if not release.get("name"):
            release["name"] = f"{name}-{hashlib.sha256(f'{RELEASE} {name}'.encode()).hexdigest()[:8]}"
        release.setdefault("namespace", self._default_namespace)
        if not release.get("skipAwait"):
            release.setdefault("timeout", _DEFAULT_TIMEOUT_S)
        if len(release["name"]) > 53 or not is_dns_subdomain(release["name"]):
            failures.append(CheckFailure("name", f"{release['name']!r} is no release name: a DNS name of at most 53"))
        if not is_dns_label(release["namespace"]):
            failures.append(CheckFailure("namespace", f"{release['namespace']!r} is no DNS-1123 label"))
        failures += _merge_value_files(release)
        failures += self._chart_failures(release)
        return Checked(release, tuple(failures))

    def diff(self, old: Properties, new: Properties) -> Diff:
        """Compare two releases: another name or namespace replaces, all else is an upgrade."""
        changed = tuple(path_text(path) for path in immutable.changed_paths(old, new))
        return Diff(changed, tuple(path for path in changed if path in {"name", "namespace"}))

    def create(self, api: KubernetesApi, inputs: Properties) -> Created:
        """Install the chart and wait, unless told not to, until it is available."""
        release, definitions = self._release(inputs, revision=1)
        releases.install(api, release, definitions, create_namespace=inputs.get("createNamespace", False))
        _wait(api, release, inputs)
        return Created(f"{release.namespace}/{release.name}", _outputs(inputs, release))

    def read(self, api: KubernetesApi, namespace: str, name: str, inputs: Properties) -> Properties | None:
        """The release as it stands, or None. What a cluster does not remember of it is taken from the inputs."""
        release = releases.find(api, namespace, name)
        if release is None:
            return None
        values = {"values": release.values} if release.values else {}
        return _outputs({**inputs, "name": name, "namespace": namespace, **values}, release)

    def update(self, api: KubernetesApi, inputs: Properties) -> Properties:
        """Upgrade the release."""
        standing = releases.find(api, inputs["namespace"], inputs["name"])
        if standing is None:
            message = f"release {inputs['namespace']}/{inputs['name']} has no deployed releases"
            raise ApiError(404, "NotFound", message)
        release, _ = self._release(inputs, standing.revision + 1)
        releases.upgrade(api, standing, release)
        _wait(api, release, inputs)
        return _outputs(inputs, release)

    def delete(self, api: KubernetesApi, namespace: str, name: str) -> None:
        """Uninstall the release."""
        releases.uninstall(api, namespace, name)

    def _chart_failures(self, release: Properties) -> list[CheckFailure]:
        name, version = chart_name(release["chart"]), release.get("version")
        if not self._charts.versions(name):
            known = self._charts.names
            return [CheckFailure("chart", f"chart {name!r} is not in the chart catalogue{suggestion(name, known)}")]
        if not version:
            reason = "missing: without it Helm takes the newest chart of that day; pin a version"
            return [CheckFailure("version", reason)]
        chart = self._charts.find(name, version)
        if chart is None:
            known = ", ".join(self._charts.versions(name))
            reason = f"its values are not checked, its CRDs are those of the newest known (known: {known})"
            self._not_checked.add(f"chart {name} {version}: not in the chart catalogue; {reason}")
            return []
        if chart.withdrawn:
            return [
                CheckFailure("version", f"chart {name} {version} cannot be installed: withdrawn, or never published")
            ]
        return value_problems(chart, release.get("values") or {})

    def _release(self, inputs: Properties, revision: int) -> tuple[Release, Sequence[Object]]:
        """What is to be installed, and the definitions that its chart brings."""
        chart, values = self._chart(inputs), inputs.get("values") or {}
        namespace, name = inputs["namespace"], inputs["name"]
        renderer = self._charts.renderer
        rendered = renderer.render(chart, namespace, name, values) if renderer else None
        what = f"chart {chart.name} {chart.version}"
        if rendered is None:
            self._not_checked.add(f"{what}: its templates are not rendered, so nothing of them is checked")
            objects, definitions = (), tuple(kind.definition() for kind in chart.crds)
        else:
            hooks = ", ".join(one["metadata"]["name"] for one in rendered.hooks if one["kind"] == "Job")
            if hooks:
                self._not_checked.add(f"{what}: its hooks are not run, as no pod is: {hooks}")
            objects = tuple(releases.owned(one, namespace, name) for one in rendered.objects)
            definitions = rendered.definitions
        version, app_version = chart.version, chart.app_version
        return Release(name, namespace, revision, chart.name, version, app_version, values, objects), definitions

    def _chart(self, inputs: Properties) -> Chart:
        """The chart of a release; of a version that is not known, what the nearest known one brings."""
        name, version = chart_name(inputs["chart"]), inputs["version"]
        chart = self._charts.find(name, version)
        if chart is not None:
            return chart
        nearest = self._charts.nearest(name)
        return Chart(name, version, app_version="", value_keys=(), crds=nearest.crds)


def _wait(api: KubernetesApi, release: Release, inputs: Properties) -> None:
    if not inputs.get("skipAwait"):
        releases.wait(api, release, inputs["timeout"])


def _outputs(inputs: Properties, release: Release) -> Properties:
    return {**inputs, "version": release.version, "status": release.status()}


def _type_failures(release: Properties) -> list[CheckFailure]:
    failures: list[CheckFailure] = []
    for key, value in release.items():
        expected = _TYPES.get(key)
        if expected is None:
            failures.append(CheckFailure(key, f"Release has no such input{suggestion(key, list(_TYPES))}"))
        elif not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            failures.append(CheckFailure(key, f"expected {_WORDS[expected[0]]}, got {value!r}"))
        elif key in _UNSUPPORTED and value:
            failures.append(CheckFailure(key, "not modelled in a rehearsal"))
    if not release.get("chart"):
        failures.append(CheckFailure("chart", "missing, but required"))
    options = release.get("repositoryOpts")
    failures += [
        CheckFailure(f"repositoryOpts.{key}", f"unknown field{suggestion(key, list(_REPOSITORY))}")
        for key in (options if isinstance(options, dict) else ())
        if key not in _REPOSITORY
    ]
    return failures


def _merge_value_files(release: Properties) -> list[CheckFailure]:
    """Put the values of `valueYamlFiles` below `values`, as the real provider does."""
    merged: dict[str, Any] = {}
    for index, file in enumerate(release.get("valueYamlFiles") or []):
        if not isinstance(file, Asset):
            return [CheckFailure(f"valueYamlFiles[{index}]", f"expected an asset, got {file!r}")]
        try:
            values = YAML(typ="safe", pure=True).load(io.BytesIO(file.read())) or {}
            if not isinstance(values, dict):
                return [CheckFailure(f"valueYamlFiles[{index}]", f"expected a mapping, got {values!r}")]
        except (YAMLError, OSError) as error:
            return [CheckFailure(f"valueYamlFiles[{index}]", f"cannot be read: {error}")]
        merged = _merged(merged, values)
    if merged:
        release["values"] = _merged(merged, release.get("values") or {})
    return []


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = {**below}
    for key, value in above.items():
        standing = merged.get(key)
        merged[key] = _merged(standing, value) if isinstance(standing, dict) and isinstance(value, dict) else value
    return merged
