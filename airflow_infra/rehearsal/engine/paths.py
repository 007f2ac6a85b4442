"""Property paths as Pulumi's options write them: `tags`, `scaling.min`, `rules[0]`, `data["a.b"]`, `*`."""

import copy
import re
from typing import Any

Path = tuple[str | int, ...]

_SEGMENT = re.compile(r"""\.?([^.\[\]"]+)|\[(\d+)\]|\[\*\]|\["((?:[^"\\]|\\.)*)"\]""")
_ANY = "*"


def parse(text: str) -> Path:
    """The segments of a path; `*` and `[*]` stand for every key or index.

    Raises:
        ValueError: for text that is no path.
    """
    segments: list[str | int] = []
    at = 0
    while at < len(text):
        match = _SEGMENT.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is not a property path: it cannot be read from character {at + 1} on")
        name, index, quoted = match.groups()
        if index is not None:
            segments.append(int(index))
        elif quoted is not None:
            segments.append(quoted.replace('\\"', '"'))
        else:
            segments.append(name or _ANY)
        at = match.end()
    if not segments:
        raise ValueError("a property path cannot be empty")
    return tuple(segments)


def text(path: Path) -> str:
    """A path as people write it."""
    written = ""
    for segment in path:
        if isinstance(segment, int):
            written += f"[{segment}]"
        elif re.fullmatch(r"[^.\[\]\"]+", segment):
            written += f".{segment}" if written else segment
        else:
            written += f'["{segment}"]'
    return written


def covers(pattern: Path, path: Path) -> bool:
    """Whether one of the two contains the other: `tags` and `tags.team` do, in both directions."""
    return all(mine in (_ANY, theirs) for mine, theirs in zip(pattern, path, strict=False))


def reset(new: dict[str, Any], old: dict[str, Any], pattern: Path) -> dict[str, Any]:
    """`new`, where what the pattern selects is as it was in `old`."""
    result = copy.deepcopy(new)
    _reset(result, old, pattern)
    return result


def _reset(new: Any, old: Any, pattern: Path) -> None:
    head, rest = pattern[0], pattern[1:]
    for key in _keys(new, old, head):
        has_new, has_old = _has(new, key), _has(old, key)
        if rest:
            if has_new and has_old:
                _reset(new[key], old[key], rest)
        elif has_old and (isinstance(new, dict) or has_new):
            new[key] = copy.deepcopy(old[key])
        elif has_new and isinstance(new, dict):
            del new[key]


def _keys(new: Any, old: Any, head: str | int) -> list[Any]:
    if head != _ANY:
        return [head]
    if isinstance(new, dict) and isinstance(old, dict):
        return list(dict.fromkeys([*new, *old]))
    if isinstance(new, list) and isinstance(old, list):
        return list(range(min(len(new), len(old))))
    return []


def _has(container: Any, key: str | int) -> bool:
    if isinstance(container, dict):
        return key in container
    return isinstance(container, list) and isinstance(key, int) and key < len(container)
