"""The Helm releases of a cluster, from the secrets in which Helm keeps them."""

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any

from airflow_infra.assurance.kubernetes import KubernetesReader, Object

_SECRET_TYPE = "helm.sh/release.v1"  # noqa: S105 - a type, no secret


@dataclass(frozen=True)
class HelmRelease:
    """A release as it is deployed."""

    name: str
    namespace: str
    chart: str
    app_version: str
    values: dict[str, Any]
    """What was set; the chart's defaults are not among it."""
    is_rendered: bool
    """Whether its chart was rendered. A rehearsal records releases, and renders the charts that are at hand."""


def deployed(api: KubernetesReader) -> list[HelmRelease]:
    """The deployed revision of every release."""
    return [
        _release(secret)
        for secret in api.objects("v1", "Secret")
        if secret.get("type") == _SECRET_TYPE and _is_deployed(secret)
    ]


def _is_deployed(secret: Object) -> bool:
    return (secret["metadata"].get("labels") or {}).get("status") == "deployed"


def _release(secret: Object) -> HelmRelease:
    """Helm 3 packs its record as JSON by gzip, in base64, into the bytes of a secret."""
    record = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    chart = record["chart"]["metadata"]
    return HelmRelease(
        record["name"],
        record["namespace"],
        chart["name"],
        chart.get("appVersion", ""),
        record.get("config") or {},
        bool(record.get("manifest")),
    )
