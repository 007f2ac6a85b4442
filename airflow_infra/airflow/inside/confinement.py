"""What a DAG file may not do while it is read: reach a network, use all memory, outlive its time."""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x0005000D  # refused calls fail with EACCES (13)
_IO_URING_SETUP = 425
_X32 = 0x40000000
_SYSTEMS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: its number for audit (linux/audit.h) and its number of the call `socket`."""
NO_NETWORK = "a DAG file is read without network"
_WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname")


def refuse_network() -> str:
    """Take the network away from this process and all that it starts, for good; say by what means.

    On Linux the kernel refuses to make a socket (seccomp), also to native code and to other programs. It needs no
    rights, unlike a network namespace, which many distributions and containers refuse. Elsewhere Python refuses to
    connect: native code and other programs are not watched.
    """
    if sys.platform == "linux" and platform.machine() in _SYSTEMS and _filter_calls(*_SYSTEMS[platform.machine()]):
        return "kernel"
    sys.addaudithook(_watch)
    return "python"


def _filter_calls(machine: int, socket: int) -> bool:
    """Install a filter that refuses to make sockets, io_uring, which could make them, and foreign system calls."""
    program = [
        (_LOAD, 0, 0, 4),  # the machine that the call is for
        (_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, 0),  # the call's number
        (_AT_LEAST, 3, 0, _X32),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), 0, 0) == 0


def _watch(event: str, _: tuple[object, ...]) -> None:
    if event in _WATCHED:
        raise PermissionError(13, NO_NETWORK)


def limit_memory(size: int) -> None:
    """Bound this process's memory, bytes. macOS knows no such bound and ignores it."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def adopt_orphans() -> None:
    """Become the parent of every process below that loses its own, so that none escapes. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """End when that parent does: nobody else knows how long this process may take. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it has ended already


def wait(process: int, seconds: float) -> int | None:
    """The exit code of a child process (negative: the signal that ended it). None: it took too long.

    Ends whatever else it started, in any case.
    """
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.002)
        return None
    finally:
        _end_all(process)


def _end_all(group: int) -> None:
    # once, at once: a number that is free again may soon be another group's
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for child in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            time.sleep(0.002)


def _children() -> list[int]:
    """Processes whose parent is this one. Empty where there is no /proc: there the group must do."""
    me = str(os.getpid())
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # the name in brackets may hold anything, brackets too
            if stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1] == me:
                found.append(int(stat.parent.name))
    return found
