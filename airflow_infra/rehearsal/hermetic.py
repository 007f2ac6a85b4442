"""Nothing leaves the machine: credentials and endpoints are put aside, and only loopback can be reached.

Python's sockets are watched by an audit hook; gRPC connects in native code, so the targets of its channels are checked
where channels are made. Processes that a program starts are not watched: they find no credentials either.
"""

import ipaddress
import os
import re
import socket
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PUT_ASIDE = re.compile(
    r"(AWS|AZURE|ARM|BOTO|CLOUDSDK|CONSUL|GCP|GITHUB|GITLAB|GOOGLE|HELM|KUBE|OTEL|PULUMI|VAULT)_.*|KUBECONFIG|TRACEPARENT"
    r"|.*_(PROXY|ENDPOINT|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?|PROFILE|ACCESS_KEY|API_KEY)",
    re.IGNORECASE,
)
_CONNECTIONS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


class NotLoopbackError(PermissionError):
    """Something tried to reach beyond this machine."""

    def __init__(self, target: object) -> None:
        super().__init__(f"a rehearsal may not leave this machine, and something tried to reach {target}")


def clean_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """An environment without credentials, profiles, endpoints and proxies, whose home is an empty folder."""
    kept = {name: value for name, value in environment.items() if not _PUT_ASIDE.fullmatch(name)}
    return kept | {
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "KUBECONFIG": str(home / "no-kubeconfig"),
        "PULUMI_HOME": str(home / "no-pulumi"),
    }


@contextmanager
def hermetic(home: Path) -> Generator[None]:
    """Clean this process's environment and keep it on this machine, until the end of the block."""
    before = dict(os.environ)
    cleaned = clean_environment(before, home)
    touched = {name for name in before | cleaned if before.get(name) != cleaned.get(name)}
    _exchange(touched, cleaned)
    confine()
    try:
        yield
    finally:
        release()
        _exchange({*touched, *(name for name in os.environ if _PUT_ASIDE.fullmatch(name))}, before)


def confine() -> None:
    """Refuse, from now on, every connection of this process that is not to this machine. May be nested."""
    _GUARD.engage()


def release() -> None:
    """Undo one `confine`."""
    _GUARD.disengage()


def check_target(target: str) -> None:
    """Refuse a gRPC target that is not on this machine, such as `dns:///example.com:443`.

    Raises:
        NotLoopbackError: with the target.
    """
    scheme, separator, rest = target.partition(":")
    if separator and scheme in ("unix", "unix-abstract"):
        return
    if separator and scheme in ("dns", "ipv4", "ipv6"):
        # an authority, as in dns://server/name, would be asked for the name
        addresses = rest.removeprefix("///").split(",") if not re.match("//[^/]", rest) else [target]
    else:
        addresses = [target]
    for address in addresses:
        host = re.sub(r":\d+$", "", address).strip("[]")
        if not _is_loopback(host):
            raise NotLoopbackError(target)


class _Guard:
    """Audit hooks cannot be taken away: this one is installed once, and does nothing while it is not engaged."""

    def __init__(self) -> None:
        self._depth = 0
        self._installed = False
        self._originals: list[tuple[Any, str, Callable[..., Any]]] = []

    def engage(self) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        if not self._installed:
            self._installed = True
            sys.addaudithook(self._audit)
        # not needed before: importing grpc takes a while
        import grpc
        import grpc.aio

        for module in (grpc, grpc.aio):
            for name in ("insecure_channel", "secure_channel"):
                original = getattr(module, name)
                self._originals.append((module, name, original))
                setattr(module, name, _checked(original))

    def disengage(self) -> None:
        self._depth -= 1
        if self._depth == 0:
            for module, name, original in self._originals:
                setattr(module, name, original)
            self._originals.clear()

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._depth == 0 or not event.startswith("socket."):
            return
        if event in _CONNECTIONS:
            connection, address = arguments
            if connection.family == socket.AF_UNIX or address is None:
                return
            if connection.family not in (socket.AF_INET, socket.AF_INET6) or not _is_loopback(address[0]):
                raise NotLoopbackError(address)
        elif event in _LOOKUPS:
            host = arguments[0]
            if host is not None and not _is_loopback(host if isinstance(host, str) else host.decode()):
                raise NotLoopbackError(host)


_GUARD = _Guard()


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def channel(target: str, *arguments: Any, **options: Any) -> Any:
        check_target(target)
        return original(target, *arguments, **options)

    return channel


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _exchange(names: set[str], values: Mapping[str, str]) -> None:
    for name in names:
        if name in values:
            os.environ[name] = values[name]
        else:
            os.environ.pop(name, None)
