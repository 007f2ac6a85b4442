"""Chunks of files judged: batch by batch, in this process or, where there is much, in several."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from airflow_infra.assurance.check.files import chunks, shown_name
from airflow_infra.assurance.check.reading import Chunk, Found, found_in
from airflow_infra.assurance.check.types import Answer, Checks, Finding, FoundPod, InputProblem, Judged, Verdict
from airflow_infra.assurance.check.workers import in_order

_BATCH_BYTES = 512 * 1024
"""Size from which on a batch gets no further piece: files are small, and gator takes half a second for any batch."""
_ENOUGH_FOR_WORKERS_BYTES = 2 * 1024 * 1024

Render = Callable[[Answer], bytes]
Piece = Chunk | InputProblem


@dataclass(frozen=True)
class Judge:
    """Judges what is found, and renders the answers."""

    checks: Checks
    renders: tuple[Render, ...]

    def __call__(self, batch: Sequence[Piece]) -> list[Judged]:
        """Judge pieces of files."""
        return self.judge((piece.file, found_in(piece) if isinstance(piece, Chunk) else [piece]) for piece in batch)

    def judge(self, parts: Iterable[tuple[str, Iterable[Found]]]) -> list[Judged]:
        """Judge what was found in parts of files, each with the name of its file."""
        if not self.checks.at_once:
            return [self._part(file, found, self._check) for file, found in parts]
        known = [(file, [*found]) for file, found in parts]
        pods = [one for _, found in known for one in found if isinstance(one, FoundPod)]
        verdicts = iter(self.checks.check_all(pods))
        return [self._part(file, found, lambda _: next(verdicts)) for file, found in known]

    def _check(self, found: FoundPod) -> Verdict:
        return self.checks.check(found.pod, found.unknown, found.startup_timeout_s)

    def _part(self, file: str, found: Iterable[Found], check: Callable[[FoundPod], Verdict]) -> Judged:
        judged = Judged(file)
        texts = [bytearray() for _ in self.renders]
        for one in found:
            if isinstance(one, InputProblem):
                judged.problems.append(one)
            elif isinstance(one, FoundPod):
                answer = _answer(one, check(one))
                judged.add(answer)
                for text, render in zip(texts, self.renders, strict=True):
                    text.extend(render(answer))
            else:
                judged.without_pod += 1
        judged.texts = tuple(bytes(text) for text in texts)
        return judged


def _answer(found: FoundPod, verdict: Verdict) -> Answer:
    if found.refused_by:
        verdict = replace(verdict, verdict="refused", refused_by=(*found.refused_by, *verdict.refused_by))
    if verdict.refused_by or verdict.warnings:
        refused_by, warnings = (_located(found, each) for each in (verdict.refused_by, verdict.warnings))
        verdict = replace(verdict, refused_by=refused_by, warnings=warnings)
    if found.reasons and verdict.verdict != "admitted":
        verdict = replace(verdict, problems=(*verdict.problems, *found.reasons))
    return Answer(found.file, found.line, found.name, found.kind, verdict, found.startup_timeout_s)


def _located(found: FoundPod, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(
        finding if finding.path is None else replace(finding, line=found.field_line(finding.path))
        for finding in findings
    )


@dataclass(frozen=True)
class MakeJudge:
    """Makes a judge where it is needed: in this process, or in a worker."""

    make_checks: Callable[[], Checks]
    renders: tuple[Render, ...]

    def __call__(self) -> Judge:
        """Make it."""
        return Judge(self.make_checks(), self.renders)


def judge_files(files: Iterable[Path], make_judge: MakeJudge, processes: int) -> Iterator[Judged]:
    """Judge files, except Python's, in their order.

    What is much goes to other processes; a few files are judged sooner here than those processes start.
    """
    holds_something: dict[str, bool] = {}
    files = list(files)
    for judged in _judged(chunks(files), make_judge, processes):
        something = bool(judged.pods or judged.without_pod or judged.problems)
        holds_something[judged.file] = something or holds_something.get(judged.file, False)
        yield judged
    empty = [file for file in map(shown_name, files) if not holds_something.get(file)]
    nothing = (b"",) * len(make_judge.renders)
    for file in empty:
        yield Judged(file, texts=nothing, problems=[InputProblem(file, None, "holds no Kubernetes object")])


def _judged(pieces: Iterator[Piece], make_judge: MakeJudge, processes: int) -> Iterator[Judged]:
    first: list[list[Piece]] = []
    size, batches = 0, _batches(pieces)
    for batch in batches:
        first.append(batch)
        size += sum(map(_size, batch))
        if size > _ENOUGH_FOR_WORKERS_BYTES and processes > 1:
            return chain.from_iterable(in_order(make_judge, chain(first, batches), processes))
    return chain.from_iterable(map(make_judge(), first))


def _batches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        batch.append(piece)
        size += _size(piece)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(piece: Piece) -> int:
    return len(piece.content) if isinstance(piece, Chunk) else 0
