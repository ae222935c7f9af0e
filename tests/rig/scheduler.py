"""A process that fires waves and does nothing else, until it is killed.

    python -m tests.rig.scheduler DATABASE_URL FOLDER CLOCK_FILE

Its clock is the one of `tests.support.time.SharedClock`. It writes a line when it has begun.
"""

import asyncio
import sys
from pathlib import Path
from time import monotonic
from typing import Final

import structlog
from pydantic import SecretStr

from survey.settings import Settings
from survey.wiring import RandomIds, SystemChance, World, open_application
from tests.support.application import CHEAP, SECRET
from tests.support.time import SharedClock

_PAUSE_SECONDS: Final = 0.01


async def fire(url: str, folder: Path, clock: Path) -> None:
    settings = Settings(
        database_url=url, key_dir=folder / "keys", secret_key=SecretStr(SECRET), organisation="Body"
    )
    world = World(SharedClock(clock), RandomIds(), SystemChance(), monotonic, CHEAP, None)
    async with open_application(settings, world) as core:
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        while True:
            await core.waves.fire_due()
            await asyncio.sleep(_PAUSE_SECONDS)


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    url, folder, clock = sys.argv[1:]
    asyncio.run(fire(url, Path(folder), Path(clock)))


if __name__ == "__main__":
    main()
