"""The way from the API server to Services."""

import asyncio
from pathlib import Path

import pytest

from airflow_infra.cluster.outside import network
from airflow_infra.cluster.outside.network import Resolve

CONNECT = b"CONNECT 10.96.0.7:443 HTTP/1.1\r\nHost: 10.96.0.7:443\r\n\r\n"


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # a short name, as in a cluster's folder
    return Path("network.sock")


async def ask(socket: Path, request: bytes, resolve: Resolve) -> bytes:
    """What comes back for a request, and for `hello` after it."""
    async with await network.serve(socket, resolve):
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " in answer:
            writer.write(b"hello")
            writer.write_eof()
        answer += await reader.read()
        writer.close()
    return answer


async def ask_an_echo(socket: Path) -> tuple[bytes, list[tuple[str, int]]]:
    asked: list[tuple[str, int]] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        def resolve(address: str, wanted: int) -> int:
            asked.append((address, wanted))
            return port

        return await ask(socket, CONNECT, resolve), asked


def test_what_is_sent_goes_there_and_back(socket: Path) -> None:
    answer, _ = asyncio.run(ask_an_echo(socket))

    assert answer == b"HTTP/1.1 200 OK\r\n\r\nhello"


def test_the_services_address_and_port_are_asked_for(socket: Path) -> None:
    _, asked = asyncio.run(ask_an_echo(socket))

    assert asked == [("10.96.0.7", 443)]


def test_where_nobody_is_ready_it_says_so_at_once(socket: Path) -> None:
    assert asyncio.run(ask(socket, CONNECT, lambda address, port: None)).startswith(b"HTTP/1.1 503")


def test_it_is_no_proxy_for_anything_else(socket: Path) -> None:
    answer = asyncio.run(ask(socket, CONNECT.replace(b"CONNECT", b"GET"), lambda address, port: 4711))

    assert answer.startswith(b"HTTP/1.1 503")
