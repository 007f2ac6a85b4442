"""The syntax tree of a compiled CEL expression, macros expanded, out of its serialized form.

The engine hands its trees out only as a protocol buffer, `cel.expr.CheckedExpr`. The few messages of it are read here
from the wire (field numbers: cel-spec, proto/cel/expr/syntax.proto and checked.proto), rather than by a package of
generated classes for one function.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Constant:
    """A literal. Only the value of a string matters here."""

    text: str | None


@dataclass(frozen=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True)
class Select:
    """`operand.field`, or `has(operand.field)`."""

    operand: "Node"
    field: str
    test_only: bool


@dataclass(frozen=True)
class Call:
    """A function or an operator; `target` is what a method is called on."""

    function: str
    target: "Node | None"
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class ListOf:
    """A list literal."""

    elements: tuple["Node", ...]


@dataclass(frozen=True)
class MapOf:
    """A map literal."""

    entries: tuple[tuple["Node", "Node"], ...]


@dataclass(frozen=True)
class Comprehension:
    """What `all`, `map`, `filter`, `cel.bind` and their like become."""

    variable: str
    range: "Node"
    accumulator: str
    initial: "Node"
    condition: "Node"
    step: "Node"
    result: "Node"


Node = Constant | Name | Select | Call | ListOf | MapOf | Comprehension

_LENGTH_DELIMITED = 2


def tree(serialized: bytes) -> Node:
    """The tree of what `Expression.serialize()` returns. Raises `ValueError` for anything it does not know."""
    checked = _one(list(_fields(serialized)), 2)  # in a google.protobuf.Any
    return _node(_one(list(_fields(checked)), 4))


def _node(data: bytes) -> Node:
    for number, value in _fields(data):
        if number in _BUILDERS:
            return _BUILDERS[number](list(_fields(value)))
    raise ValueError("a CEL expression of an unknown kind")


def _constant(fields: list[tuple[int, Any]]) -> Node:
    return Constant(next((value.decode() for number, value in fields if number == 6), None))


def _name(fields: list[tuple[int, Any]]) -> Node:
    return Name(_text(fields, 1))


def _select(fields: list[tuple[int, Any]]) -> Node:
    return Select(_node(_one(fields, 1)), _text(fields, 2), any(number == 3 and value for number, value in fields))


def _call(fields: list[tuple[int, Any]]) -> Node:
    target = next((value for number, value in fields if number == 1), None)
    return Call(_text(fields, 2), None if target is None else _node(target), _nodes(fields, 3))


def _list(fields: list[tuple[int, Any]]) -> Node:
    return ListOf(_nodes(fields, 1))


def _map(fields: list[tuple[int, Any]]) -> Node:
    entries = [list(_fields(value)) for number, value in fields if number == 2]
    return MapOf(tuple((_node(_one(entry, 3)), _node(_one(entry, 4))) for entry in entries))


def _comprehension(fields: list[tuple[int, Any]]) -> Node:
    parts = [_node(_one(fields, number)) for number in (2, 4, 5, 6, 7)]
    return Comprehension(_text(fields, 1), parts[0], _text(fields, 3), *parts[1:])


_BUILDERS = {3: _constant, 4: _name, 5: _select, 6: _call, 7: _list, 8: _map, 9: _comprehension}


def _one(fields: list[tuple[int, Any]], wanted: int) -> Any:
    for number, value in fields:
        if number == wanted:
            return value
    raise ValueError(f"a CEL expression lacks its field {wanted}")


def _text(fields: list[tuple[int, Any]], wanted: int) -> str:
    return next((value.decode() for number, value in fields if number == wanted), "")


def _nodes(fields: list[tuple[int, Any]], wanted: int) -> tuple[Node, ...]:
    return tuple(_node(value) for number, value in fields if number == wanted)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: number and value, which is an integer, or bytes for what has a length."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
        elif wire == _LENGTH_DELIMITED:
            length, position = _varint(data, position)
            yield number, data[position : position + length]
            position += length
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
            yield number, data[position : position + size]
            position += size
        else:
            raise ValueError(f"wire type {wire} in a compiled CEL expression")


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if byte < 0x80:
            return value, position
