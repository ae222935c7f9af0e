"""How fast messages leave: Telegram's limits, kept in two lanes.

Replies to people never wait: each takes a start time from the campaigns afterwards. Messages of
campaigns start on a grid, one by one, while those before are still under way. What Telegram takes
is about 30 messages a second in all and one a second in a chat; it does not say how it counts, so
when it asks for patience, campaigns are silent for as long as it says, also after a restart.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from survey.ports import Begin, Clock

A_SECOND: Final = 29.9
"""Start times of the grid: a little less than what is taken."""

IN_A_CHAT: Final = 1.0
"""Seconds between two messages in one chat."""

AT_ONCE: Final = 7
"""Start times that a process reserves at most where it shares the grid: about a quarter second."""

_APART: Final = 1 / A_SECOND
_CHATS_KEPT: Final = 4_096

Sleep = Callable[[float], Awaitable[None]]


class Blocked(Exception):
    """Telegram wants no messages for so many seconds; nothing was reserved."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} seconds")
        self.seconds = seconds


class Unwanted(Exception):
    """While the message waited, somebody stopped it."""


class Pacer:
    """One process's share of one bot's start times; times are seconds of `elapsed`."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        *,
        bot: int,
        shared: bool,
        sleep: Sleep = asyncio.sleep,
        elapsed: Callable[[], float] | None = None,
    ) -> None:
        """`shared`: other processes may send for this bot too.

        `elapsed` is the event loop's time unless it is given.
        """
        self._begin, self._clock, self._bot, self._shared = begin, clock, bot, shared
        self._sleep, self._elapsed = sleep, elapsed
        self._turn = asyncio.Lock()
        self._next = float("-inf")
        self._reserved: deque[float] = deque()
        self._replies = 0
        self._blocked_until = float("-inf")
        self._to_block = 0.0
        self._known = False
        self._last: OrderedDict[int, float] = OrderedDict()
        self._waiting = 0

    def now(self) -> float:
        return self._elapsed() if self._elapsed else asyncio.get_running_loop().time()

    # --- the lane of replies ---

    def replied(self, chat: int) -> None:
        """A reply leaves at this moment: a message of a campaign less can."""
        now = self.now()
        self._note(chat, now)
        if self._shared:
            self._replies += 1
        else:
            self._next = max(self._next, now) + _APART

    def refused(self, seconds: float) -> None:
        """Telegram wants patience, said in answer to a reply."""
        self._blocked_until = max(self._blocked_until, self.now() + seconds)
        self._to_block = max(self._to_block, seconds)

    async def flush(self) -> None:
        """Let other processes know of replies and of patience asked for. Raises: Busy."""
        if not self._replies and not self._to_block:
            return
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            replies, seconds = self._replies, self._to_block
            if replies:
                apart = timedelta(seconds=_APART)
                await work.paces.take(self._bot, now=now, count=replies, apart=apart)
            if seconds:
                await work.paces.block(self._bot, until=now + timedelta(seconds=seconds))
            await work.commit()
        self._replies -= replies
        self._to_block = 0.0 if self._to_block == seconds else self._to_block

    # --- the lane of campaigns ---

    async def slot(
        self, chat: int, *, stopped: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """Wait until a message of a campaign may leave to this chat.

        `stopped` is asked of a message that had to let others go first: while they leave, the
        campaign may be stopped. It is asked before the time for its start has come.

        Raises: Blocked, at once, while Telegram wants none; Unwanted; Busy.
        """
        queued = self._turn.locked() or self._waiting > 0
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            self._require_free()
            in_chat = self._last.get(chat, float("-inf")) + IN_A_CHAT
            if (wait := in_chat - self.now()) > 0:
                queued = True
                await self._sleep(wait)
            if queued and stopped is not None and await stopped():
                raise Unwanted
            at = await self._reserve()
            if (wait := at - self.now()) > 0:
                await self._sleep(wait)
            self._require_free()
            self._note(chat, self.now())
        finally:
            self._turn.release()

    async def block(self, seconds: float) -> None:
        """Telegram wants patience: no process begins a message before. Raises: Busy."""
        self.refused(seconds)
        self._reserved.clear()
        await self.flush()

    async def _reserve(self) -> float:
        """Raises: Blocked, Busy."""
        if not self._known:
            await self._learn()
        now = self.now()
        if not self._shared:
            at = max(self._next, now)
            self._next = at + _APART
            return at
        while self._reserved and self._reserved[0] < now:
            self._reserved.popleft()
        if not self._reserved:
            await self._reserve_some()
        return self._reserved.popleft()

    async def _learn(self) -> None:
        """What Telegram asked for before this process began."""
        async with self._begin.read() as work:
            until = await work.paces.blocked_until(self._bot)
            now = await self._clock.lease_now(work.leases)
        self._known = True
        if until is not None and until > now:
            seconds = (until - now).total_seconds()
            self._blocked_until = max(self._blocked_until, self.now() + seconds)
            self._require_free()

    async def _reserve_some(self) -> None:
        """As many as messages wait for one by now: one that nobody uses is lost to all."""
        count, replies = min(self._waiting + 1, AT_ONCE), self._replies
        apart = timedelta(seconds=_APART)
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            first = await work.paces.take(self._bot, now=now, count=count + replies, apart=apart)
            until = await work.paces.blocked_until(self._bot)
            await work.commit()
        here = self.now()
        self._replies -= replies
        if until is not None and until > now:
            self._blocked_until = max(self._blocked_until, here + (until - now).total_seconds())
            self._require_free()
        begins = here + (first - now).total_seconds() + replies * _APART
        self._reserved.extend(begins + place * _APART for place in range(count))

    def _require_free(self) -> None:
        """Raises: Blocked."""
        if (wait := self._blocked_until - self.now()) > 0:
            raise Blocked(wait)

    def _note(self, chat: int, at: float) -> None:
        """When the last message left to a chat; older ones than a second's are forgotten."""
        self._last[chat] = at
        self._last.move_to_end(chat)
        while len(self._last) > _CHATS_KEPT:
            self._last.popitem(last=False)
