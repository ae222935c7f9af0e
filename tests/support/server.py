"""A real HTTP server on a free loopback port, inside the event loop of the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    nullcontext,
)
from typing import Any

import pytest
import uvicorn

LiveServer = Callable[[Any], Awaitable[str]]


class _Server(uvicorn.Server):
    """Tells when it listens, and leaves Ctrl-C to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:  # raised in a task it would end the event loop of the test
            raise RuntimeError("the application did not start") from error
        self.listening.set()


@asynccontextmanager
async def serving(app: Any, *, port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI application, lifespan included, and yield its address without a last slash.

    Args:
        port: where the application must know its address before; 0 is any that is free.

    Raises:
        RuntimeError: the application did not start; its reason is in the log.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", port))
    port = listener.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            app, lifespan="auto", log_config=None, ws="none", timeout_graceful_shutdown=2
        )
    )
    loop = asyncio.get_running_loop()
    # Not a TaskGroup: fixtures are left in another task than the one that entered them.
    task = loop.create_task(server.serve(sockets=[listener]))
    listening = loop.create_task(server.listening.wait())
    try:
        await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            yield f"http://127.0.0.1:{port}"
    finally:
        listening.cancel()
        server.should_exit = True
        with closing(listener):
            await task


@pytest.fixture
async def live_server() -> AsyncIterator[LiveServer]:
    """`address = await live_server(app)`; every server stops when the test ends."""
    async with AsyncExitStack() as running:

        async def start(app: Any) -> str:
            return await running.enter_async_context(serving(app))

        yield start
