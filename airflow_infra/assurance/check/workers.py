"""Work shared between processes, its results in order.

The processes are spawned, so that they hold nothing of this one, and end when it does, however that happens.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Item], Result]

_MOST_AHEAD = 4
"""Items for each process that may be under way or done before their turn: what bounds the memory."""


class WorkerDiedError(Exception):
    """A process ended before its work was done."""

    def __init__(self, status: int | None) -> None:
        how = f"was ended by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
        super().__init__(f"a process that shares the work {how} before it was done: is there memory enough?")


def in_order(make_work: Callable[[], Work[Item, Result]], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """The results of some work, in the order of the items.

    Args:
        make_work: makes the work in each process; like the items and results it must be picklable.
        items: read as there is need for them.
        processes: how many share the work.

    Raises:
        WorkerDiedError: when a process ends before its work is done.
        Exception: what the work raises, with its traceback as a note.
    """
    workers: list[_Worker[Item, Result]] = []
    try:
        workers += (_Worker(make_work) for _ in range(processes))
        yield from _results(workers, iter(items))
    finally:
        for worker in workers:
            worker.end()


def _results(workers: list["_Worker[Item, Result]"], items: Iterator[Item]) -> Iterator[Result]:
    idle, busy = list(workers), dict[int, tuple[_Worker[Item, Result], int]]()
    done: dict[int, Result] = {}
    handed_out, due, more = 0, 0, True
    while more or busy or done:
        while more and idle and handed_out - due < _MOST_AHEAD * len(workers):
            try:
                item = next(items)
            except StopIteration:
                more = False
                break
            worker = idle.pop()
            worker.give(item)
            busy[worker.socket] = worker, handed_out
            handed_out += 1
        while due in done:
            yield done.pop(due)
            due += 1
        for socket in wait(list(busy)) if busy else ():
            worker, number = busy.pop(cast(int, socket))
            done[number] = worker.take()
            idle.append(worker)


class _Worker(Generic[Item, Result]):
    """A process, and the connection to it."""

    def __init__(self, make_work: Callable[[], Work[Item, Result]]) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._connection, theirs = spawning.Pipe()
        self._process: BaseProcess = spawning.Process(target=_serve, args=(make_work, theirs), daemon=True)
        # An interrupt from the keyboard reaches every process of the group: only this one answers it.
        answer = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._process.start()
        finally:
            signal.signal(signal.SIGINT, answer)
        theirs.close()
        self.socket = self._connection.fileno()

    def give(self, item: Item) -> None:
        try:
            self._connection.send(item)
        except OSError:
            raise self._died() from None

    def take(self) -> Result:
        try:
            result, error = self._connection.recv()
        except (EOFError, OSError):
            raise self._died() from None
        if error is not None:
            raise error
        return result

    def end(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.join()
        self._process.close()

    def _died(self) -> WorkerDiedError:
        self._process.join(timeout=1)
        return WorkerDiedError(self._process.exitcode)


def _serve(make_work: Callable[[], Work[Any, Any]], connection: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    work: Work[Any, Any] | None = None
    while True:
        try:
            item = connection.recv()
        except (EOFError, OSError):
            return
        answer: tuple[Any, Exception | None]
        try:
            if work is None:
                work = make_work()
            answer = work(item), None
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again where the work came from
            error.add_note(traceback.format_exc())
            answer = None, error
        try:
            connection.send(answer)
        except OSError:
            return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
