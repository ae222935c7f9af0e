"""The real program with the time of a test, in a process of its own.

    main(["--clock", FILE, "--only", "api"])

FILE is a `SharedClock`'s; settings come from the environment as they do for `tellback serve`. Says
`ready ADDRESS` on standard output (the address is empty without the API) and stops at SIGTERM.
"""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from pathlib import Path

from api.limiting import Rates
from api.logs import configure_logs
from api.roles import EVERYTHING, Role
from api.serving import Parts, listening, run
from survey.settings import read_settings
from survey.wiring import RandomIds, SystemChance, World
from tests.support.time import SharedClock

READY = "ready "


def main(words: Sequence[str]) -> None:
    """Read the arguments, serve until told to stop."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clock", type=Path, required=True)
    arguments.add_argument("--only", type=Role)
    given = arguments.parse_args(words)
    roles: Collection[Role] = EVERYTHING if given.only is None else {given.only}
    asyncio.run(_serve(SharedClock(given.clock), roles))


async def _serve(clock: SharedClock, roles: Collection[Role]) -> None:
    settings = read_settings()
    configure_logs()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with listening(settings, roles) or nullcontext() as listener:
        await run(
            settings,
            roles=roles,
            stop=stop,
            listener=listener,
            announce=lambda: _announce(listener),
            parts=Parts(
                world=World(clock, RandomIds(), SystemChance()),
                rates=Rates(),
                sleep=clock.sleep,
            ),
        )


def _announce(listener: socket.socket | None) -> None:
    address = ""
    if listener is not None:
        host, port = listener.getsockname()[:2]
        address = f"http://{host}:{port}"
    sys.stdout.write(f"{READY}{address}\n")
    sys.stdout.flush()
