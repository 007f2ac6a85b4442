"""The CEL of a policy as one expression: its variables bound by name, so that one program holds a policy or all."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKENS = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:\\.|[\s\S])*?\"\"\"|'''(?:\\.|[\s\S])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"""|(?P<comment>//[^\n]*)"""
    r"""|(?P<matches>\.\s*matches\s*(?=\())"""
    r"""|(?P<field>\.\s*\w+)"""
    r"""|\bvariables\s*\.\s*(?P<variable>\w+)"""
    r"""|\b(?P<word>[A-Za-z_]\w*)"""
)
MATCHES = "remembered_matches"
"""Stands for `matches`, whose pattern the engine would compile anew at each call."""
_OBJECT = "object"
"""What `variables.anyObject` is wherever an object is created or updated; nothing here judges a deletion."""


class UndeclaredError(ValueError):
    """An expression uses a variable that is not declared before it."""


@dataclass
class Bindings:
    """Variables of any number of policies, each resolved text under one name however many policies declare it."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    """Name by the variable's resolved expression, in an order in which each comes after what it uses."""
    uses: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Names that a name needs, itself included."""

    def bind(self, text: str, used: frozenset[str]) -> str:
        """The name of a resolved expression, which uses those names."""
        if text not in self.names:
            name = f"variable_{len(self.names)}"
            self.names[text] = name
            self.uses[name] = used | {name}
        return self.names[text]

    def around(self, body: str, needed: Iterable[str]) -> str:
        """An expression with these names bound around it. A binding is evaluated when it is first used, or never."""
        wanted = set(needed)
        texts = [(name, text) for text, name in self.names.items() if name in wanted]
        for name, text in reversed(texts):
            body = f"cel.bind({name},\n{text}\n,\n{body}\n)"
        return body


@dataclass(frozen=True)
class Resolved:
    """An expression whose variables are names of a `Bindings`."""

    text: str
    needs: frozenset[str]


class PolicySource:
    """Resolves the expressions of one policy."""

    def __init__(self, bindings: Bindings, parameters: Mapping[str, Any] | None) -> None:
        self._bindings = bindings
        # As dyn, or the type checker would hold a policy to the types that today's parameters happen to have.
        literal = f"dyn({json.dumps(parameters, ensure_ascii=False)})"
        self._declared = {"anyObject": _OBJECT, "params": bindings.bind(literal, frozenset())}

    def declare(self, name: str, expression: str) -> None:
        """Add a variable. Raises UndeclaredError."""
        resolved = self.resolve(expression)
        self._declared[name] = self._bindings.bind(resolved.text, resolved.needs)

    def resolve(self, expression: str) -> Resolved:
        """An expression by the names of its variables. Raises UndeclaredError."""
        needs: set[str] = set()

        def replaced(token: re.Match[str]) -> str:
            variable = token["variable"]
            if variable is None:
                return "" if token["comment"] else f".{MATCHES}" if token["matches"] else token[0]
            name = self._declared.get(variable)
            if name is None:
                raise UndeclaredError(f"variables.{variable} is not declared before it is used")
            if name != _OBJECT:
                needs.update(self._bindings.uses[name])
            return name

        return Resolved(_TOKENS.sub(replaced, expression).strip(), frozenset(needs))
