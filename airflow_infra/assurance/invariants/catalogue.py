"""All invariants, from every module beside this one that has `INVARIANTS`. Imported when first asked for."""

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache

from airflow_infra.assurance import invariants as package
from airflow_infra.assurance.invariants.invariant import Invariant

_GROUPS = ("network", "mwaa", "eks", "account", "kubernetes")


class UnknownInvariantError(ValueError):
    """An id that no invariant has. The message says which there are."""


@cache
def all_invariants() -> tuple[Invariant, ...]:
    """Every invariant, by group and number."""
    modules = (
        importlib.import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    )
    found: list[Invariant] = [invariant for module in modules for invariant in getattr(module, "INVARIANTS", ())]
    ids = [invariant.id for invariant in found]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"invariants defined twice: {', '.join(twice)}; expected one of each id")
    return tuple(sorted(found, key=_position))


def chosen(ids: Iterable[str]) -> tuple[Invariant, ...]:
    """The invariants of these ids, in the catalogue's order; all of them when none is given.

    Raises:
        UnknownInvariantError: an id that does not exist.
    """
    wanted = set(ids)
    unknown = wanted - {invariant.id for invariant in all_invariants()}
    if unknown:
        known = ", ".join(invariant.id for invariant in all_invariants())
        raise UnknownInvariantError(f"no invariant {', '.join(sorted(unknown))}; there are {known}")
    return tuple(invariant for invariant in all_invariants() if not wanted or invariant.id in wanted)


def _position(invariant: Invariant) -> tuple[int, str]:
    group, _, number = invariant.id.partition("-")
    if group not in _GROUPS or not number.isdigit():
        raise ValueError(f"invariant id {invariant.id}: expected one of {', '.join(_GROUPS)}, a hyphen and a number")
    return _GROUPS.index(group), number
