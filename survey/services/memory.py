"""What was read, kept for as long as the database's revision stands still.

Versions, keys, units and services change a few times a day and are needed for every request. Each
transaction that changes one raises the revision, whichever process it is in; who looks at the
revision first may therefore take the rest from memory. One look serves all who ask while they wait
for it, so that a busy process looks seldom and nobody gets an answer older than the question.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar

from survey.ports import Begin, UnitOfWork

T = TypeVar("T")

_KEPT: Final = 4_096


class Memory:
    """Remembers for one process and one database."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._kept: dict[Hashable, Any] = {}
        self._revision = -1
        self._turn = asyncio.Lock()
        self._asked = self._answered = 0

    async def recall(
        self, key: Hashable, read: Callable[[UnitOfWork], Awaitable[T | None]]
    ) -> T | None:
        """What `read` gives, as it stands now; None is not kept, so that guessing fills nothing.

        Args:
            key: names what is read; the same key always with the same `read`.
            read: reads nothing but versions, keys, units and services.

        Raises: Busy.
        """
        revision = await self._current()
        if key in self._kept:
            found: T = self._kept[key]
            return found
        async with self._begin.read() as work:
            value = await read(work)
            # After the value: one that was changed meanwhile comes with another revision.
            unchanged = await work.installation.revision() == revision == self._revision
        if value is not None and unchanged:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = value
        return value

    async def _current(self) -> int:
        """The revision, by a look that began after this call."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._answered < mine:
                everybody = self._asked
                async with self._begin.read() as work:
                    revision = await work.installation.revision()
                if revision != self._revision:
                    self._kept.clear()
                    self._revision = revision
                self._answered = everybody
            return self._revision
