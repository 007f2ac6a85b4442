"""What a rehearsal knows of Helm charts: given as data, checked against what a program asks for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from packaging.version import Version

from airflow_infra.rehearsal.providers.kubernetes.client import Object
from airflow_infra.rehearsal.providers.kubernetes.custom import CustomKind
from airflow_infra.rehearsal.providers.kubernetes.errors import Problem
from airflow_infra.rehearsal.providers.kubernetes.schema import path_text
from airflow_infra.rehearsal.providers.suggestions import suggestion


@dataclass(frozen=True)
class Chart:
    """One version of a chart."""

    name: str
    """Name of the chart, without repository: `gatekeeper`."""
    version: str
    app_version: str
    value_keys: tuple[str, ...]
    """Keys of its values, such as `image.tag`. Below a key that has no longer ones anything goes (`nodeSelector`),
    as it does where a key ends in `.*` (`extraArgs.*`)."""
    crds: tuple[CustomKind, ...] = ()
    """Kinds of the chart's crds folder, which Helm installs and never removes."""
    withdrawn: bool = False
    """It cannot be installed: withdrawn, or never published."""


@dataclass(frozen=True)
class Rendered:
    """What a chart becomes with a release's values."""

    definitions: tuple[Object, ...]
    """The objects of its crds folder."""
    objects: tuple[Object, ...]
    """Those of its templates, in the order in which Helm installs them."""
    hooks: tuple[Object, ...]
    """Those that Helm makes around an operation and does not keep."""


class Renderer(Protocol):
    """Renders charts that are at hand."""

    def render(self, chart: Chart, namespace: str, release: str, values: Mapping[str, Any]) -> Rendered | None:
        """What a chart becomes; None where that version is not at hand. Raises ApiError where Helm fails."""
        ...


class Charts:
    """The charts that are known, by name and version; `renderer` renders those that are at hand."""

    def __init__(self, charts: Iterable[Chart] = (), renderer: Renderer | None = None) -> None:
        self.renderer = renderer
        self._charts: dict[str, dict[str, Chart]] = {}
        for chart in charts:
            self._charts.setdefault(chart.name, {})[chart.version] = chart

    @property
    def names(self) -> list[str]:
        """Names of the known charts."""
        return sorted(self._charts)

    def versions(self, name: str) -> list[str]:
        """Known versions of a chart."""
        return list(self._charts.get(name, {}))

    def find(self, name: str, version: str) -> Chart | None:
        """A version of a chart, or None."""
        return self._charts.get(name, {}).get(version)

    def nearest(self, name: str) -> Chart:
        """The newest version of a known chart: the best that is known of versions that are not."""
        return max(self._charts[name].values(), key=lambda chart: Version(chart.version))


def chart_name(chart: str) -> str:
    """The name of a chart that may be given with its repository: `oci://host/path/name` or `repo/name`."""
    return chart.rstrip("/").rpartition("/")[2]


def value_problems(chart: Chart, values: Mapping[str, Any]) -> list[Problem]:
    """Values that the chart does not know, and single values where it has a mapping."""
    known = {tuple(key.split(".")) for key in chart.value_keys}
    return [
        Problem(path_text(("values", *path)), f"chart {chart.name} {chart.version} {reason}")
        for path, reason in _walk(values, (), known)
    ]


def _walk(
    values: Mapping[str, Any], path: tuple[str, ...], known: set[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    depth = len(path)
    siblings = sorted({key[depth] for key in known if len(key) > depth and key[:depth] == path})
    for name, value in values.items():
        at = (*path, name)
        longer = any(len(key) > depth + 1 and key[: depth + 1] == at for key in known)
        if name not in siblings:
            yield at, f"has no such value{suggestion(name, siblings)}"
        elif longer and known.isdisjoint({at, (*at, "*")}) and value is not None:
            if isinstance(value, Mapping):
                yield from _walk(value, at, known)
            else:
                yield at, f"has a mapping there, got {value!r}"
