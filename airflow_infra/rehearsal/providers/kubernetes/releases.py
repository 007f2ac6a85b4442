"""Helm releases, through the API of the cluster: a secret per revision as Helm keeps it, and the chart's definitions.

A chart that is at hand is rendered and its objects are made; of others nothing is, which is named as not checked. On
uninstall Helm removes the release with its objects; it keeps the definitions of the chart's crds folder, and a
namespace that it made (Helm documentation, "Custom Resource Definitions"; general knowledge).
"""

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from airflow_infra.rehearsal.providers.kubernetes.client import (
    KubernetesApi,
    Object,
    Reference,
    manager_of,
    reference_of,
)
from airflow_infra.rehearsal.providers.kubernetes.errors import ApiError

HELM = "helm"
"""Helm's field manager."""
_DOCUMENT = "---\n"
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
    manifest: Sequence[Object] = ()
    """The objects of a chart that was rendered."""

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


def install(api: KubernetesApi, release: Release, definitions: Sequence[Object], *, create_namespace: bool) -> None:
    """Install a chart. Raises ApiError where Helm would fail, and where two owners would share a namespace."""
    namespace, name = release.namespace, release.name
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
    for definition in definitions:
        if api.get(reference_of(definition)) is None:
            api.create(definition, HELM)
    for obj in release.manifest:
        api.create(obj, HELM)
    _record(api, release)


def upgrade(api: KubernetesApi, standing: Release, release: Release) -> None:
    """Upgrade a release. Helm leaves the chart's definitions as they are."""
    for obj in release.manifest:
        api.apply(obj, HELM)
    kept = {reference_of(obj) for obj in release.manifest}
    _delete(api, [obj for obj in standing.manifest if reference_of(obj) not in kept])
    _record(api, release)


def wait(api: KubernetesApi, release: Release, timeout_s: float) -> None:
    """Wait, as Helm does, until the release's Deployments are available. Raises ApiError when time is up."""
    for obj in release.manifest:
        if obj["kind"] == "Deployment":
            missing = api.wait(reference_of(obj), _unavailable, timeout_s)
            if missing:
                raise ApiError(504, "Timeout", f"{reference_of(obj)}: {missing} after {timeout_s:.0f} s")


def uninstall(api: KubernetesApi, namespace: str, name: str) -> None:
    """Uninstall a release. The chart's definitions and the namespace stay. One that is gone is no error."""
    standing = find(api, namespace, name)
    if standing is not None:
        _delete(api, standing.manifest)
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
        tuple(json.loads(document) for document in record["manifest"].split(_DOCUMENT) if document),
    )


def _encode(release: Release) -> str:
    """What `decode` reads: as Helm writes it, without the chart's files."""
    record = {
        "name": release.name,
        "namespace": release.namespace,
        "version": release.revision,
        "info": {"status": "deployed"},
        "chart": {"metadata": {"name": release.chart, "version": release.version, "appVersion": release.app_version}},
        "config": release.values,
        "manifest": "".join(_DOCUMENT + json.dumps(obj, sort_keys=True) for obj in release.manifest),
    }
    packed = gzip.compress(json.dumps(record, sort_keys=True).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()


def _secrets(api: KubernetesApi, namespace: str, name: str) -> list[Object]:
    return [
        secret
        for secret in api.objects("v1", "Secret", namespace)
        if secret.get("type") == _SECRET_TYPE and secret["metadata"]["labels"]["name"] == name
    ]


def _record(api: KubernetesApi, release: Release) -> None:
    name, revision = release.name, release.revision
    labels = {"owner": HELM, "name": name, "status": "deployed", "version": str(revision)}
    metadata = {
        "name": f"sh.helm.release.v1.{name}.v{revision}",
        "namespace": release.namespace,
        "labels": labels,
    }
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": _SECRET_TYPE,
        "metadata": metadata,
        "data": {"release": _encode(release)},
    }
    api.create(manifest, HELM)


def owned(obj: Object, namespace: str, release: str) -> Object:
    """An object of a chart with the marks by which Helm 3 knows its own (Helm documentation, general knowledge)."""
    metadata = obj["metadata"]
    labels = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": "Helm"}
    marks = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
    annotations = {**(metadata.get("annotations") or {}), **marks}
    return {**obj, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _delete(api: KubernetesApi, objects: Sequence[Object]) -> None:
    """Delete objects, the last one first: webhooks before what answers them."""
    for obj in reversed(objects):
        try:
            api.delete(reference_of(obj))
        except ApiError as error:
            if error.status != 404:
                raise


def _unavailable(deployment: Object) -> str | None:
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status") or {}
    available = status.get("availableReplicas", 0)
    if status.get("observedGeneration", 0) >= deployment["metadata"]["generation"] and available >= wanted:
        return None
    return f"{available} of {wanted} replicas available"
