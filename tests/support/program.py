"""Processes of the real program, in virtual time, started and ended by a test."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.application import SECRET
from tests.support.entry import READY
from tests.support.time import SharedClock

START_SECONDS: Final = 180
"""A start imports aiogram, pandas and more, on a machine that may be busy."""

_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Program:
    """A process that serves; `address` is empty where it has no API."""

    process: asyncio.subprocess.Process
    address: str

    async def stop(self) -> int:
        """Ask it to stop, as a supervisor does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    async def kill(self) -> None:
        """End it as a power cut does."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


def settings_of(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    """The environment of a process that shares keys and database with a test's `running`."""
    named = {f"TELLBACK_{name.upper()}": value for name, value in more.items()}
    return {
        "TELLBACK_DATABASE_URL": database_url,
        "TELLBACK_KEY_DIR": str(folder / "keys"),
        "TELLBACK_SECRET_KEY": SECRET,
        "TELLBACK_ORGANISATION": "Barnet Council",
        "TELLBACK_PORT": "0",
        **named,
    }


@asynccontextmanager
async def program(
    folder: Path, clock: Path, *words: str, **environment: str
) -> AsyncIterator[Program]:
    """`tests.support.entry` in a process of its own, ready to serve; killed at the latest when the
    block is left. Its log goes to `program.log` in the folder.

    Raises:
        RuntimeError: it did not start; the end of its log says why.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELLBACK_")}
    log = folder / "program.log"
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.entry", "--clock", str(clock), *words,
            cwd=folder,
            env={**kept, "PYTHONPATH": str(_ROOT), **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
        )  # fmt: skip
    running = Program(process, "")
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode()
        if not line.startswith(READY):
            raise RuntimeError(f"it did not start: {line}{log.read_text()[-2000:]}")
        yield Program(process, line.removeprefix(READY).strip())
    finally:
        await running.kill()


def open_clock(folder: Path) -> tuple[SharedClock, Path]:
    """A clock for processes, and its file."""
    path = folder / "clock"
    return SharedClock.make(path), path
