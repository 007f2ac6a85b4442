import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_infra.cluster.errors import ClusterError
from airflow_infra.cluster.launch import start_time
from airflow_infra.cluster.processes import Processes

STUBBORN = ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.stop(processes.names(), patience_s=0)


def test_what_was_started_is_found_by_others(processes: Processes) -> None:
    processes.start("sleeper", ["/bin/sleep", "60"], {"https": 4711})

    found = Processes(processes.folder).find("sleeper")

    assert found
    assert found.ports == {"https": 4711}


def test_what_was_started_is_no_child_of_ours(processes: Processes) -> None:
    processes.start("sleeper", ["/bin/sleep", "60"])

    with pytest.raises(ChildProcessError):
        os.waitpid(processes.find("sleeper").pid, os.WNOHANG)  # type: ignore[union-attr]


def test_of_our_environment_it_gets_the_path_alone(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    processes.start("env", ["/usr/bin/env"], environment={"POD_NAME": "pod"})
    while processes.names():
        time.sleep(0.01)

    names = {line.partition("=")[0] for line in processes.log("env").read_text().splitlines()}

    assert names - {"LC_CTYPE"} == {"PATH", "HOME", "POD_NAME"}


def test_it_works_in_the_folder(processes: Processes) -> None:
    processes.start("pwd", ["/bin/pwd"])
    while processes.names():
        time.sleep(0.01)

    assert processes.log("pwd").read_text().strip() == str(processes.folder)


def test_nothing_is_started_twice(processes: Processes) -> None:
    processes.start("sleeper", ["/bin/sleep", "60"])

    with pytest.raises(ClusterError, match="sleeper is already running, with pid"):
        processes.start("sleeper", ["/bin/sleep", "60"])


def test_a_program_that_is_not_there_is_named(processes: Processes) -> None:
    with pytest.raises(ClusterError, match="etcd could not be started: /nowhere/etcd: No such file"):
        processes.start("etcd", ["/nowhere/etcd"])


def test_a_program_that_is_not_there_leaves_no_record(processes: Processes) -> None:
    with pytest.raises(ClusterError):
        processes.start("etcd", ["/nowhere/etcd"])

    assert processes.names() == []


@pytest.mark.parametrize("held", [False, True])
def test_what_is_stopped_is_gone(processes: Processes, held: bool) -> None:
    processes.start("sleeper", ["/bin/sleep", "60"])
    pid = processes.find("sleeper").pid  # type: ignore[union-attr]
    if held:
        processes.signal("sleeper", signal.SIGSTOP)

    processes.stop(["sleeper"])

    assert start_time(pid) is None


def test_what_does_not_listen_is_killed(processes: Processes) -> None:
    processes.start("stubborn", STUBBORN)
    processes.await_ready("stubborn", lambda: "deaf" in processes.tail("stubborn"))

    processes.stop(["stubborn"], patience_s=0.1)

    assert processes.names() == []


def test_a_pid_that_was_given_to_another_process_is_left_alone(processes: Processes) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"])
    try:
        (processes.folder / "run").mkdir()
        record = f'{{"pid": {stranger.pid}, "started": "another time", "ports": {{}}}}'
        (processes.folder / "run" / "etcd.json").write_text(record)

        processes.stop(["etcd"])

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_that_ends_while_it_starts_shows_what_it_said(processes: Processes) -> None:
    processes.start("broken", ["/bin/sh", "-c", "echo no certificate; exit 3"])

    with pytest.raises(ClusterError, match=r"(?s)broken ended while it was starting.*broken\.log:\nno certificate"):
        processes.await_ready("broken", lambda: False)


def test_a_process_that_takes_too_long_shows_what_it_said(processes: Processes) -> None:
    processes.start("slow", ["/bin/sh", "-c", "echo waiting; exec sleep 60"])
    while not processes.tail("slow"):
        time.sleep(0.01)

    with pytest.raises(ClusterError, match=r"(?s)slow was not ready after 0 s.*waiting"):
        processes.await_ready("slow", lambda: False, patience_s=0.05)


def test_the_remains_of_a_process_have_no_start_time() -> None:
    ended = subprocess.Popen(["/bin/true"])
    while start_time(ended.pid) is not None:
        time.sleep(0.01)

    assert ended.wait() == 0
