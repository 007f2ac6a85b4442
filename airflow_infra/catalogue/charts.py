"""Helm charts: versions, the images that belong to them, the values they take, the kinds they bring."""

from functools import cache
from typing import Literal

from airflow_infra.catalogue.loader import Catalogue, Entry, load


class CustomResource(Entry):
    """A kind that a chart adds to the cluster."""

    group: str
    """API group."""
    kind: str
    """Kind."""
    plural: str
    """Name in the API's paths."""
    scope: Literal["Cluster", "Namespaced"]
    """Whether its objects live in a namespace."""
    served: tuple[str, ...]
    """Versions that may be used."""
    storage: str
    """Version in which objects are stored."""


class Chart(Entry):
    """One chart."""

    newest: str
    """The newest version seen."""
    app_versions: dict[str, str]
    """Version of the application by version of the chart, newest first."""
    withdrawn: tuple[str, ...]
    """Versions that cannot be installed: withdrawn, or never published."""
    images: dict[str, str]
    """Image tag by Kubernetes minor, where the image follows the cluster."""
    images_one_minor_behind: dict[str, str]
    """Image tag by Kubernetes minor for which no image of its own was found."""
    values_version: str
    """Version of the chart whose values were read."""
    values_keys: tuple[str, ...]
    """Dotted paths of the values. A key stands for everything below it; `extraArgs.*` for any key below extraArgs."""
    crds: tuple[CustomResource, ...]
    """Kinds that the chart brings."""


class Charts(Catalogue):
    """The charts in use."""

    charts: dict[str, Chart]
    """By name: cluster-autoscaler, gatekeeper, kube2iam."""


@cache
def charts() -> Charts:
    """Every chart."""
    return load(Charts, "charts")


def chart(name: str) -> Chart:
    """One chart. Raises KeyError for one that the data file does not hold."""
    return charts().charts[name]
