"""The cluster's network, as far as there is one: the API server's way to Services whose pods run outside.

The API server opens a connection to an address inside the cluster by asking here for it (an HTTP CONNECT proxy on a
Unix socket; Kubernetes documentation, "Set up Konnectivity service"). So a webhook is called by the Service that it was
registered with, under that Service's name, and nothing of the registration has to be changed.
"""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

Resolve = Callable[[str, int], int | None]
"""The loopback port behind a Service's address and port; None where nobody is ready to answer."""

_HEADER_BYTES = 16_384


async def serve(socket: Path, resolve: Resolve) -> asyncio.Server:
    """Answer on a socket that only its owner may use."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _tunnel(reader, writer, resolve)
        except (OSError, asyncio.IncompleteReadError) as error:
            print(f"network: {error}", file=sys.stderr, flush=True)
        finally:
            writer.close()

    socket.unlink(missing_ok=True)
    return await asyncio.start_unix_server(connected, socket, limit=_HEADER_BYTES)


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, resolve: Resolve) -> None:
    request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
    address, _, port = request[1].rpartition(":")
    try:
        target = await asyncio.to_thread(resolve, address, int(port))
        if request[0] != "CONNECT" or target is None:
            raise ConnectionRefusedError(f"{' '.join(request[:2])}: nobody is ready to answer")
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
    except OSError:
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        await writer.drain()
        raise
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
    finally:
        inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and its end; a connection that breaks has ended too."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
