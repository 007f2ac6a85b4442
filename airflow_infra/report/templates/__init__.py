"""Templates of what is shown. Every value that enters one is escaped."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

_FOLDER = Path(__file__).parent


def render(name: str, **values: Any) -> Markup:
    """A template of this folder with values, escaped; the result counts as escaped in other templates."""
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - rendered with autoescape


def text(name: str) -> Markup:
    """A file of this folder as it is: our own style or script, with no value in it."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of ours


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"usd": _usd, "minutes": _minutes}
    return environment


def _usd(amount: float) -> str:
    """Dollars of a month, whole: an estimate is no finer."""
    return f"{'-' if amount <= -0.5 else ''}${abs(amount):,.0f}"


def _minutes(minutes: float) -> str:
    return f"{minutes:.1f}".removesuffix(".0") + " min"
