"""The table of mutations: the rows of every module beside this one that has `MUTATIONS`."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from mutations.mutation import Mutation

NOT_SHOWN = {
    "mwaa-32": "nothing is installed, so pip logs nothing",
    "account-71": "nobody confirms an address, and SES has no sandbox",
    "kubernetes-04": "charts are not rendered; tested on a made-up cluster",
    "kubernetes-07": "charts are not rendered; tested on a made-up cluster",
    "kubernetes-08": "charts are not rendered; tested on a made-up cluster",
}
"""Invariants that no emulated account can show, and why."""


@cache
def mutations() -> tuple[Mutation, ...]:
    """Every row, by invariant."""
    names = [one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"mutations.{name}") for name in sorted(names)]
    rows: list[Mutation] = [row for module in modules for row in getattr(module, "MUTATIONS", ())]
    return tuple(rows)
