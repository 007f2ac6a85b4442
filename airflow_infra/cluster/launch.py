"""Start a program apart from everything that started it, and write down who it is before it runs.

Run as a script, by `python -I -S launch.py RECORD PORTS PROGRAM [ARGUMENT...]`. The record is there before the program
is: whoever started this may be killed at any moment, and what runs is still found and can be stopped.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def start_time(pid: int) -> str | None:
    """When a process was started, in the system's own words; None where there is none, or only its remains.

    A pid alone is given to another process one day; a pid with its start time is not.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _from_ps(pid)
    return None if fields[0] in "ZX" else fields[19]


def _from_ps(pid: int) -> str | None:
    """The same where there is no /proc: macOS."""
    command = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    state, _, started = shown.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def main(record: Path, ports: str, command: list[str]) -> int:
    """Become a daemon's parent: 0 once it runs, 1 with the reason on standard error."""
    reading, writing = os.pipe()  # closed by a successful exec; until then the child may say what went wrong
    if os.fork() == 0:
        try:
            os.setsid()
            pid = os.getpid()
            new = record.with_suffix(f".{pid}.new")
            new.write_text(json.dumps({"pid": pid, "started": start_time(pid), "ports": json.loads(ports)}))
            new.replace(record)
            os.execv(command[0], command)  # noqa: S606
        except OSError as error:
            os.write(writing, f"{command[0]}: {error.strerror}".encode())
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        problem = pipe.read().decode()
    if problem:
        record.unlink(missing_ok=True)
        sys.stderr.write(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
