"""A proxy that spoils connections on purpose, between the program and what it talks to.

    async with postgres_proxy(url) as (proxy, proxied_url):
        proxy.cut_at(b"COMMIT", answered=True)      # committed, and nobody hears of it

Faults stay until `heal`. They are of the line, not of the protocol: what is in the bytes matters
to `cut_at` alone.
"""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

Address = tuple[str, int] | Path
"""Host and port, or the path of a Unix socket."""

_CHUNK: Final = 65_536
_LINGER_NO_TIME: Final = b"\x01\x00\x00\x00\x00\x00\x00\x00"
_POSTGRES_PORT: Final = 5432


@dataclass
class _Trap:
    """Springs when the client sends `pattern` for the time after `spared` others."""

    pattern: bytes
    answered: bool
    spared: int
    left: int

    def caught(self, seen: bytes) -> bool:
        if not self.left or self.pattern not in seen:
            return False
        if self.spared:
            self.spared -= 1
            return False
        self.left -= 1
        return True


@dataclass(eq=False)
class _Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    passed: int = 0
    muted: bool = False
    doomed: bool = field(default=False)

    def reset(self) -> None:
        """End both sides at once, with a reset where the kind of socket has one."""
        for side in (self.client, self.server):
            plain = side.get_extra_info("socket")
            if plain is not None and plain.family != socket.AF_UNIX:
                with suppress(OSError):
                    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NO_TIME)
            side.transport.abort()


class Proxy:
    """Passes bytes between its own address and `upstream`, until told to do otherwise."""

    def __init__(self, upstream: Address, *, listen: Address = ("127.0.0.1", 0)) -> None:
        self._upstream, self._listen = upstream, listen
        self._server: asyncio.Server | None = None
        self._lines: set[_Line] = set()
        self._handling: set[asyncio.Task[None]] = set()
        self._traps: list[_Trap] = []
        self._sprung = asyncio.Event()
        self._delay = 0.0
        self._limit: int | None = None
        self._mute = False
        self.connections = 0

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse()
        self.cut()
        handling = tuple(self._handling)
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)

    @property
    def port(self) -> int:
        assert isinstance(self._listen, tuple)
        return self._listen[1]

    @property
    def open_lines(self) -> int:
        return len(self._lines)

    # --- faults ---

    def cut(self) -> None:
        """Reset every open connection now; new ones are taken."""
        for line in tuple(self._lines):
            line.reset()

    def cut_at(
        self, pattern: bytes, *, answered: bool = False, nth: int = 1, times: int = 1
    ) -> None:
        """Reset a connection in the middle of a statement: when the client sends `pattern`.

        Args:
            answered: let it reach the server, and cut when the server answers: what was asked has
                been done. Else the server never sees it.
            nth: the first time that counts, from 1.
        """
        self._sprung.clear()
        self._traps.append(_Trap(pattern, answered, nth - 1, times))

    async def sprung(self) -> None:
        """Wait until `cut_at` has cut a connection."""
        await self._sprung.wait()

    def delay(self, seconds: float) -> None:
        """Each piece waits so long, in both directions."""
        self._delay = seconds

    def limit(self, size: int) -> None:
        """Reset each connection once so many bytes have passed, both directions together."""
        self._limit = size

    def swallow(self) -> None:
        """Half-open: connections stay, new ones are taken, and nothing passes any more."""
        self._mute = True
        for line in self._lines:
            line.muted = True

    async def refuse(self) -> None:
        """Nobody listens; open connections go on."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        if isinstance(self._listen, Path):
            self._listen.unlink(missing_ok=True)

    async def heal(self) -> None:
        """New connections are as they should be; those that were muted are reset."""
        self._traps.clear()
        self._delay, self._limit, self._mute = 0.0, None, False
        for line in tuple(self._lines):
            if line.muted:
                line.reset()
        if self._server is None:
            await self._open()

    # --- passing on ---

    async def _open(self) -> None:
        if isinstance(self._listen, Path):
            self._server = await asyncio.start_unix_server(self._taken, self._listen)
            return
        host, port = self._listen
        self._server = await asyncio.start_server(self._taken, host, port)
        self._listen = self._server.sockets[0].getsockname()[:2]

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handling.add(task)
        try:
            await self._passed_on(reader, writer)
        except asyncio.CancelledError:  # the proxy closes; asyncio would report it
            pass
        finally:
            self._handling.discard(task)
            writer.transport.abort()

    async def _passed_on(
        self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            from_server, server = await _connect(self._upstream)
        except OSError:
            return
        line = _Line(client, server, muted=self._mute)
        self._lines.add(line)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._requests(line, from_client))
                pumps.create_task(self._answers(line, from_server))
        finally:
            self._lines.discard(line)
            server.transport.abort()

    async def _requests(self, line: _Line, reader: asyncio.StreamReader) -> None:
        seen = b""
        while chunk := await _read(reader):
            seen += chunk
            trap = next((trap for trap in self._traps if trap.caught(seen)), None)
            seen = seen[-_longest(self._traps) :] if trap is None else b""
            if trap is not None:
                if not trap.answered:
                    line.reset()
                    self._sprung.set()
                    return
                line.doomed = True
            await self._give(line, line.server, chunk)
        await _half_close(line.server)

    async def _answers(self, line: _Line, reader: asyncio.StreamReader) -> None:
        while chunk := await _read(reader):
            if line.doomed:
                line.reset()
                self._sprung.set()
                return
            await self._give(line, line.client, chunk)
        await _half_close(line.client)

    async def _give(self, line: _Line, to: asyncio.StreamWriter, chunk: bytes) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)
        if line.muted:
            return
        line.passed += len(chunk)
        over = self._limit is not None and line.passed - self._limit
        if over and over > 0:
            chunk = chunk[: max(0, len(chunk) - over)]
        with suppress(OSError):
            to.write(chunk)
            await to.drain()
        if over and over > 0:
            line.reset()


async def _connect(to: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(to, Path):
        return await asyncio.open_unix_connection(to)
    return await asyncio.open_connection(*to)


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Empty at the end, whichever way it came."""
    try:
        return await reader.read(_CHUNK)
    except OSError:
        return b""


async def _half_close(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, RuntimeError):
        if writer.can_write_eof():
            writer.write_eof()


def _longest(traps: list[_Trap]) -> int:
    """How much of what was seen may be the beginning of a pattern; at least one byte."""
    return max((len(trap.pattern) - 1 for trap in traps), default=1) or 1


@asynccontextmanager
async def tcp_proxy(base_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy in front of an HTTP address on this machine, and the address to use instead."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    assert parts.port is not None
    async with Proxy((parts.hostname, parts.port)) as proxy:
        yield proxy, urlunsplit(parts._replace(netloc=f"127.0.0.1:{proxy.port}"))


@asynccontextmanager
async def postgres_proxy(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy in front of a PostgreSQL server, on the same kind of socket, and the URL to use."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "host" not in query:
        async with Proxy((parts.hostname or "127.0.0.1", parts.port or _POSTGRES_PORT)) as proxy:
            user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
            yield proxy, urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{proxy.port}"))
        return
    name = f".s.PGSQL.{parts.port or _POSTGRES_PORT}"
    # A short path of our own: a socket's path is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="tellback-proxy-"))
    try:
        async with Proxy(Path(query["host"][0]) / name, listen=folder / name) as proxy:
            moved = urlencode(query | {"host": [str(folder)]}, doseq=True, safe="/")
            yield proxy, urlunsplit(parts._replace(query=moved))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
