"""What the README shows of a command, held to what the command prints."""

import re
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def as_is(text: str) -> str:
    """A text in which nothing varies from run to run."""
    return text


def hold_to_readme(name: str, printed: str, *, update: bool, stable: Callable[[str], str] = as_is) -> None:
    """Compare what was printed with the README's block between <!-- name --> and <!-- /name -->, or write it there.

    `stable` takes out of a text what varies from run to run.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = README.read_text().partition(start)
    shown, _, after = rest.partition(end)
    printed = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    if update:
        shown = "\n\n" + "".join(f"    {line}".rstrip() + "\n" for line in printed.splitlines()) + "\n"
        README.write_text(before + start + shown + end + after)
    text = re.sub("^    ", "", shown.strip("\n"), flags=re.MULTILINE)
    assert stable(text) == stable(printed), "write it again: make golden"
