"""What is said about pods: on a terminal, as JSON, as annotations of a GitHub workflow."""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from airflow_infra.assurance.check.types import MOST_SHOWN, Answer, Finding, GroupAnswer, InputProblem, Judged

_MOST_NAMES = 3
_MOST_LINES = 20
_STYLES = {"admitted": "green", "refused": "red", "unknown": "yellow"}


def json_entry(answer: Answer) -> bytes:
    """A pod as an item of the JSON document's `pods`, after a comma."""
    verdict = answer.verdict
    entry = {
        "file": answer.file,
        "line": answer.line,
        "name": answer.name,
        "kind": answer.kind,
        "verdict": verdict.verdict,
        "refused_by": [_finding(one, answer) for one in verdict.refused_by],
        "warnings": [{**_finding(one, answer), "action": one.action} for one in verdict.warnings],
        "node_groups": [_group(one) for one in verdict.node_groups],
        "problems": verdict.problems,
        "role": verdict.role,
    }
    return b",\n" + orjson.dumps(entry)


def _finding(one: Finding, answer: Answer) -> dict[str, Any]:
    return {"by": one.by, "message": one.message, "path": one.path, "line": one.line or answer.line}


def _group(one: GroupAnswer) -> dict[str, Any]:
    return {
        "name": one.name,
        "fits": one.fits,
        "reasons": one.reasons,
        "from_zero": one.from_zero,
        "start_minutes": one.start_minutes,
    }


class JsonWriter:
    """Writes the JSON document while the answers come in, so that they need not be kept."""

    def __init__(self, file: BinaryIO, stack: str, engine: str) -> None:
        self._file = file
        self._begun = False
        file.write(orjson.dumps({"stack": stack, "engine": engine})[:-1] + b',"pods":[')

    def write(self, entries: bytes) -> None:
        """Write some items of `pods`."""
        self._file.write(entries if self._begun else entries.removeprefix(b","))
        self._begun = self._begun or bool(entries)

    def finish(self, total: Judged) -> None:
        """Write what follows the pods."""
        rest = {
            "problems": [{"file": one.file, "line": one.line, "message": one.message} for one in total.problems],
            "counts": {
                "pods": total.pods,
                **{verdict: total.verdicts[verdict] for verdict in _STYLES},
                "failed": total.failed,
                "warnings": total.warnings,
                "without_pod": total.without_pod,
            },
        }
        self._file.write(b"\n]," + orjson.dumps(rest)[1:] + b"\n")


def annotations(answer: Answer) -> bytes:
    """A pod's findings as workflow commands, a line each."""
    return b"".join(f"{line}\n".encode() for line in _annotations(answer))


def _annotations(answer: Answer) -> Iterator[str]:
    verdict = answer.verdict
    for one in verdict.refused_by:
        yield _command("error", answer.file, one.line or answer.line, f"{answer.name}: {one.by}: {one.message}")
    for one in verdict.warnings:
        yield _command("warning", answer.file, one.line or answer.line, f"{answer.name}: {one.by}: {one.message}")
    for problem in verdict.problems:
        level = "error" if _fails_by(problem, answer) else "warning"
        yield _command(level, answer.file, answer.line, f"{answer.name}: {problem}")


def problem_annotation(problem: InputProblem) -> str:
    """A problem with the input as a workflow command."""
    return _command("error", problem.file, problem.line, problem.message)


def _command(level: str, file: str, line: int | None, message: str) -> str:
    place = [f"file={_property(file)}", *([] if line is None else [f"line={line}"])]
    return f"::{level} {','.join(place)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def print_answers(console: Console, total: Judged) -> None:
    """Print what was found, what fails first. Of many pods the first that fail."""
    all_shown = total.pods <= MOST_SHOWN
    shown = total.shown if all_shown else [answer for answer in total.shown if not answer.ok]
    lines = [line for answer in shown for line in _findings(answer)]
    if lines:
        console.print("\n".join(lines), soft_wrap=True)
        console.print()
    if shown:
        console.print(_table(shown))
        console.print()
    if total.failed > MOST_SHOWN:
        console.print(f"and {total.failed - MOST_SHOWN} more that fail: --json FILE holds them all\n", soft_wrap=True)
    rest = _roles_and_others(shown)
    if rest:
        if not all_shown:
            console.print("Of those listed:")
        more = [f"and {len(rest) - _MOST_LINES} such lines more"] if len(rest) > _MOST_LINES else []
        console.print("\n".join(map(_printable, rest[:_MOST_LINES])), *more, sep="\n", markup=False, soft_wrap=True)
        console.print()


def counts_line(total: Judged) -> str:
    """How many of each, on a line."""
    parts = [_count(total.pods, "pod")]
    if total.pods:
        parts[0] += ": " + ", ".join(f"{total.verdicts[verdict]} {verdict}" for verdict in _STYLES)
    not_placed = total.failed - total.verdicts["refused"]
    if not_placed:
        parts.append(f"{not_placed} without a node in time")
    if total.warnings:
        parts.append(_count(total.warnings, "warning"))
    if total.without_pod:
        noun = "object or file" if total.without_pod == 1 else "objects or files"
        parts.append(f"{total.without_pod} {noun} without pods")
    if total.problems:
        parts.append(f"{_count(len(total.problems), 'problem')} with the input")
    return "; ".join(parts)


def _findings(answer: Answer) -> Iterator[str]:
    verdict = answer.verdict
    for one in verdict.refused_by:
        yield _line("[red]x[/]", answer, one.line, f"{one.by}: {one.message}")
    for one in verdict.warnings:
        yield _line("[yellow]![/]", answer, one.line, f"{one.by} ({one.action}): {one.message}")
    for problem in verdict.problems:
        yield _line("[red]x[/]" if _fails_by(problem, answer) else "[yellow]![/]", answer, None, problem)


def _fails_by(problem: str, answer: Answer) -> bool:
    """Whether a problem is why a pod fails. That of a refused one is what refuses it."""
    return not answer.ok and answer.verdict.verdict != "refused" and problem in answer.verdict.fatal


def _line(mark: str, answer: Answer, line: int | None, text: str) -> str:
    return f"{mark} {escape(_printable(f'{answer.file}:{line or answer.line}: {answer.name}: {text}'))}"


def _table(shown: Iterable[Answer]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("pod", "where", "verdict", "node groups", "starts"):
        table.add_column(name, overflow="fold")
    for answer in shown:
        verdict = answer.verdict
        fitting = [group for group in verdict.node_groups if group.fits]
        table.add_row(
            escape(_printable(answer.name)),
            escape(_printable(f"{answer.file}:{answer.line}")),
            f"[{_STYLES[verdict.verdict]}]{verdict.verdict}[/]",
            escape(", ".join(group.name for group in fitting)) or "[red]none[/]" if verdict.node_groups else "-",
            _starts(fitting, answer),
        )
    return table


def _starts(fitting: list[GroupAnswer], answer: Answer) -> str:
    if not fitting:
        return "-"
    starts = [group.start_minutes for group in fitting]
    if None in starts:
        return "on a running node"
    start = min((one for one in starts if one), key=lambda one: one.typical)
    waits = "" if answer.startup_timeout_s is None else f", it waits {answer.startup_timeout_s / 60:.3g} min"
    text = f"from zero: {start.low:g} to {start.high:g} min{waits}"
    return f"[red]{text}[/]" if answer.too_late else text


def _roles_and_others(shown: Iterable[Answer]) -> list[str]:
    """Which role they may assume, and why not on which node group: once for all pods alike."""
    roles: dict[str, list[str]] = {}
    not_on: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for answer in shown:
        if answer.verdict.role is not None or answer.verdict.verdict == "admitted":
            roles.setdefault(answer.verdict.role or "", []).append(answer.name)
        for group in answer.verdict.node_groups:
            if not group.fits:
                not_on.setdefault((group.name, group.reasons), []).append(answer.name)
    return [
        *(f"Role {role}: {_listed(pods)}" if role else f"Role: none ({_listed(pods)})" for role, pods in roles.items()),
        *(f"Not on {group}: {_listed(pods)} ({'; '.join(reasons)})" for (group, reasons), pods in not_on.items()),
    ]


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _printable(text: str) -> str:
    """The text with whatever moves the cursor written as an escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
