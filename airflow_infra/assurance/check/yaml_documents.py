"""YAML documents read as kubectl reads them, with the line of every field.

kubectl's reader, sigs.k8s.io/yaml 1.6.0, takes plain words by YAML 1.1: `yes`, `on` and `y` are booleans and `0755` is
octal, while dates and base-60 numbers stay text. The parser's events are followed and no object is constructed, so that
no tag can run anything, and an alias that multiplies itself is stopped early.
"""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

from airflow_infra.assurance.check.lines import MOST_LEVELS, MOST_VALUES, Lines, UnreadableError, too_deep

_STANDARD = "tag:yaml.org,2002:"
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAY_BE_OTHER_THAN_TEXT = frozenset("yYnNtTfFoO~+-.0123456789")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 400


def read_yaml(text: str, first_line: int) -> tuple[Any, Lines]:
    """The only document of a text that begins at a line of its file. Its value is None where it is empty.

    Raises:
        UnreadableError: when it is not YAML, or not what Kubernetes reads.
    """
    builder = _Builder(text, first_line)
    try:
        return builder.document()
    except ReaderError as error:
        line = first_line + text.encode()[: error.position].count(b"\n")
        raise UnreadableError(f"not YAML: {error.reason}", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = ": ".join(part for part in (error.context, error.problem) if part)
        raise UnreadableError(f"not YAML: {reason}", first_line + (mark.line if mark else 0)) from None
    except yaml.YAMLError as error:
        raise UnreadableError(f"not YAML: {error}", first_line) from None


class _Builder:
    """Turns the events of a document into values."""

    def __init__(self, text: str, first_line: int) -> None:
        self._next = cast(Callable[[], Event], yaml.CSafeLoader(text).get_event)
        self._first_line = first_line
        self._anchors: dict[str, tuple[Any, Lines, int]] = {}
        self._values = 0

    def document(self) -> tuple[Any, Lines]:
        event = self._next()
        while isinstance(event, StreamStartEvent | DocumentStartEvent):
            event = self._next()
        if isinstance(event, StreamEndEvent):
            return None, Lines(self._first_line)
        found = self._value(event, self._line(event), 0)
        event = self._next()
        if isinstance(event, DocumentEndEvent):
            event = self._next()
        if not isinstance(event, StreamEndEvent):
            raise UnreadableError("a second document begins here: write --- before it", self._line(event))
        return found

    def _line(self, event: Event) -> int:
        return self._first_line + event.start_mark.line

    def _value(self, event: Event, line: int, level: int) -> tuple[Any, Lines]:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        self._count(1, event)
        if level > MOST_LEVELS:
            raise UnreadableError(too_deep(), self._line(event))
        before = self._values
        if isinstance(event, ScalarEvent):
            value, lines = self._scalar(event), Lines(line)
        elif isinstance(event, MappingStartEvent):
            self._refuse_tag(event, "map")
            value, lines = self._mapping(line, level)
        elif isinstance(event, SequenceStartEvent):
            self._refuse_tag(event, "seq")
            value, lines = self._sequence(line, level)
        else:
            raise UnreadableError("not YAML: a value is missing", line)
        if event.anchor:
            self._anchors[event.anchor] = value, lines, self._values - before + 1
        return value, lines

    def _mapping(self, line: int, level: int) -> tuple[dict[str, Any], Lines]:
        block: dict[str, Any] = {}
        lines: dict[str, Lines] = {}
        merged: list[tuple[Any, Lines]] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            key_line = self._line(event)
            key = self._key(event)
            value, inside = self._value(self._next(), key_line, level + 1)
            if key is None:
                merged += self._merged(value, inside, key_line)
            elif key in block:
                first = lines[key].line
                raise UnreadableError(f"the key {key!r} stands here a second time, first on line {first}", key_line)
            else:
                block[key] = value
                lines[key] = inside if inside.line == key_line else Lines(key_line, inside.inside)
        for other, other_lines in merged:
            for key, value in other.items():
                if key not in block:
                    block[key] = value
                    lines[key] = other_lines.at((key,))
        return block, Lines(line, lines)

    def _key(self, event: Event) -> str | None:
        """A key as JSON has it; None for the merge key `<<`."""
        if isinstance(event, ScalarEvent):
            self._count(1, event)
            if event.value == "<<" and _is_plain(event):
                return None
            key = self._scalar(event)
        elif isinstance(event, AliasEvent):
            key = self._alias(event)[0]
        else:
            key = None
        if isinstance(key, bool):
            return "true" if key else "false"
        if isinstance(key, str | int | float):
            return str(key)
        raise UnreadableError("a key must be text", self._line(event))

    def _merged(self, value: Any, lines: Lines, line: int) -> list[tuple[Any, Lines]]:
        """The blocks that `<<` takes in; of several the first with a key counts."""
        if isinstance(value, dict):
            return [(value, lines)]
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return [(item, lines.at((index,))) for index, item in enumerate(value)]
        raise UnreadableError("<< takes in a block or a list of blocks: expected an alias such as *name", line)

    def _sequence(self, line: int, level: int) -> tuple[list[Any], Lines]:
        items: list[Any] = []
        lines: list[Lines] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            item, inside = self._value(event, self._line(event), level + 1)
            items.append(item)
            lines.append(inside)
        return items, Lines(line, lines)

    def _alias(self, event: AliasEvent) -> tuple[Any, Lines]:
        if event.anchor not in self._anchors:
            message = f"*{event.anchor} stands for nothing: no value before it is marked &{event.anchor}"
            raise UnreadableError(message, self._line(event))
        value, lines, size = self._anchors[event.anchor]
        self._count(size, event)
        return value, lines

    def _scalar(self, event: ScalarEvent) -> Any:
        try:
            if event.tag in (None, "!"):
                return resolve(event.value) if _is_plain(event) else event.value
            return _tagged(event.tag, event.value)
        except ValueError as error:
            raise UnreadableError(str(error), self._line(event)) from None

    def _refuse_tag(self, event: MappingStartEvent | SequenceStartEvent, expected: str) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}{expected}"):
            raise UnreadableError(f"the YAML tag {event.tag} means nothing here: remove it", self._line(event))

    def _count(self, values: int, event: Event) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            message = (
                f"the document holds more than {MOST_VALUES:,} values, counting what its aliases repeat: "
                "split it by lines of three hyphens, or write out what the aliases stand for"
            )
            raise UnreadableError(message, self._line(event))


def _is_plain(event: ScalarEvent) -> bool:
    """Neither quoted nor a block of text."""
    return event.style in (None, "")


@lru_cache(maxsize=4096)
def resolve(text: str) -> Any:
    """What a plain word stands for.

    Raises:
        ValueError: when it is a number that JSON cannot hold.
    """
    if text[:1] not in _MAY_BE_OTHER_THAN_TEXT:
        return None if text in _NULL else text
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"expected a finite number, got {text}")
    return text if len(text) > _LONGEST_NUMBER else _number(text)


def _number(text: str) -> Any:
    plain = text.replace("_", "") if text[0] != "." else text
    found = _INTEGER.fullmatch(plain)
    if found:
        sign, hexadecimal, binary, octal, decimal = found.groups()
        base = 16 if hexadecimal else 2 if binary else 8 if octal else 10
        number = int(sign + (hexadecimal or binary or octal or decimal), base)
        if -(2**63) <= number < 2**64:
            return number
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        if not math.isfinite(number):
            raise ValueError(f"expected a finite number, got {text}")
        return number
    return text


def _tagged(tag: str, text: str) -> Any:
    short = tag.removeprefix(_STANDARD)
    if short == "str":
        return text
    types = {"bool": bool, "int": int, "float": float, "null": type(None)}
    if tag == short or short not in types:
        raise ValueError(f"the YAML tag {tag} means nothing here: remove it")
    value = resolve(text)
    if short == "float" and type(value) is int:
        return float(value)
    if type(value) is not types[short]:
        raise ValueError(f"!!{short}: cannot read {text!r} so")
    return value
