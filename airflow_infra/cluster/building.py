"""Building the programs with Go: once, by one at a time, and whole or not at all."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from airflow_infra.cluster import components
from airflow_infra.cluster.components import FAMILIES, TOOLS, Family
from airflow_infra.cluster.errors import ClusterError, MissingError

_INSTALL_GO = "https://go.dev/doc/install"
_USUAL_PLACE = Path("/usr/local/go/bin/go")


@dataclass(frozen=True)
class Progress:
    """How far a build has come."""

    family: Family
    seconds: float
    packages: int
    """Compiled so far."""
    done: bool = False
    waiting: bool = False
    """For another build of the same family to end."""


Tell = Callable[[Progress], None]


def build(tell: Tell, tools: Path = TOOLS) -> None:
    """Build what is not built yet. Two builds at once are fine; the second finds what the first has made.

    Raises:
        MissingError: when Go is needed and is missing or too old.
        ClusterError: when a build fails, with the end of what Go said.
    """
    for family in FAMILIES:
        if components.is_built(family, tools):
            continue
        go = find_go(components.go_wanted(family, tools))
        with _alone(family, tools, tell) as lock:
            if not components.is_built(family, tools):
                _build(family, tools, go, lock, tell)


def find_go(wanted: str) -> Path:
    """The Go that is installed.

    Raises:
        MissingError: when there is none, or it is older than wanted.
    """
    found = shutil.which("go") or (str(_USUAL_PLACE) if _USUAL_PLACE.exists() else None)
    if found is None:
        raise MissingError(
            f"Go is not installed: a local cluster is built from Go modules, by Go {wanted} or newer. Install it "
            f"({_INSTALL_GO}), then run this again. Everything else works without."
        )
    said = subprocess.run([found, "version"], capture_output=True, text=True, check=False, env=_environment())  # noqa: S603
    version = re.search(r"go(\d+(?:\.\d+)*)", said.stdout)
    if version is None or _numbers(version[1]) < _numbers(wanted):
        raise MissingError(
            f"{found} is {said.stdout.strip() or 'not working: ' + said.stderr.strip()}, and Go {wanted} or newer is "
            f"needed to build a local cluster. Install it ({_INSTALL_GO}), then run this again."
        )
    return Path(found)


def _build(family: Family, tools: Path, go: Path, lock: int, tell: Tell) -> None:
    began = time.monotonic()
    new = tools / ".built" / f"{family.name}.new"
    shutil.rmtree(new, ignore_errors=True)  # what an interrupted build left
    new.mkdir(parents=True)
    command = [str(go), "build", "-v", *components.flags(family, tools), "-o", f"{new}{os.sep}", "tool"]
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=tools / family.name,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[lock],  # it is still building, should we be killed
    )
    said: list[str] = []
    listener = threading.Thread(target=lambda: said.extend(process.stderr or ()))
    listener.start()
    try:
        while process.poll() is None:
            tell(Progress(family, time.monotonic() - began, len(said)))
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        listener.join()
    if process.returncode != 0:
        end = "".join(said[-15:])
        raise ClusterError(f"{family.name} was not built. `{' '.join(command)}` said:\n{end}")
    _put_in_place(family, tools, go, new)
    tell(Progress(family, time.monotonic() - began, len(said), done=True))


def _put_in_place(family: Family, tools: Path, go: Path, new: Path) -> None:
    """Programs first, each in one step, then the stamp that says that all of them are there."""
    folder = tools / "bin"
    folder.mkdir(exist_ok=True)
    components.stamp_file(family, tools).unlink(missing_ok=True)
    for file in new.iterdir():
        file.replace(folder / family.renamed.get(file.name, file.name))
    new.rmdir()
    for there, here in family.data.items():
        _copy(_module_folder(family, tools, go) / there, folder / here)
    missing = [name for name in components.programs(family, tools) if not (folder / name).exists()]
    if missing:
        raise ClusterError(f"Go built {family.name} without {', '.join(missing)}: its go.mod names other tools?")
    stamp = new.with_name(f"{family.name}.stamp")
    stamp.write_text(components.digest(family, tools), encoding="utf-8")
    stamp.replace(components.stamp_file(family, tools))


def _module_folder(family: Family, tools: Path, go: Path) -> Path:
    command = [str(go), "list", "-m", "-f", "{{.Dir}}", family.module]
    said = subprocess.run(  # noqa: S603
        command, cwd=tools / family.name, env=_environment(), capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        raise ClusterError(f"{' '.join(command)}: {said.stderr.strip()}")
    return Path(said.stdout.strip())


def _copy(source: Path, target: Path) -> None:
    """Copy the files alone: a module's own folders are read-only."""
    shutil.rmtree(target, ignore_errors=True)
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


@contextlib.contextmanager
def _alone(family: Family, tools: Path, tell: Tell) -> Generator[int]:
    """Nobody else builds this family meanwhile; the lock's file descriptor."""
    folder = tools / ".built"
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / f"{family.name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        began = time.monotonic()
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                tell(Progress(family, time.monotonic() - began, 0, waiting=True))
                time.sleep(1)
        yield lock
    finally:
        os.close(lock)


def _environment() -> dict[str, str]:
    """Ours, but Go does not fetch another Go by itself."""
    return {**os.environ, "GOTOOLCHAIN": "local"}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
