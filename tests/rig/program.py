"""The test entry point: the real program in a forked process, with a clock and traps of ours."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, Final

from uvicorn.loops.auto import auto_loop_factory

from api.limiting import Rates
from api.logs import configure_logs
from api.roles import EVERYTHING, Role
from api.serving import Parts, run
from survey.settings import Settings
from survey.wiring import RandomIds, World
from tests.rig.points import Crash
from tests.rig.traps import Trap, install
from tests.support.application import SeededChance
from tests.support.time import SharedClock

UP: Final = "up"
UNLIMITED: Final = Rates.all(10**9)


@dataclass(frozen=True, slots=True)
class Order:
    """How to run the program; `clock` is the file of a `SharedClock`, `log` where it writes."""

    settings: Mapping[str, Any]
    clock: Path
    log: Path
    crash: Crash | None = None
    roles: frozenset[Role] = field(default_factory=lambda: EVERYTHING)
    seed: int = 7


def serve(order: Order, listener: socket.socket | None, told: Connection) -> None:
    """Run the program until SIGTERM, or until it dies; `told` hears "up", or where it dies."""
    _write_to(order.log)
    configure_logs()
    install(Trap(order.crash, told.send))
    clock = SharedClock(order.clock)
    world = World(clock, RandomIds(), SeededChance(Random(order.seed)))

    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await run(
            Settings(**order.settings),
            roles=order.roles,
            stop=stop,
            listener=listener,
            announce=lambda: told.send(UP),
            parts=Parts(world=world, rates=UNLIMITED, sleep=clock.sleep),
        )

    run_to_the_end(main)


def run_to_the_end(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """On the event loop that the program runs on."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main())


def _write_to(log: Path) -> None:
    """The fork server's own output is the test runner's."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
