"""Helm releases, through the API of the cluster: a secret per revision as Helm keeps it, and the chart's definitions.

A chart's templates are not rendered: what they would make is named as not checked. On uninstall Helm removes the
release and keeps the definitions of the chart's crds folder, and a namespace that it made (Helm documentation,
"Custom Resource Definitions"; general knowledge).
"""

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.charts import Chart
from airflow_infra.rehearsal.providers.kubernetes.client import KubernetesApi, Object, Reference, manager_of
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError

HELM = "helm"
"""Helm's field manager."""
_SECRET_TYPE = "helm.sh/release.v1"  # noqa: S105 - a type, no secret


@dataclass(frozen=True)
class Release:
    """A revision of a release, as it stands in a cluster."""

    name: str
    namespace: str
    revision: int
    chart: str
    version: str
    app_version: str
    values: dict[str, Any]

    def status(self) -> dict[str, Any]:
        """The `status` output of Pulumi's Release."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "revision": self.revision,
            "status": "deployed",
            "chart": self.chart,
            "version": self.version,
            "appVersion": self.app_version,
        }


def find(api: KubernetesApi, namespace: str, name: str) -> Release | None:
    """The newest revision of a release, or None."""
    revisions = [decode(secret) for secret in _secrets(api, namespace, name)]
    return max(revisions, key=lambda release: release.revision) if revisions else None


def deployed(api: KubernetesApi) -> list[Release]:
    """Every revision of every release in the cluster."""
    secrets = api.objects("v1", "Secret")
    return [decode(secret) for secret in secrets if secret.get("type") == _SECRET_TYPE]


def install(
    api: KubernetesApi, chart: Chart, namespace: str, name: str, values: dict[str, Any], *, create_namespace: bool
) -> Release:
    """Install a chart. Raises ApiError where Helm would fail, and where two owners would share a namespace."""
    home = api.get(Reference("v1", "Namespace", None, namespace))
    if home is None and create_namespace:
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        api.create(manifest, HELM)
    elif home is None:
        message = f"namespace {namespace!r} does not exist: create it first, or set createNamespace"
        raise ApiError(404, "NotFound", message)
    elif create_namespace and manager_of(home) not in {HELM, "kube-apiserver"}:
        message = (
            f"namespace {namespace} already stands, managed by {manager_of(home)}: "
            "unset createNamespace, or leave the namespace to Helm"
        )
        raise ApiError(409, "AlreadyExists", message)
    if find(api, namespace, name) is not None:
        raise ApiError(409, "AlreadyExists", f"cannot re-use a name that is still in use: release {namespace}/{name}")
    for kind in chart.crds:
        definition = kind.definition()
        if (
            api.get(Reference(definition["apiVersion"], definition["kind"], None, definition["metadata"]["name"]))
            is None
        ):
            api.create(definition, HELM)
    return _record(api, chart, namespace, name, values, revision=1)


def upgrade(api: KubernetesApi, chart: Chart, namespace: str, name: str, values: dict[str, Any]) -> Release:
    """Upgrade a release. Helm leaves the chart's definitions as they are."""
    standing = find(api, namespace, name)
    if standing is None:
        raise ApiError(404, "NotFound", f"release {namespace}/{name} has no deployed releases")
    return _record(api, chart, namespace, name, values, revision=standing.revision + 1)


def uninstall(api: KubernetesApi, namespace: str, name: str) -> None:
    """Uninstall a release. The chart's definitions and the namespace stay. One that is gone is no error."""
    for secret in _secrets(api, namespace, name):
        api.delete(Reference("v1", "Secret", namespace, secret["metadata"]["name"]))


def decode(secret: Object) -> Release:
    """The release that a secret of Helm's holds: JSON, packed by gzip, in base64, as bytes of a secret (Helm 3)."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    record = json.loads(gzip.decompress(packed))
    chart = record["chart"]["metadata"]
    return Release(
        record["name"],
        record["namespace"],
        record["version"],
        chart["name"],
        chart["version"],
        chart["appVersion"],
        record["config"],
    )


def _encode(release: Release) -> str:
    """What `decode` reads: as Helm writes it, without the chart's files and what they were rendered to."""
    record = {
        "name": release.name,
        "namespace": release.namespace,
        "version": release.revision,
        "info": {"status": "deployed"},
        "chart": {"metadata": {"name": release.chart, "version": release.version, "appVersion": release.app_version}},
        "config": release.values,
    }
    packed = gzip.compress(json.dumps(record, sort_keys=True).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()


def _secrets(api: KubernetesApi, namespace: str, name: str) -> list[Object]:
    return [
        secret
        for secret in api.objects("v1", "Secret", namespace)
        if secret.get("type") == _SECRET_TYPE and secret["metadata"]["labels"]["name"] == name
    ]


def _record(
    api: KubernetesApi, chart: Chart, namespace: str, name: str, values: dict[str, Any], revision: int
) -> Release:
    release = Release(name, namespace, revision, chart.name, chart.version, chart.app_version, values)
    labels = {"owner": HELM, "name": name, "status": "deployed", "version": str(revision)}
    metadata = {"name": f"sh.helm.release.v1.{name}.v{revision}", "namespace": namespace, "labels": labels}
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": _SECRET_TYPE,
        "metadata": metadata,
        "data": {"release": _encode(release)},
    }
    api.create(manifest, HELM)
    return release
