"""The fault proxy does to a line what it was told, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.support.proxy import Proxy, postgres_proxy


class Echo:
    """Answers each line with itself, in capitals; keeps what it has seen."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.seen.append(line)
            writer.write(line.upper())
        writer.close()


@asynccontextmanager
async def echo_behind_proxy() -> AsyncIterator[tuple[Echo, Proxy]]:
    echo = Echo()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    try:
        async with Proxy(server.sockets[0].getsockname()[:2]) as proxy:
            yield echo, proxy
    finally:
        server.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def asks(self, line: bytes, *, within: float = 5.0) -> bytes:
        self._writer.write(line)
        async with asyncio.timeout(within):
            return await self._reader.readline()


@asynccontextmanager
async def client_of(proxy: Proxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def broken(client: Client, line: bytes) -> bytes:
    """What came of a line until the connection ended."""
    try:
        return await client.asks(line)
    except ConnectionError:
        return b""


async def test_a_healthy_proxy_passes_everything_on() -> None:
    async with echo_behind_proxy() as (echo, proxy), client_of(proxy) as client:
        assert await client.asks(b"one\n") == b"ONE\n"
        assert await client.asks(b"x" * 60_000 + b"\n") == b"X" * 60_000 + b"\n"
    assert len(echo.seen) == 2


async def test_a_cut_ends_open_connections_and_takes_new_ones() -> None:
    async with echo_behind_proxy() as (_, proxy):
        async with client_of(proxy) as client:
            await client.asks(b"one\n")
            proxy.cut()
            assert await broken(client, b"two\n") == b""
        async with client_of(proxy) as client:
            assert await client.asks(b"three\n") == b"THREE\n"


@pytest.mark.parametrize("answered", [False, True])
async def test_a_cut_in_the_middle_says_nothing_whether_it_was_done_or_not(answered: bool) -> None:
    async with echo_behind_proxy() as (echo, proxy):
        proxy.cut_at(b"COMMIT", answered=answered, nth=2)
        async with client_of(proxy) as client:
            assert await client.asks(b"commit; COMMIT\n") == b"COMMIT; COMMIT\n"
            assert await broken(client, b"COMMIT\n") == b""
            await proxy.sprung()
        assert (b"COMMIT\n" in echo.seen) is answered
        async with client_of(proxy) as client:
            assert await client.asks(b"COMMIT\n") == b"COMMIT\n"


async def test_a_pattern_is_found_across_two_pieces() -> None:
    async with echo_behind_proxy() as (echo, proxy), client_of(proxy) as client:
        proxy.cut_at(b"COMMIT")
        await client.asks(b"a\n")
        client._writer.write(b"COM")
        await client._writer.drain()
        assert await broken(client, b"MIT\n") == b""
        assert echo.seen == [b"a\n"]


async def test_swallowed_bytes_never_come_and_the_connection_stays() -> None:
    async with echo_behind_proxy() as (echo, proxy):
        async with client_of(proxy) as client:
            await client.asks(b"one\n")
            proxy.swallow()
            with pytest.raises(TimeoutError):
                await client.asks(b"two\n", within=0.2)
            assert proxy.open_lines == 1
            async with client_of(proxy) as later:
                with pytest.raises(TimeoutError):
                    await later.asks(b"three\n", within=0.2)
            await proxy.heal()
            assert await broken(client, b"four\n") == b""
        async with client_of(proxy) as client:
            assert await client.asks(b"five\n") == b"FIVE\n"
        assert echo.seen == [b"one\n", b"five\n"]


async def test_a_limit_ends_a_connection_at_that_byte() -> None:
    async with echo_behind_proxy() as (_, proxy), client_of(proxy) as client:
        proxy.limit(7)
        assert await broken(client, b"abcd\n") in (b"", b"AB")


async def test_a_delay_slows_both_directions() -> None:
    loop = asyncio.get_running_loop()
    async with echo_behind_proxy() as (_, proxy), client_of(proxy) as client:
        proxy.delay(0.05)
        began = loop.time()
        assert await client.asks(b"one\n") == b"ONE\n"
        assert loop.time() - began >= 0.1


async def test_refused_connections_are_taken_again_at_the_same_address() -> None:
    async with echo_behind_proxy() as (_, proxy):
        port = proxy.port
        await proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await proxy.heal()
        async with client_of(proxy) as client:
            assert await client.asks(b"one\n") == b"ONE\n"
        assert proxy.port == port


async def test_an_upstream_that_is_down_ends_the_connection(tmp_path: Path) -> None:
    async with Proxy(tmp_path / "nobody") as proxy, client_of(proxy) as client:
        assert await broken(client, b"one\n") == b""


async def test_a_commit_that_reached_postgresql_is_kept_though_nobody_heard(
    postgres_server: Any,
) -> None:
    name = postgres_server.create()
    try:
        direct = await asyncpg.connect(postgres_server.url_of(name))
        await direct.execute("CREATE TABLE t (id INTEGER)")
        async with postgres_proxy(postgres_server.url_of(name)) as (proxy, url):
            for answered in (False, True):
                proxy.cut_at(b"COMMIT", answered=answered)
                through = await asyncpg.connect(url)
                await through.execute("BEGIN")
                await through.execute("INSERT INTO t VALUES (1)")
                with pytest.raises((asyncpg.PostgresError, OSError)):
                    await through.execute("COMMIT")
                assert await direct.fetchval("SELECT count(*) FROM t") == answered
        await direct.close()
    finally:
        postgres_server.drop(name)
