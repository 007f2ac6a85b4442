"""The `airflow-infra` command: parses, calls, prints. What is slow to import is imported where it is used."""

import signal
from types import FrameType


def main() -> None:
    """Run the command."""
    # A command that is told to stop takes its processes and its temporary directory along.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    from airflow_infra.cli.app import run

    run()


def _stop(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
