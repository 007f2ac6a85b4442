"""Work shared between processes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airflow_infra.assurance.check.workers import WorkerDiedError, in_order

SLEEPER = """
import os, sys, time
from airflow_infra.assurance.check.workers import in_order
def work(item):
    print(os.getpid(), flush=True)
    time.sleep(60)
def make(): return work
if __name__ == "__main__":
    list(in_order(make, range(9), 2))
"""


def double(item: int) -> int:
    if item % 5 == 0:
        time.sleep(0.02)  # lets the others overtake it
    return item * 2


def make_double() -> Callable[[int], int]:
    return double


def die(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def make_die() -> Callable[[int], int]:
    return die


def fail(item: int) -> int:
    raise ValueError(f"cannot do {item}")


def make_fail() -> Callable[[int], int]:
    return fail


def test_results_come_in_the_order_of_the_items_and_no_item_is_read_long_before_its_turn() -> None:
    read: list[int] = []
    ahead = 0

    def items() -> Iterator[int]:
        for item in range(100):
            read.append(item)
            yield item

    results: list[int] = []
    for result in in_order(make_double, items(), 2):
        results.append(result)
        ahead = max(ahead, len(read) - len(results))
    assert results == [item * 2 for item in range(100)]
    assert ahead <= 8


def test_a_process_that_dies_is_an_error() -> None:
    with pytest.raises(WorkerDiedError, match="was ended by signal 9 before it was done"):
        list(in_order(make_die, range(20), 2))


def test_what_the_work_raises_is_raised_here_and_says_where() -> None:
    with pytest.raises(ValueError, match="cannot do 0") as raised:
        list(in_order(make_fail, [0], 1))
    assert "in fail" in raised.value.__notes__[0]


@pytest.mark.parametrize(("how", "whom"), [(signal.SIGINT, os.killpg), (signal.SIGKILL, os.kill)])
def test_no_process_is_left_however_the_command_ends_and_only_it_answers_an_interrupt(
    tmp_path: Path, how: signal.Signals, whom: Callable[[int, signal.Signals], None]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SLEEPER)
    command = [sys.executable, script]
    with (
        (tmp_path / "errors").open("w+") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True) as process,
    ):
        assert process.stdout is not None
        workers = [int(process.stdout.readline()) for _ in range(2)]
        whom(process.pid, how)
        process.wait(10)
        deadline = time.monotonic() + 10
        while any(map(runs, workers)) and time.monotonic() < deadline:
            time.sleep(0.02)
        left = [worker for worker in workers if runs(worker)]
        for worker in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        errors.seek(0)
        assert left == []
        assert errors.read().count("Traceback") == (1 if how == signal.SIGINT else 0)


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
