import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BEGINNING = "import os, socket, subprocess, sys, time\nfrom airflow_infra.airflow.inside import confinement\n"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's filter of calls is Linux's")


def run(source: str) -> str:
    """What a Python process prints that runs this source."""
    command = [sys.executable, "-c", BEGINNING + textwrap.dedent(source)]
    answer = subprocess.run(command, check=False, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@ON_LINUX
def test_the_kernel_refuses_sockets() -> None:
    source = """
    print(confinement.refuse_network())
    try:
        socket.socket()
    except PermissionError:
        print("refused")
    """
    assert run(source).split() == ["kernel", "refused"]


@ON_LINUX
def test_programs_that_are_started_have_no_sockets_either() -> None:
    source = """
    confinement.refuse_network()
    code = "import socket, sys\\ntry: socket.socket(socket.AF_UNIX)\\nexcept PermissionError: print('refused')"
    subprocess.run([sys.executable, "-I", "-c", code])
    """
    assert run(source) == "refused"


def test_where_the_kernel_cannot_python_refuses_to_connect() -> None:
    source = """
    confinement._SYSTEMS.clear()
    print(confinement.refuse_network())
    for attempt in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: socket.getaddrinfo("localhost", 9)):
        try:
            attempt()
        except PermissionError:
            print("refused")
    """
    assert run(source).split() == ["python", "refused", "refused"]


def test_pairs_of_sockets_within_a_process_still_work() -> None:
    source = """
    confinement.refuse_network()
    a, b = socket.socketpair()
    a.send(b"hello")
    print(b.recv(5).decode())
    """
    assert run(source) == "hello"


@ON_LINUX
def test_memory_is_bounded() -> None:
    source = """
    confinement.limit_memory(2**29)
    try:
        bytearray(2**30)
    except MemoryError:
        print("refused")
    """
    assert run(source) == "refused"


def test_the_exit_code_of_a_process_is_told() -> None:
    source = """
    child = os.fork()
    if child == 0:
        os._exit(3)
    print(confinement.wait(child, 10))
    """
    assert run(source) == "3"


def test_a_process_that_takes_too_long_is_ended() -> None:
    source = """
    child = os.fork()
    if child == 0:
        time.sleep(100)
    print(confinement.wait(child, 0.05))
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        print("ended")
    """
    assert run(source).split() == ["None", "ended"]


@ON_LINUX
def test_a_process_ends_with_the_one_that_waits_for_it() -> None:
    source = """
    import signal
    confinement.adopt_orphans()
    reading, writing = os.pipe()
    waiting = os.fork()
    if waiting == 0:
        me = os.getpid()
        if os.fork() == 0:
            confinement.end_with_parent(me)
            os.write(writing, str(os.getpid()).encode())
            time.sleep(100)
        time.sleep(100)
    child = int(os.read(reading, 20))
    os.kill(waiting, signal.SIGKILL)
    for process in (waiting, child):
        print(os.WTERMSIG(os.waitpid(process, 0)[1]))
    """
    assert run(source).split() == ["9", "9"]


@ON_LINUX
def test_what_a_process_leaves_behind_is_ended_in_whatever_session_it_hides() -> None:
    source = """
    confinement.adopt_orphans()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        left = subprocess.Popen(["setsid", "sleep", "100"])
        os.write(writing, str(left.pid).encode())
        os._exit(0)
    confinement.wait(child, 10)
    try:
        os.kill(int(os.read(reading, 20)), 0)
    except ProcessLookupError:
        print("ended")
    """
    assert run(source) == "ended"
