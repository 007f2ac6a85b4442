"""docs/invariants.md: what is judged, and what the tests break on purpose to see each invariant fail."""

from collections.abc import Iterator, Sequence

from mutations.mutation import Mutation
from mutations.table import NOT_SHOWN, mutations

from airflow_infra.assurance.invariants.catalogue import all_invariants
from airflow_infra.assurance.invariants.invariant import Invariant

_INTRODUCTION = """# Invariants

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


def page() -> str:
    """The page."""
    return "\n".join([_INTRODUCTION, *_sections(all_invariants(), mutations())])


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
