"""One installation whose program dies and is started again: database, keys, Telegram, address.

The listening socket is held here and handed to each program, as a service manager does: whoever
connects meanwhile waits for the next program instead of being refused.
"""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, Final

from tests.rig.points import Crash
from tests.rig.program import UP, Order, serve
from tests.support.application import NOON, SECRET
from tests.support.time import SharedClock
from tests.telegram.server import FakeTelegram

PATIENCE: Final = 120.0
"""Real seconds that anything may take before the run is given up."""

ORGANISATION: Final = "Barnet Council"
"""As `tests.support.application.running` has it, which opens the same database."""

AWAY: Final = timedelta(seconds=60)
"""Time that passes between a death of the program and the next start; leases end meanwhile."""

Target = Callable[[Any, Any, Connection], None]
"""What a process runs, given its order, the socket to listen on, and where to tell of itself."""

_context = multiprocessing.get_context("forkserver")


def fork_server() -> ForkServerContext:
    """Where processes are forked from that has imported the program; the first one waits for it."""
    _context.set_forkserver_preload(["tests.rig.preload"])
    return _context


class NotUp(AssertionError):
    """The program ended, or did not answer in time; says what its log said last."""


class NeverPassed(AssertionError):
    """The program did not come by the crash point."""


class Program:
    """One process of the program."""

    def __init__(self, target: Target, order: Any, listener: socket.socket | None, log: Path):
        ours, theirs = _context.Pipe(duplex=False)
        self._log, self._told = log, ours
        self._process: ForkServerProcess = _context.Process(
            target=target, args=(order, listener, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    async def up(self) -> None:
        """Wait until it answers. Raises: NotUp."""
        if await self.hears() != UP:
            raise NotUp(f"the program did not come up:\n{self._tail()}")

    async def hears(self) -> str | None:
        """The next that it tells of itself; None where it ends without a word."""
        return self._hear() if await readable(self._told.fileno(), PATIENCE) else None

    async def died(self, point: str, within: float = PATIENCE) -> None:
        """Wait until it has ended itself at its crash point. Raises: NeverPassed, NotUp."""
        ended = await readable(self._process.sentinel, within)
        if not ended:
            raise NeverPassed(f"{point!r} was not passed in {within} s:\n{self._tail()}")
        heard = self._hear()
        heard = self._hear() if heard == UP else heard
        if heard != point or self._code() != -signal.SIGKILL:
            raise NotUp(f"the program ended by itself before {point!r}:\n{self._tail()}")

    async def kill(self) -> None:
        """kill -9, from outside."""
        if self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGKILL)
        await self._gone()

    async def stop(self) -> None:
        """SIGTERM, and wait until what was begun is finished. Raises: NotUp, where it failed."""
        self._process.terminate()
        if not await readable(self._process.sentinel, PATIENCE):
            await self.kill()
            raise NotUp(f"the program did not stop:\n{self._tail()}")
        if code := self._code():
            raise NotUp(f"the program ended with {code}:\n{self._tail()}")

    async def _gone(self) -> None:
        await readable(self._process.sentinel, PATIENCE)
        self._code()

    def _code(self) -> int | None:
        self._process.join()
        self._told.close()
        return self._process.exitcode

    def _hear(self) -> str | None:
        try:
            return str(self._told.recv())
        except (EOFError, OSError):
            return None

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-4_000:] if self._log.exists() else ""


class House:
    """`async with open_house(...) as house:`; every program is gone at the end."""

    def __init__(
        self, url: str, folder: Path, telegram: FakeTelegram | None, *, webhook: bool
    ) -> None:
        self.kills = self._away = 0
        self.url, self.folder = url, folder
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.log = folder / "program.log"
        self._programs: list[Program] = []
        self.clock = SharedClock.make(folder / "clock")
        self.clock.jump(NOON - self.clock.now())
        self.settings: Mapping[str, Any] = {
            "database_url": url,
            "key_dir": folder / "keys",
            "files_dir": folder / "files",
            "secret_key": SECRET,
            "organisation": ORGANISATION,
            "public_url": self.address,
        }
        if telegram is not None:
            self.settings = {
                **self.settings,
                "telegram_token": telegram.token,
                "telegram_api_base": telegram.base_url,
                "telegram_mode": "webhook" if webhook else "polling",
                "telegram_webhook_secret": "between-telegram-and-us",
            }

    async def start(self, crash: Crash | None = None, *, wait: bool = True, **more: Any) -> Program:
        """Start the program; where one died, some time later. `more` is for its `Order`."""
        if self.kills > self._away:
            self.clock.jump(AWAY)
            self._away = self.kills
        order = Order(self.settings, self.folder / "clock", self.log, crash=crash, **more)
        return await self.run(serve, order, wait=wait)

    async def run(self, target: Target, order: Any, *, wait: bool = True) -> Program:
        program = Program(target, order, self._listener, self.log)
        self._programs.append(program)
        if wait:
            await program.up()
        return program

    async def kill(self, program: Program) -> None:
        """kill -9, from outside."""
        self.kills += 1
        await program.kill()

    async def died(self, program: Program, point: str) -> None:
        """Wait until it has ended itself at its crash point. Raises: NeverPassed, NotUp."""
        await program.died(point)
        self.kills += 1

    async def stop(self) -> None:
        """Stop whatever runs, without haste. Raises: NotUp, where it failed."""
        for program in self._programs:
            if program.alive:
                await program.stop()

    async def close(self) -> None:
        """End whatever runs, and take the address away."""
        for program in self._programs:
            if program.alive:
                await program.kill()
        self._listener.close()


@asynccontextmanager
async def open_house(
    url: str, folder: Path, telegram: FakeTelegram | None = None, *, webhook: bool = False
) -> AsyncIterator[House]:
    """A house on a migrated database; Telegram is asked for updates, or sends them (`webhook`)."""
    fork_server()
    house = House(url, folder, telegram, webhook=webhook)
    try:
        yield house
    finally:
        await house.close()


async def readable(file: int, within: float) -> bool:
    """Whether there is something to read in time."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        async with asyncio.timeout(within):
            await ready.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(file)
    return True
