"""What was read, kept for as long as the database's revision stands still.

Versions, keys, units and services change a few times a day and are needed for every request. Each
transaction that changes one raises the revision, whichever process it is in; who looks at the
revision may therefore take the rest from memory. One look serves all who ask within a second of
it: what another process changed acts here a second later at most, what was kept by a unit of work
of this process at once.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, Final, TypeVar

from survey.ports import Begin, UnitOfWork

T = TypeVar("T")

FRESH_SECONDS: Final = 1.0
"""How long a look at the revision is good for."""

_KEPT: Final = 4_096


class Memory:
    """Remembers for one process and one database.

    Args:
        elapsed: seconds since some moment; it never goes back, whatever the clock does.
    """

    def __init__(self, begin: Begin, elapsed: Callable[[], float] = monotonic) -> None:
        self._begin, self._elapsed = begin, elapsed
        self._kept: dict[Hashable, Any] = {}
        self._revision = -1
        self._turn = asyncio.Lock()
        self._looked_at = -math.inf
        self._commits = 0

    async def recall(
        self, key: Hashable, read: Callable[[UnitOfWork], Awaitable[T | None]]
    ) -> T | None:
        """What `read` gives, as of the last look; None is not kept, so that guessing fills nothing.

        Args:
            key: names what is read; the same key always with the same `read`.
            read: reads nothing but versions, keys, units and services.

        Raises: Busy.
        """
        if not self._is_fresh():
            await self._look()
        revision = self._revision
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

    def _is_fresh(self) -> bool:
        """Whether the last look began after the last commit here, and not long ago."""
        return (
            self._commits == self._begin.commits
            and self._elapsed() - self._looked_at < FRESH_SECONDS
        )

    async def _look(self) -> None:
        """Unless another did while this one waited for its turn."""
        async with self._turn:
            if self._is_fresh():
                return
            looked_at, commits = self._elapsed(), self._begin.commits
            async with self._begin.read() as work:
                revision = await work.installation.revision()
            if revision != self._revision:
                self._kept.clear()
                self._revision = revision
            self._looked_at, self._commits = looked_at, commits
