"""Has files looked at by processes of their own, a few at a time, each within its limits."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakValueDictionary

import survey
from survey.domain.file_kinds import FileKind, Inspected, Refusal
from survey.errors import Busy, FileRefused
from survey.files import child

AT_ONCE: Final = 2
"""Processes: so many pictures are drawn while everybody else goes on."""

PATIENCE: Final = 60
"""Seconds for which a file waits for its turn."""

_SPARE: Final = 5
"""Seconds that a process has to begin and to be heard, beside those for the file."""

_OUT_OF_TIME: Final = -signal.SIGALRM
"""What is left of a process whose time for a file was over."""

ENVIRONMENT: Final = {"PYTHONPATH": str(Path(survey.__file__).parent.parent)}
"""All that they know of where they are: no setting and no secret."""


class Inspector:
    """Implements `survey.ports.files.Inspection`; `async with` ends its processes.

    They begin when they are first needed, and know nothing of the environment. Of one sender one
    file is looked at at a time, so that a place is left for others.
    """

    def __init__(self, *, seconds: float = child.HARD_SECONDS + _SPARE) -> None:
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._senders = WeakValueDictionary[str, asyncio.Lock]()
        self._idle: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._idle:
            await _end(self._idle.pop())

    async def inspect(self, name: str, content: bytes, *, sender: str) -> Inspected:
        question = child.frame({"name": name}, content)
        async with self._turn(self._senders.setdefault(sender, asyncio.Lock())):
            said, kept = await self._asked(question, name)
        if "refused" in said:
            raise FileRefused(said["refused"], name)
        return Inspected(said["name"], FileKind(said["kind"]), kept)

    @asynccontextmanager
    async def _turn(self, senders: asyncio.Lock) -> AsyncIterator[None]:
        """Raises: Busy."""
        async with AsyncExitStack() as turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    await turn.enter_async_context(senders)
                    await turn.enter_async_context(self._turns)
            except TimeoutError:
                raise Busy("files: too many wait to be looked at") from None
            yield

    async def _asked(self, question: bytes, name: str) -> tuple[dict[str, Any], bytes]:
        """Of a process that ended, a fresh one is asked once: it may have been ended from outside,
        as long as it was not its time for the file that was over.

        Raises: FileRefused, where no answer came; Busy.
        """
        for fresh in (False, True):
            process = (None if fresh else self._at_rest()) or await _begun()
            answered = False
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await _answer(process, question)
                answered = True
            except TimeoutError:
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                if await process.wait() == _OUT_OF_TIME:
                    break
                continue
            finally:
                if answered:
                    self._idle.append(process)
                else:
                    await _end(process)
            return answer
        raise FileRefused(Refusal.LONG, name)

    def _at_rest(self) -> Process | None:
        """One that waits for its next file; those that were ended meanwhile are left."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        return None


async def _begun() -> Process:
    """Raises: Busy."""
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            child.__name__,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=ENVIRONMENT,
            # Ctrl-C at a terminal is for the program, which ends this one.
            start_new_session=True,
        )
    except OSError as error:
        raise Busy(f"files: {error.strerror}") from None


async def _answer(process: Process, question: bytes) -> tuple[dict[str, Any], bytes]:
    """Raises: ConnectionError, asyncio.IncompleteReadError."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(question)
    await process.stdin.drain()
    words, content = child.lengths(await process.stdout.readexactly(child.LENGTHS_BYTES))
    said: dict[str, Any] = json.loads(await process.stdout.readexactly(words))
    return said, await process.stdout.readexactly(content)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.communicate()
