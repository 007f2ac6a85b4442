"""The table of mutations: the rows of every module beside this one that has `MUTATIONS`."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from mutations.mutation import Mutation


@cache
def mutations() -> tuple[Mutation, ...]:
    """Every row, by invariant."""
    names = [one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"mutations.{name}") for name in sorted(names)]
    rows: list[Mutation] = [row for module in modules for row in getattr(module, "MUTATIONS", ())]
    return tuple(rows)
