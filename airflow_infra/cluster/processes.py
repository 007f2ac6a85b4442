"""The processes of a cluster: started apart from us, found again by their records, stopped by pid and start time."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow_infra.cluster import launch
from airflow_infra.cluster.errors import ClusterError

_POLL_S = 0.02


@dataclass(frozen=True)
class Running:
    """A living process of ours."""

    pid: int
    ports: Mapping[str, int]
    """Where it listens, by what for: on loopback only."""


class Processes:
    """Processes that belong to one folder.

    `run/<name>.json` says who each is, `logs/<name>.log` holds what it wrote; all of them work in the folder itself,
    so that a Unix socket in it has a short name, however deep the folder lies. Nothing else is ever signalled.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records = folder / "run"
        self._logs = folder / "logs"

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        ports: Mapping[str, int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start a program with an environment of its own: of ours it gets PATH alone.

        Raises:
            ClusterError: when it is running already, or cannot be started.
        """
        if (running := self.find(name)) is not None:
            raise ClusterError(f"{name} is already running, with pid {running.pid}")
        self._records.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(exist_ok=True)
        launcher = (sys.executable, "-I", "-S", launch.__file__, self._record(name), json.dumps(dict(ports or {})))
        with self.log(name).open("ab") as log:
            launched = subprocess.run(  # noqa: S603
                [*map(str, launcher), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), **(environment or {})},
                check=False,
            )
        if launched.returncode != 0:
            raise ClusterError(f"{name} could not be started: {self.tail(name, 1)}")

    def find(self, name: str) -> Running | None:
        """The process of that name, if it lives."""
        try:
            record = json.loads(self._record(name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        pid = int(record["pid"])
        if launch.start_time(pid) != record["started"]:
            return None
        return Running(pid, record["ports"])

    def names(self) -> list[str]:
        """The names of all that live."""
        return [name for name in self._recorded() if self.find(name) is not None]

    def stop(self, names: Iterable[str], patience_s: float = 15) -> None:
        """Ask them to end, all at once; those that do not within that time are killed. Their records go, logs stay."""
        names = list(names)
        for name in names:
            self.signal(name, signal.SIGTERM)
            self.signal(name, signal.SIGCONT)  # one that was held could not end
        if not _until(lambda: not any(map(self.find, names)), patience_s):
            for name in names:
                self.signal(name, signal.SIGKILL)
            _until(lambda: not any(map(self.find, names)), patience_s)
        for name in names:
            self._record(name).unlink(missing_ok=True)

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Send a signal; false where no such process lives."""
        running = self.find(name)
        if running is None:
            return False
        with contextlib.suppress(ProcessLookupError):  # it ended just now
            os.kill(running.pid, number)
        return True

    def await_ready(self, name: str, ready: Callable[[], bool], patience_s: float = 60) -> None:
        """Wait until a process says that it is ready.

        Raises:
            ClusterError: when it ends, or takes too long; with the end of its log.
        """
        dead = False

        def settled() -> bool:
            nonlocal dead
            dead = self.find(name) is None
            return dead or ready()

        if not _until(settled, patience_s):
            raise ClusterError(f"{name} was not ready after {patience_s:.0f} s.\n{self._said(name)}")
        if dead:
            raise ClusterError(f"{name} ended while it was starting.\n{self._said(name)}")

    def log(self, name: str) -> Path:
        """The file with all that a process wrote."""
        return self._logs / f"{name}.log"

    def tail(self, name: str, lines: int = 12) -> str:
        """The end of what a process wrote."""
        try:
            with self.log(name).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _said(self, name: str) -> str:
        return f"The end of {self.log(name)}:\n{self.tail(name)}"

    def _record(self, name: str) -> Path:
        return self._records / f"{name}.json"

    def _recorded(self) -> list[str]:
        return sorted(file.stem for file in self._records.glob("*.json"))


def free_port() -> int:
    """A loopback port that nobody uses now; somebody may before it is used, so be ready to try another."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _until(settled: Callable[[], bool], patience_s: float) -> bool:
    last_call = time.monotonic() + patience_s
    while not settled():
        if time.monotonic() > last_call:
            return False
        time.sleep(_POLL_S)
    return True
