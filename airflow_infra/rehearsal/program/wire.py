"""Messages between the rehearsal and the processes of its program: JSON, each with its length before it."""

import json
import socket
import struct
from typing import Any

_LENGTH = struct.Struct(">I")


def send(connection: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Send a message, and open files with it."""
    payload = json.dumps(message).encode()
    head = _LENGTH.pack(len(payload))
    if descriptors:
        socket.send_fds(connection, [head], descriptors)
    else:
        connection.sendall(head)
    connection.sendall(payload)


def receive(connection: socket.socket, descriptors: int = 0) -> tuple[dict[str, Any], list[int]] | None:
    """The next message with its open files, or None when the other side has gone."""
    try:
        head, received, _, _ = socket.recv_fds(connection, _LENGTH.size, descriptors)
    except ConnectionResetError:
        return None
    head += _exactly(connection, _LENGTH.size - len(head)) if head else b""
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = _exactly(connection, length)
    if len(payload) < length:
        return None
    return json.loads(payload), received


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            break
        received += chunk
    return bytes(received)
