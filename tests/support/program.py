"""Processes of the real program, in virtual time, started and ended by a test."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from tests.rig.house import fork_server, readable
from tests.support import entry
from tests.support.application import SECRET
from tests.support.entry import READY
from tests.support.time import SharedClock

START_SECONDS: Final = 180
"""The first start waits for the imports of the fork server, on a machine that may be busy."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process that serves; `address` is empty where it has no API."""

    process: ForkServerProcess
    address: str

    async def stop(self) -> int:
        """Ask it to stop, as a supervisor does; its exit code."""
        self.process.terminate()
        return await self._ended()

    async def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        await self._ended()

    async def _ended(self) -> int:
        await readable(self.process.sentinel, START_SECONDS)
        self.process.join()
        code = self.process.exitcode
        assert code is not None
        return code


def settings_of(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    """The environment of a process that shares keys and database with a test's `running`."""
    named = {f"TELLBACK_{name.upper()}": value for name, value in more.items()}
    return {
        "TELLBACK_DATABASE_URL": database_url,
        "TELLBACK_KEY_DIR": str(folder / "keys"),
        "TELLBACK_FILES_DIR": str(folder / "files"),
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

    It is forked from a server that has imported the program, which takes seconds.

    Raises:
        RuntimeError: it did not start; the end of its log says why.
    """
    context = fork_server()
    ours, theirs = context.Pipe(duplex=False)
    # No daemon: those may have no children, and a demonstration draws its charts in one.
    process = context.Process(
        target=_play,
        args=(folder, ("--clock", str(clock), *words), environment, theirs),
        daemon=False,
    )
    process.start()
    theirs.close()
    try:
        line = await _line(ours)
        if not line.startswith(READY):
            log = (folder / "program.log").read_text()
            raise RuntimeError(f"it did not start: {line}{log[-2000:]}")
        yield Program(process, line.removeprefix(READY).strip())
    finally:
        ours.close()
        await Program(process, "").kill()


def _play(
    folder: Path, words: Sequence[str], environment: Mapping[str, str], said: Connection
) -> None:
    """What the process does: with folder, environment, output and log of its own."""
    os.chdir(folder)
    for name in [each for each in os.environ if each.startswith("TELLBACK_")]:
        del os.environ[name]
    os.environ.update(environment)
    os.dup2(said.fileno(), 1)
    log = os.open("program.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    said.close()
    os.close(log)
    entry.main(words)


async def _line(said: Connection) -> str:
    """What it says first; empty where it ends without a word. Raises: TimeoutError."""
    if not await readable(said.fileno(), START_SECONDS):
        raise TimeoutError
    return os.read(said.fileno(), 1000).decode()


def open_clock(folder: Path) -> tuple[SharedClock, Path]:
    """A clock for processes, and its file."""
    path = folder / "clock"
    return SharedClock.make(path), path
