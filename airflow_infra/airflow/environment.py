"""A virtual environment with a stack's Airflow, made once and kept in the user's cache.

It holds what MWAA would install: the stack's Airflow version and its requirements, as Airflow's constraints pin them.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from airflow_infra.airflow.installing import AirflowEnvironmentError, Installer
from airflow_infra.catalogue.airflow import airflow_versions
from airflow_infra.settings.mwaa import MwaaSettings

Tell = Callable[[str], None]
"""Takes a line about the progress."""

_RECIPE = "1"
"""Part of every key: raised when environments are made otherwise than before."""
_MADE = "made.json"
"""Written last: a folder without it was interrupted, and is made again."""
_UNKNOWN_PYTHON = "3.12"
"""Python of an Airflow that the catalogue does not know: that of all versions of 2026."""
_CONSTRAINT = re.compile(r"(?:--constraint|-c)(?:\s+|=)[\"']?(?P<target>[^\s\"']+)")


@dataclass(frozen=True)
class Recipe:
    """What an environment is made of."""

    airflow_version: str
    python: str
    """Python's minor version on MWAA."""
    packages: tuple[str, ...]
    """The stack's requirements, one line each, without options of pip."""
    constraints: str | None
    """Address of the constraint file."""

    @property
    def key(self) -> str:
        """Name of the environment's folder: equal for equal recipes."""
        digest = hashlib.sha256(json.dumps([_RECIPE, asdict(self)]).encode()).hexdigest()
        return f"{self.airflow_version}-python{self.python}-{digest[:12]}"


@dataclass(frozen=True)
class AirflowEnvironment:
    """A virtual environment that holds a stack's Airflow."""

    folder: Path
    airflow_version: str
    notes: tuple[str, ...]
    """In what it differs from MWAA's, one sentence each."""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


def recipe(mwaa: MwaaSettings) -> Recipe:
    """What the environment of these settings is made of."""
    known = airflow_versions().versions.get(mwaa.airflow_version)
    lines = [re.sub(r"(^|\s)#.*$", "", line).strip() for line in mwaa.requirements.splitlines()]
    constraints = [match["target"] for line in lines if (match := _CONSTRAINT.fullmatch(line.rstrip("\"'")))]
    return Recipe(
        mwaa.airflow_version,
        known.python if known else _UNKNOWN_PYTHON,
        tuple(line for line in lines if line and not line.startswith("-")),
        constraints[0] if constraints else None,
    )


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where environments are kept: below XDG_CACHE_HOME, else ~/.cache. Every checkout shares them."""
    base = environment.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "airflow-infra" / "airflow"


def airflow_environment(mwaa: MwaaSettings, tell: Tell, cache: Path | None = None) -> AirflowEnvironment:
    """The environment of a stack's Airflow: the one at hand, else a new one, which takes a minute and 500 MB.

    Safe to be interrupted and to be run several times at once: one makes it, the others wait.

    Raises:
        AirflowEnvironmentError: when it cannot be made, with what is missing.
    """
    wanted = recipe(mwaa)
    folder = (cache or cache_folder()) / wanted.key
    try:
        found = _at_hand(folder)
        if found is not None:
            return found
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f"{folder.name}.lock"), tell):
            return _at_hand(folder) or _make(folder, wanted, tell)
    except OSError as error:
        raise AirflowEnvironmentError(f"{folder}: cannot be made: {error.strerror or error}") from error


def _at_hand(folder: Path) -> AirflowEnvironment | None:
    """The environment in a folder, if it was made to the end and its interpreter is still installed."""
    try:
        made = json.loads((folder / _MADE).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    environment = AirflowEnvironment(folder, made["airflow_version"], tuple(made["notes"]))
    return environment if environment.python.exists() else None


def _make(folder: Path, wanted: Recipe, tell: Tell) -> AirflowEnvironment:
    if folder.exists():
        tell("Removing an Airflow environment that was not finished, or whose Python is gone")
        shutil.rmtree(folder)
    tell(f"Making an environment with Airflow {wanted.airflow_version}: once, about a minute and 500 MB in {folder}")
    known = airflow_versions().versions.get(wanted.airflow_version)
    installer = Installer(folder, tell)
    notes = [
        *installer.make(wanted.python),
        *installer.install(
            [f"apache-airflow=={wanted.airflow_version}", *wanted.packages],
            wanted.constraints,
            known.released if known else None,
        ),
    ]
    made = AirflowEnvironment(folder, wanted.airflow_version, tuple(notes))
    draft = folder / f"{_MADE}.new"
    draft.write_text(json.dumps({"airflow_version": made.airflow_version, "notes": notes}), "utf-8")
    draft.replace(folder / _MADE)
    return made


@contextmanager
def _locked(file: Path, tell: Tell) -> Generator[None]:
    """Hold the lock of a file. The system lets go of it when its holder dies, so that none is ever left over."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Waiting: another process is making this Airflow environment")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
