"""From the content of files to the pods that it holds, each with the lines of its fields."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, NamedTuple

import orjson

from airflow_infra.assurance.check.json_documents import json_lines, read_json
from airflow_infra.assurance.check.lines import Lines, Path, UnreadableError, split_path
from airflow_infra.assurance.check.types import FoundPod, InputProblem
from airflow_infra.assurance.check.workloads import HeldPod, Unusable, WithoutPod, held_pods
from airflow_infra.assurance.check.yaml_documents import read_yaml

MOST_BYTES = 3 * 1024 * 1024
"""Size of a pod that the API server still takes (MaxRequestBodyBytes of k8s.io/apiserver 0.36)."""

Form = Literal["yaml", "json", "lines"]
Found = FoundPod | InputProblem | WithoutPod
LineAt = Callable[[Path], int]
Reader = Callable[[bytes, int], tuple[Any, LineAt]]

# A YAML document ends before a line of three hyphens, wherever that stands: nothing can quote it.
_SEPARATOR = re.compile(rb"^(?=---(?:[ \t\r\n]|\Z))", re.MULTILINE)


class Chunk(NamedTuple):
    """A part of a file that can be read on its own."""

    file: str
    line: int
    """The line with which it begins, counted from 1."""
    content: bytes
    form: Form
    """yaml: documents, each after the first begins with a line of three hyphens. json: one. lines: one a line."""


def found_in(chunk: Chunk) -> Iterator[Found]:
    """What a chunk holds, in its order."""
    if chunk.form == "lines":
        for line, content in enumerate(chunk.content.split(b"\n"), chunk.line):
            if content and not content.isspace():
                yield from _json_line(chunk.file, line, content)
    elif chunk.form == "json":
        yield from _document(chunk.file, chunk.line, chunk.content, _json)
    else:
        line = chunk.line
        for content in _SEPARATOR.split(chunk.content):
            yield from _document(chunk.file, line, content, _yaml)
            line += content.count(b"\n")


def _document(file: str, line: int, content: bytes, read: Reader) -> Iterator[Found]:
    """What one document holds. One that cannot be read is a problem of its own."""
    try:
        document, line_at = read(_utf8(content, line), line)
    except UnreadableError as error:
        yield InputProblem(file, error.line, error.message)
        return
    if document is not None:
        # What aliases repeat makes a document larger than its text.
        yield from _found(file, document, line_at, check_size=read is _yaml or len(content) > MOST_BYTES)


def _json_line(file: str, line: int, content: bytes) -> Iterator[Found]:
    try:
        document = read_json(_utf8(content, line), line)
    except UnreadableError as error:
        yield InputProblem(file, error.line, error.message)
        return
    yield from _found(file, document, lambda _: line, check_size=len(content) > MOST_BYTES)


def _json(content: bytes, line: int) -> tuple[Any, LineAt]:
    document = read_json(content, line)

    @cache
    def lines() -> Lines:
        return json_lines(content, line)

    return document, lambda path: lines().at(path).line


def _yaml(content: bytes, line: int) -> tuple[Any, LineAt]:
    document, lines = read_yaml(content.decode(), line)
    return document, lambda path: lines.at(path).line


def _utf8(content: bytes, line: int) -> bytes:
    """The content without a byte order mark, if it is UTF-8.

    Raises:
        UnreadableError: when it is not.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError as error:
            message = f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8"
            raise UnreadableError(message, line + content.count(b"\n", 0, error.start)) from None
    return content


def _found(file: str, document: Any, line_at: LineAt, *, check_size: bool) -> Iterator[Found]:
    for found in held_pods(document):
        if isinstance(found, WithoutPod):
            yield found
        elif isinstance(found, Unusable):
            yield InputProblem(file, line_at(found.at), found.message)
        elif check_size and (size := len(orjson.dumps(found.pod))) > MOST_BYTES:
            message = f"{found.kind} {found.name}: {size} bytes as JSON: the API server takes at most {MOST_BYTES}"
            yield InputProblem(file, line_at(found.at), message)
        else:
            yield _pod(file, found, line_at)


def _pod(file: str, held: HeldPod, line_at: LineAt) -> FoundPod:
    def field_line(path: str) -> int | None:
        parts = _by_index(held.pod, split_path(path))
        inside = () if parts[:2] in (("metadata", "name"), ("metadata", "namespace")) else held.template
        return line_at((*held.at, *inside, *parts))

    return FoundPod(file, line_at(held.at), held.name, held.kind, held.pod, field_line)


def _by_index(block: Any, path: Path) -> Path:
    """A path that names an element of a list, such as spec.volumes[data], with its index instead."""
    parts: list[str | int] = []
    for key in path:
        if isinstance(block, list):
            names = [one.get("name") if isinstance(one, dict) else None for one in block]
            part = names.index(key) if key in names else key
            block = block[part] if isinstance(part, int) and part < len(block) else None
        else:
            part = key
            block = block.get(part) if isinstance(block, dict) else None
        parts.append(part)
    return tuple(parts)
