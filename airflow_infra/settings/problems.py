"""What is wrong with a stack's settings, said so that a person can put it right."""

from collections.abc import Sequence
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Where a value stands, such as ("eks", "cluster", "node_groups", 0, "name")."""

_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Finding:
    """What a check found, before it is known where in a file the value stands."""

    path: KeyPath
    message: str
    """What was expected, and why."""
    value: object = None
    """The value found; None where naming it would not help."""
    warning: bool = False
    """The settings can be used all the same."""
    suggestion: str | None = None
    """The key or value that was probably meant."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, or worth a warning."""

    file: str
    line: int | None
    path: str
    """Key path, such as eks.cluster.node_groups[0].name. Empty for the file as a whole."""
    value: str | None
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        """All of it on one line: file:line: path: value: what was expected (did you mean ...?)."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [place, self.path, self.value or "", self.message]
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return _on_one_line(": ".join(part for part in parts if part) + hint)


class SettingsError(Exception):
    """The settings cannot be used. Holds every problem, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def join_path(path: KeyPath) -> str:
    """A key path as people write it; keys that hold a dot or a slash are quoted in brackets."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif any(character in part for character in '.[]:/ "') or not part:
            text += f'["{part}"]'
        else:
            text += f".{part}" if text else part
    return text


def show_value(value: object) -> str | None:
    """A value for a message: short, on one line; nothing for blocks and lists."""
    if value is None or isinstance(value, dict | list | tuple):
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = f'"{text}"' if not text or text != text.strip() else text
    text = _on_one_line(text)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."


def _on_one_line(text: str) -> str:
    """The text with whatever cannot be printed written as an escape, line ends among it."""
    if text.isprintable():
        return text
    escaped = (
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
    return "".join(escaped)
