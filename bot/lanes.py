"""Whose updates this process may apply: everybody's, or those of people whose lane it has leased.

A lease ends by the event loop's clock no later than in the database. So a process that was paused
finds, before it goes on with anything else, that its lanes have ended.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final, Protocol

import structlog

from survey.domain.records import InboxRow
from survey.errors import Busy
from survey.ports import Begin, Clock
from survey.services.leases import LEASE, RENEWAL_SECONDS, Leases
from survey.wiring import Application

MOST_LEASED: Final = 64
"""People that one process has at once: others are to have some too."""

_log = structlog.get_logger()


class Lanes(Protocol):
    """The part of the inbox that knows of other processes, or that there are none."""

    look_seconds: float
    """How often to look for what others have stored."""

    async def waiting(self, *, busy: Collection[int], limit: int) -> Sequence[InboxRow]:
        """Updates that this process may apply; `busy` are the people with a lane. Raises: Busy."""

    async def take(self, user: int) -> bool:
        """Have this person for a moment, whatever waits; False where another process does.

        Raises: Busy.
        """

    def limit(self, user: int) -> AbstractAsyncContextManager[object]:
        """The block ends by TimeoutError when the person is not ours any more."""

    async def release(self, users: Collection[int]) -> None:
        """Let others have these people at once."""


class OwnLanes:
    """The process has the database to itself."""

    look_seconds = 5.0

    def __init__(self, begin: Begin, *, bot: int) -> None:
        self._begin, self._bot = begin, bot

    async def waiting(self, *, busy: Collection[int], limit: int) -> Sequence[InboxRow]:  # noqa: ARG002
        async with self._begin.read() as work:
            return await work.inbox.waiting(self._bot, limit=limit)

    async def take(self, user: int) -> bool:  # noqa: ARG002
        return True

    def limit(self, user: int) -> AbstractAsyncContextManager[object]:  # noqa: ARG002
        return nullcontext()

    async def release(self, users: Collection[int]) -> None:
        pass


class LeasedLanes:
    """One process among several on a database."""

    look_seconds = 0.25

    def __init__(self, begin: Begin, clock: Clock, leases: Leases, *, bot: int) -> None:
        self._begin, self._clock, self._bot = begin, clock, bot
        self._holder = leases.holder
        self._ends: dict[int, float] = {}
        self._limits: dict[int, asyncio.Timeout] = {}
        self._renewed = 0.0

    async def waiting(self, *, busy: Collection[int], limit: int) -> Sequence[InboxRow]:
        asked = asyncio.get_running_loop().time()
        busy = set(busy)
        idle = self._ends.keys() - busy
        self._forget(idle)
        renewing = set()
        if asked - self._renewed >= RENEWAL_SECONDS:
            renewing = busy & self._ends.keys()
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            until = now + LEASE
            await work.lanes.release(self._bot, self._holder, idle)
            kept = await work.lanes.renew(self._bot, self._holder, renewing, until=until)
            claimed = await work.lanes.claim(
                self._bot, self._holder, now=now, until=until, limit=max(0, MOST_LEASED - len(busy))
            )
            rows: Sequence[InboxRow] = ()
            if busy or claimed:
                rows = await work.inbox.waiting(self._bot, limit=limit, holder=self._holder)
            await work.commit()
        if renewing:
            self._renewed = asked
        for user in (*kept, *claimed):
            self._have(user, asked)
        for user in renewing - set(kept):
            self._lose(user, asked)
        return [row for row in rows if row.user in self._ends]

    async def take(self, user: int) -> bool:
        asked = asyncio.get_running_loop().time()
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            taken = await work.lanes.take(self._bot, user, self._holder, now=now, until=now + LEASE)
            await work.commit()
        if taken:
            self._have(user, asked)
        return taken

    @asynccontextmanager
    async def limit(self, user: int) -> AsyncIterator[None]:
        async with asyncio.timeout_at(self._ends.get(user, 0.0)) as limit:
            self._limits[user] = limit
            try:
                yield
            finally:
                del self._limits[user]

    async def release(self, users: Collection[int]) -> None:
        mine = self._ends.keys() & set(users)
        self._forget(mine)
        try:
            async with self._begin() as work:
                await work.lanes.release(self._bot, self._holder, mine)
                await work.commit()
        except Busy:
            _log.warning("lanes_not_released", lanes=len(mine))

    def _have(self, user: int, asked: float) -> None:
        self._ends[user] = asked + LEASE.total_seconds()
        self._reschedule(user, self._ends[user])

    def _lose(self, user: int, asked: float) -> None:
        _log.warning("lane_lost")
        self._ends.pop(user, None)
        self._reschedule(user, asked)

    def _reschedule(self, user: int, when: float) -> None:
        limit = self._limits.get(user)
        if limit is not None and not limit.expired():
            limit.reschedule(when)

    def _forget(self, users: Collection[int]) -> None:
        for user in tuple(users):
            self._ends.pop(user, None)


def lanes_of(core: Application, *, bot: int) -> Lanes:
    """Leased where other processes may work on the database too."""
    if core.leases.shared:
        return LeasedLanes(core.begin, core.clock, core.leases, bot=bot)
    return OwnLanes(core.begin, bot=bot)
