"""Helm charts: releases whose values are checked against the keys of that chart version.

Helm takes any value and ignores the ones that it does not know, and Pulumi does not look inside a chart: without this
a misspelt key is a setting that was never made.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any


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
