"""docs/invariants.md: what is judged, and what the tests break on purpose to see each invariant and rule fail."""

from collections.abc import Iterator, Sequence

from mutations.mutation import Mutation
from mutations.table import NOT_SHOWN, mutations

from airflow_infra.assurance.invariants.catalogue import all_invariants
from airflow_infra.assurance.invariants.invariant import Invariant
from airflow_infra.assurance.order import Rule
from airflow_infra.assurance.order_rules import RULES

_INTRODUCTION = """# Invariants and required order

What must hold in a correctly deployed account. A rehearsal judges them after the first `up` and after the last, through
boto3 and the Kubernetes API: passed, failed with what was found, or not checked with the reason. An answer that rests
on the rehearsal's own model of AWS is marked as modelled. This page is generated from `airflow_infra/assurance` and
from the table of mutations in `tests/stacks/mutations`: run `make golden` after a change.

Of every invariant that an emulated account can show, a test breaks such an account on purpose and sees exactly that
invariant fail, or together with it those in brackets, which are rightly violated too. Where no call breaks it, the test
changes what the emulated account remembers, for the reason given.
"""
_TITLES = {
    "network": "Network",
    "mwaa": "The Airflow environment",
    "eks": "The cluster",
    "account": "The account",
    "kubernetes": "In the cluster",
}


_ORDER = """## Required order

What must be complete before something starts, and on destroy what must outlive it. It is judged on the registered
graph, where a missing edge shows although everything on an emulated account is ready at once. For every rule that
applies to a stack, a test cuts each edge between the two in a copy of the graph, then removes what must be complete,
and sees the rule named.

| rule | must be complete | before | otherwise | source |
|---|---|---|---|---|
"""
_OUTLIVES = """
| rule, on destroy | outlives | what is deleted first | otherwise | source |
|---|---|---|---|---|
"""


def page() -> str:
    """The page."""
    created, destroyed = ([rule for rule in RULES if rule.phase == phase] for phase in ("create", "destroy"))
    order = f"{_ORDER}{_rules(created)}{_OUTLIVES}{_rules(destroyed)}"
    return "\n".join([_INTRODUCTION, *_sections(all_invariants(), mutations()), order])


def _rules(rules: Sequence[Rule]) -> str:
    rows = ((rule.id, rule.complete.what, rule.starts.what, rule.reason, rule.source) for rule in rules)
    return "".join(f"| {' | '.join(_cell(text) for text in row)} |\n" for row in rows)


def _sections(invariants: Sequence[Invariant], rows: Sequence[Mutation]) -> Iterator[str]:
    for group, title in _TITLES.items():
        lines = [
            f"## {title}",
            "",
            "| invariant | what must hold | severity | what a violation costs |",
            "|---|---|---|---|",
        ]
        members = [one for one in invariants if one.id.startswith(f"{group}-")]
        lines += [f"| {one.id} | {_cell(one.title)} | {one.severity} | {_cell(one.cost)} |" for one in members]
        lines += ["", "| invariant | broken on purpose in the tests |", "|---|---|"]
        for one in members:
            lines += [f"| {one.id} | {_cell(_broken(row))} |" for row in rows if row.invariant == one.id]
            if one.id in NOT_SHOWN:
                lines.append(f"| {one.id} | not checked on an emulated account: {NOT_SHOWN[one.id]} |")
        yield "\n".join(lines) + "\n"


def _broken(row: Mutation) -> str:
    also = f" [{', '.join(row.also)}]" if row.also else ""
    return f"{row.what}{also}{f' (in the account itself: {row.own_state})' if row.own_state else ''}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
