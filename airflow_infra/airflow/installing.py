"""Makes a virtual environment and installs into it, by uv."""

import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

_PYTHONS = ("3.13", "3.12", "3.11", "3.10")
"""Minors that an Airflow of these years may run on, newest first."""
_DAYS_AFTER_RELEASE = timedelta(days=3)
"""Providers of a release are on the index within these days (seen with 2.11.0: a day later)."""
_FETCH_SECONDS = 10
_CONSEQUENCE = "and may differ from what MWAA installs"
_SPOKEN = ("Resolved", "Prepared", "Installed")
"""Beginnings of the lines of uv that are worth showing."""


class AirflowEnvironmentError(Exception):
    """An environment with the stack's Airflow cannot be made."""


class Installer:
    """Fills one folder. Its steps return in what the result differs from MWAA, one sentence each."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._uv = _uv()

    def make(self, minor: str) -> list[str]:
        """Make the virtual environment with this minor of Python, or the nearest at hand.

        Raises:
            AirflowEnvironmentError: when there is none, or uv fails.
        """
        found, python = self._nearest(minor)
        self._run("venv", "--no-project", "--python", python, str(self._folder))
        return [] if found == minor else [f"Python {found} stands in for MWAA's {minor}, which was not found here"]

    def install(self, packages: Sequence[str], constraints: str | None, released: date | None) -> list[str]:
        """Install packages as the constraint file pins them.

        Where the file cannot be had, a bound on upload dates stands in for it: what the index held a few days after
        Airflow's release is what that release was tried with.

        Raises:
            AirflowEnvironmentError: when uv fails, with what it said.
        """
        options: list[str] = []
        notes: list[str] = []
        missing = f"Airflow's constraint file could not be had ({constraints or 'the requirements name none'})"
        with tempfile.TemporaryDirectory() as scratch:
            pins, wanted = Path(scratch) / "constraints.txt", Path(scratch) / "requirements.txt"
            wanted.write_text("\n".join(packages), "utf-8")
            if constraints is not None and _fetched(constraints, pins):
                options = ["--constraint", str(pins)]
            elif released is not None:
                bound = (released + _DAYS_AFTER_RELEASE).isoformat()
                options = ["--exclude-newer", bound]
                notes = [f"{missing}: packages are as of {bound}, after its release, {_CONSEQUENCE}"]
            else:
                notes = [f"{missing}, nor is its release known: packages are the newest, {_CONSEQUENCE}"]
            python = str(self._folder / "bin" / "python")
            self._run("pip", "install", "--python", python, "--compile-bytecode", *options, "-r", str(wanted))
        return notes

    def _nearest(self, minor: str) -> tuple[str, str]:
        """The minor and the path of the interpreter that is nearest to the one asked for."""
        wanted = int(minor.partition(".")[2])
        for candidate in sorted({minor, *_PYTHONS}, key=lambda other: abs(int(other.partition(".")[2]) - wanted)):
            python = self._find(candidate)
            if python:
                return candidate, python
        raise AirflowEnvironmentError(f"Python {minor} was not found, nor one near it: install it")

    def _find(self, minor: str) -> str | None:
        command = [self._uv, "python", "find", "--system", "--no-project", "--no-python-downloads", minor]
        environments = [dict(os.environ)]
        if shutil.which("pyenv"):
            # pyenv's stand-ins fail for every version but the chosen one, and uv gives up at the first that fails
            listed = _output(["pyenv", "versions", "--bare"], os.environ) or ""
            environments.append(os.environ | {"PYENV_VERSION": ":".join(listed.split())})
        for environment in environments:
            found = _output(command, environment)
            if found:
                return found.strip()
        return None

    def _run(self, *arguments: str) -> None:
        """Run uv, telling how it goes.

        Raises:
            AirflowEnvironmentError: with its last lines.
        """
        lines: list[str] = []
        command = [self._uv, "--no-progress", *arguments]
        with subprocess.Popen(  # noqa: S603
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stderr is not None
            try:
                for line in process.stderr:
                    lines.append(line.rstrip())
                    if line.startswith(_SPOKEN):
                        self._tell(f"  {line.strip()}")
            except BaseException:
                process.kill()  # an interrupt: nothing may go on writing into the folder once its lock is let go
                raise
        if process.returncode != 0:
            said = "\n".join(lines[-20:])
            raise AirflowEnvironmentError(f"uv {' '.join(arguments[:2])} failed ({process.returncode}):\n{said}")


def _fetched(address: str, file: Path) -> bool:
    """Whether the constraint file could be had. Only https: a path of MWAA's workers means nothing here."""
    if not address.startswith("https://"):
        return False
    try:
        with urllib.request.urlopen(address, timeout=_FETCH_SECONDS) as answer:  # noqa: S310
            file.write_bytes(answer.read())
    except OSError:
        return False
    return True


def _output(command: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """What a command prints. None when it fails."""
    found = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)  # noqa: S603
    return found.stdout if found.returncode == 0 else None


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise AirflowEnvironmentError("uv was not found: make install brings it, and so does pip install uv")
    return found
