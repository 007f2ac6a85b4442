"""How problems of a pod are put."""

from collections.abc import Iterable

Problem = tuple[str, str]
"""The field, and what is wrong with it."""
LARGEST_ID = 2**31 - 1
"""Of users and groups; of seconds too."""


def not_one_of(path: str, value: object, words: Iterable[str]) -> Problem:
    """A value that is none of those there are."""
    return path, f"expected one of {', '.join(words)}, got {value!r}"
