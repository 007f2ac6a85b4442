"""What a misspelt word probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_FEW = 12
"""More than these are not listed."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or, when nothing is close, what there is to choose from (if that is short)."""
    by_plain = {_plain(each): each for each in known}
    close = get_close_matches(_plain(word), by_plain, n=1)
    if close:
        return f"; did you mean {by_plain[close[0]]}?"
    return f"; known are {', '.join(sorted(by_plain.values()))}" if 0 < len(by_plain) <= _FEW else ""


def _plain(word: str) -> str:
    return word.replace("_", "").lower()
