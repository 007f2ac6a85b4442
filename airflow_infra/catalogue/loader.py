"""Loads a data file into its model. A damaged, undated or incomplete file is refused by name."""

from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

_DATA = Path(__file__).parent / "data"


class CatalogueError(Exception):
    """A data file cannot be used."""


class Entry(BaseModel):
    """A block of a data file: unknown keys are refused, nothing is changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Catalogue(Entry):
    """A data file: what it says, when it was true, and who said so."""

    as_of: date
    """The day on which the file was put together."""
    source: Annotated[tuple[str, ...], Field(min_length=1)]
    """Where the facts come from, each with its date."""
    note: str = ""
    """What a reader must know, what is not verified among it."""


AnyCatalogue = TypeVar("AnyCatalogue", bound=Catalogue)


def load(model: type[AnyCatalogue], name: str, folder: Path = _DATA) -> AnyCatalogue:
    """Load <name>.json from the folder of data files.

    Raises CatalogueError with the file's name and everything that is wrong with it.
    """
    file = folder / f"{name}.json"
    try:
        return model.model_validate_json(file.read_bytes(), strict=True)
    except OSError as error:
        raise CatalogueError(f"{file}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, details['loc'])) or 'the file'}: {details['msg']}"
            for details in error.errors(include_url=False, include_input=False)
        )
        raise CatalogueError(f"{file}: {problems}") from None
