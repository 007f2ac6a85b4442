"""From paths to chunks: files and folders are found, and read piece by piece whatever their size."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import orjson

from airflow_infra.assurance.check.reading import Chunk, Form
from airflow_infra.assurance.check.types import InputProblem

STANDARD_INPUT = Path("-")
PYTHON = ".py"
_FORMS: dict[str, Form] = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
}
_SUFFIXES = ", ".join((*_FORMS, PYTHON))
_BLOCK_BYTES = 512 * 1024
MOST_DOCUMENT_BYTES = 32 * 1024 * 1024
"""Size of a document that is read as a whole."""


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[InputProblem]]:
    """The files that paths name, and those below folders by their suffix; what names none is a problem."""
    files: list[Path] = []
    problems: list[InputProblem] = []
    for path in paths:
        if path == STANDARD_INPUT:
            files.append(path)
        elif path.is_dir():
            below = _below(path, problems)
            if not below:
                problems.append(InputProblem(shown_name(path), None, f"no file here ends in {_SUFFIXES}"))
            files += below
        elif not path.exists():
            problems.append(InputProblem(shown_name(path), None, "there is no such file"))
        elif path.suffix.lower() not in (*_FORMS, PYTHON):
            problems.append(InputProblem(shown_name(path), None, f"expected a file that ends in {_SUFFIXES}"))
        else:
            files.append(path)
    return list(dict.fromkeys(files)), problems


def _below(folder: Path, problems: list[InputProblem]) -> list[Path]:
    """Files below a folder by name. Hidden ones are left out, links to folders not followed."""

    def refused(error: OSError) -> None:
        problems.append(InputProblem(shown_name(Path(error.filename)), None, f"cannot be read: {error.strerror}"))

    found: list[Path] = []
    for directory, folders, names in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        found += [
            Path(directory, name)
            for name in sorted(names)
            if Path(name).suffix.lower() in (*_FORMS, PYTHON) and not name.startswith(".")
        ]
    return found


def shown_name(file: Path) -> str:
    """The name of a file in messages and reports."""
    return "<stdin>" if file == STANDARD_INPUT else os.fsencode(file).decode(errors="backslashreplace")


def chunks(files: Iterable[Path]) -> Iterator[Chunk | InputProblem]:
    """The content of files, except Python's, in their order. A file that cannot be read is a problem of its own."""
    for file in files:
        try:
            if file == STANDARD_INPUT:
                yield from _sniffed(sys.stdin.buffer)
            else:
                with file.open("rb") as stream:
                    yield from _pieces(shown_name(file), stream, _FORMS[file.suffix.lower()])
        except OSError as error:
            yield InputProblem(shown_name(file), None, f"cannot be read: {error.strerror}")


def _sniffed(stream: BinaryIO) -> Iterator[Chunk | InputProblem]:
    """Standard input has no suffix: what begins with { is JSON, a document a line when its first line is one."""
    begin = stream.read(_BLOCK_BYTES)
    form: Form = "yaml"
    if begin.lstrip()[:1] in (b"{", b"["):
        form = "lines" if _is_json(begin.lstrip().partition(b"\n")[0]) else "json"
    yield from _pieces(shown_name(STANDARD_INPUT), stream, form, begin)


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return len(line) == _BLOCK_BYTES  # cut off
    return True


def _pieces(name: str, stream: BinaryIO, form: Form, begin: bytes = b"") -> Iterator[Chunk | InputProblem]:
    line, rest = 1, begin
    while block := stream.read(_BLOCK_BYTES):
        rest += block
        end = _end_of_documents(rest, form)
        if end:
            yield Chunk(name, line, rest[:end], form)
            line += rest.count(b"\n", 0, end)
            rest = rest[end:]
        elif len(rest) > MOST_DOCUMENT_BYTES:
            yield InputProblem(name, line, _too_large(form))
            return
    if rest:
        yield Chunk(name, line, rest, form)


def _end_of_documents(content: bytes, form: Form) -> int:
    """Where the last document that is certainly whole ends; 0 where none is."""
    if form == "json":
        return 0
    if form == "lines":
        return content.rfind(b"\n") + 1
    end = len(content)
    while (end := content.rfind(b"\n---", 0, end)) > 0:
        if content[end + 4 : end + 5] in (b" ", b"\t", b"\r", b"\n"):
            return end + 1
        end += 3
    return 0


def _too_large(form: Form) -> str:
    what = "line" if form == "lines" else "document"
    hint = "" if form == "lines" else ". Pods one to a line (.jsonl) are read as a stream of any size"
    size = f"{MOST_DOCUMENT_BYTES // 2**20} MB"
    return f"a {what} of more than {size}: it and what follows in this file is not checked{hint}"
