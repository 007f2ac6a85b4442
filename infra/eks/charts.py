"""Helm charts: releases whose values are checked against the keys of that chart version.

Helm takes any value and ignores the ones that it does not know, and Pulumi does not look inside a chart: without this
a misspelt key is a setting that was never made.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from airflow_infra.catalogue import charts as catalogue


class UnknownChartValueError(ValueError):
    """Values that the chart does not know."""


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path


def _is_known(path: str, keys: Collection[str]) -> bool:
    """A path is known by itself, below a key that takes a whole block (resources), or by `block.*`."""
    parts = path.split(".")
    parents = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    wildcards = {f"{'.'.join(parts[:length])}.*" for length in range(1, len(parts))}
    return any(key in parents or key in wildcards for key in keys)


def check_values(chart: str, version: str, values: Mapping[str, Any], keys: Collection[str]) -> None:
    """Refuse values of which the chart knows nothing.

    `keys` are dotted paths; `extraArgs.*` allows anything below `extraArgs`. Raises `UnknownChartValueError` naming
    every unknown path, each with the nearest known one.
    """
    problems: list[str] = []
    for path in _leaves(values):
        if not _is_known(path, keys):
            near = difflib.get_close_matches(path, keys, n=1, cutoff=0.5)
            problems.append(f"{path}" + (f" (did you mean {near[0]}?)" if near else ""))
    if problems:
        raise UnknownChartValueError(f"the chart {chart} {version} has no value {', '.join(problems)}")


@dataclass(frozen=True)
class Chart:
    """A chart at a version: from a repository by its name, or an OCI reference."""

    reference: str
    version: str
    repository: str | None = None

    @property
    def name(self) -> str:
        """Name under which it is installed, and under which the catalogue knows it."""
        return self.reference.rpartition("/")[2].removesuffix("-chart")


def release(
    chart: Chart, namespace: str, values: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> k8s.helm.v3.Release:
    """A Helm release of the chart's name, whose values the chart knows.

    Awaits its workloads for 10 minutes. A release that fails is taken away again, so that the next run starts clean
    rather than from a release recorded as failed.
    """
    known = catalogue.chart(chart.name)
    check_values(chart.name, chart.version, values, known.values_keys)
    if chart.version != known.values_version:
        pulumi.log.info(
            f"values of the chart {chart.name} {chart.version} were checked against the keys of {known.values_version}"
        )
    return k8s.helm.v3.Release(
        chart.name,
        name=chart.name,
        chart=chart.reference,
        version=chart.version,
        namespace=namespace,
        repository_opts=None if chart.repository is None else {"repo": chart.repository},
        values=values,
        atomic=True,
        timeout=600,
        opts=opts,
    )
