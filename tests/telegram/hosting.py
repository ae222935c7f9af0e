"""An ASGI application on a free loopback port, in the event loop of the test."""

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Background:
    """Tasks that live as long as their owner; leaving cancels them and raises what they raised.

    A TaskGroup belongs to one task, and a fixture is set up in one and torn down in another.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)  # noqa: TID251 this is the supervised set
        self._tasks.add(task)
        return task

    async def stop(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        if isinstance(outcome, Exception):
            raise outcome

    async def stop_all(self) -> None:
        for task in tuple(self._tasks):
            await self.stop(task)


class _Server(uvicorn.Server):
    """uvicorn without signal handlers, which belong to the test runner."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.leave = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.leave.wait()


class Loopback:
    """`async with Loopback(app) as host:` serves `app` at `host.base_url`."""

    def __init__(self, app: ASGIApp) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        config = uvicorn.Config(
            app,
            http=self._protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        self._server = _Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        host, port = self._socket.getsockname()
        self.base_url = f"http://{host}:{port}"
        self._background = Background()
        self._serving: asyncio.Task[None] | None = None

    def _protocol(self) -> type[asyncio.Protocol]:
        transports = self._transports

        class Protocol(HttpToolsProtocol):
            """Remembers its transport under the address that the ASGI scope shows."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                self.peer = tuple(transport.get_extra_info("peername"))
                transports[self.peer] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.peer, None)
                super().connection_lost(exc)

        return Protocol

    async def __aenter__(self) -> Self:
        self._serving = self._background.start(self._serve())
        await self._server.up.wait()
        return self

    async def _serve(self) -> None:
        try:
            await self._server.serve([self._socket])
        finally:
            self._server.up.set()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._serving is not None
        self._server.leave.set()
        await self._serving

    def reset(self, scope: Scope) -> None:
        """Break the connection of a request, with a reset and no answer."""
        transport = self._transports[tuple(scope["client"])]
        plain = transport.get_extra_info("socket")
        linger_no_time = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_time)
        transport.abort()
