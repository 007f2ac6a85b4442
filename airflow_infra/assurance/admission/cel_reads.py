"""What of a pod the CEL of policies reads, found in its syntax trees without running it.

Each expression is walked with a description of what its values may be: parts of the pod, lists and maps built around
them. Looking a field up reads only that it is there; what is compared, tested, or given to a function is read whole.
Where the walk can't tell, it says that more is read than is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airflow_infra.assurance.admission.cel import CelPolicy, environment
from airflow_infra.assurance.admission.cel_tree import (
    Call,
    Comprehension,
    Constant,
    ListOf,
    MapOf,
    Name,
    Node,
    Select,
    tree,
)
from airflow_infra.assurance.admission.reads import EVERY, Reads

_ROUNDS = 20


@dataclass(frozen=True)
class _Value:
    """What a value may be: any of some parts of the pod, a list of values, a map of values."""

    paths: frozenset[tuple[str, ...]] = frozenset()
    items: "_Value | None" = None
    entries: Mapping[str, "_Value"] = field(default_factory=dict[str, "_Value"])

    def __or__(self, other: "_Value") -> "_Value":
        items = self.items if other.items is None else other.items if self.items is None else self.items | other.items
        entries = dict(self.entries)
        for key, value in other.entries.items():
            entries[key] = entries[key] | value if key in entries else value
        return _Value(self.paths | other.paths, items, entries)

    def below(self, step: str) -> "_Value":
        """What a field, or with EVERY any element, may be."""
        found = _Value(frozenset((*path, step) for path in self.paths))
        if step == EVERY:
            for value in self.entries.values():
                found |= value
        elif step in self.entries:
            found |= self.entries[step]
        return found | self.entries.get(EVERY, _NOTHING) | (self.items or _NOTHING)


_NOTHING = _Value()
_POD = _Value(frozenset({()}))
_ROOTS = {
    "object": _POD,
    "oldObject": _NOTHING,
    # The rest of a request is the same for every pod that is created.
    "request": _Value(
        entries={
            "object": _POD,
            "name": _Value(frozenset({("metadata", "name")})),
            "namespace": _Value(frozenset({("metadata", "namespace")})),
        }
    ),
}
_SAME = frozenset({"dyn", "value", "optional.of"})
_EITHER = frozenset({"_+_", "orValue", "or"})
_LOOKUPS = frozenset({"_[_]", "_?._", "_[?_]"})


def cel_reads(policies: Iterable[CelPolicy]) -> Reads:
    """What policies read of a pod that is created, verdicts and messages both."""
    walk = _Walk()
    for policy in policies:
        if policy.error is None:
            for expression in policy.expressions():
                walk.read(walk.value(tree(environment().compile(expression).serialize()), _ROOTS))
    return walk.reads


class _Walk:
    def __init__(self) -> None:
        self.reads = Reads()

    def read(self, value: _Value) -> _Value:
        """A value is used as a whole. What becomes of it holds no part of the pod that isn't read already."""
        for path in value.paths:
            self.reads.at(path).whole = True
        for part in (value.items, *value.entries.values()):
            if part is not None:
                self.read(part)
        return _NOTHING

    def value(self, node: Node, names: Mapping[str, _Value]) -> _Value:
        """What an expression may be. Raises `KeyError` for a variable that the API server does not give."""
        match node:
            case Constant():
                return _NOTHING
            case Name(name):
                return names[name]
            case Select(operand, step, test_only):
                found = self._below(self.value(operand, names), step)
                return _NOTHING if test_only else found
            case ListOf(elements):
                return _Value(items=self._any(elements, names))
            case MapOf(entries):
                return self._map(entries, names)
            case Comprehension():
                return self._comprehension(node, names)
            case Call():
                return self._call(node, names)

    def _call(self, call: Call, names: Mapping[str, _Value]) -> _Value:
        parts = call.arguments if call.target is None else (call.target, *call.arguments)
        values = [self.value(part, names) for part in parts]
        if call.function == "_?_:_":
            self.read(values[0])
            return values[1] | values[2]
        if call.function in _LOOKUPS:
            key = parts[1]
            if isinstance(key, Constant):
                return self._below(values[0], EVERY if key.text is None else key.text)
            self.read(values[1])
            return self._below(values[0], EVERY)
        if call.function == "@in" and isinstance(parts[0], Constant) and parts[0].text is not None:
            self._below(values[1], parts[0].text)
            for path in values[1].paths:
                self.reads.at(path).whole_if_list = True
            return self.read(_Value(items=values[1].items))
        if call.function in _EITHER:
            return values[0] | values[1]
        if call.function in _SAME:
            return values[0]
        if call.function == "hasValue" or (call.function == "size" and not values[0].paths):
            return (
                _NOTHING  # the field's being there was read when it was looked up, a built list has the length it has
            )
        for value in values:
            self.read(value)
        return _NOTHING

    def _below(self, value: _Value, step: str) -> _Value:
        found = value.below(step)
        for path in found.paths:
            self.reads.at(path)
        return found

    def _any(self, nodes: Iterable[Node], names: Mapping[str, _Value]) -> _Value:
        found = _NOTHING
        for node in nodes:
            found |= self.value(node, names)
        return found

    def _map(self, entries: Iterable[tuple[Node, Node]], names: Mapping[str, _Value]) -> _Value:
        found = _NOTHING
        for key, node in entries:
            self.read(self.value(key, names))
            name = key.text if isinstance(key, Constant) and key.text is not None else EVERY
            found |= _Value(entries={name: self.value(node, names)})
        return found

    def _comprehension(self, node: Comprehension, names: Mapping[str, _Value]) -> _Value:
        element = self._below(self.value(node.range, names), EVERY)
        accumulated = self.value(node.initial, names)
        for _ in range(_ROUNDS):
            inside = {**names, node.variable: element, node.accumulator: accumulated}
            self.read(self.value(node.condition, inside))
            grown = accumulated | self.value(node.step, inside)
            if grown == accumulated:
                return self.value(node.result, {**names, node.accumulator: accumulated})
            accumulated = grown
        return self.read(_POD)
