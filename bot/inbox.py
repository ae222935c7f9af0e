"""The inbox: stored updates are applied once, in order a person.

    the mailbox ──► (committed) ──► run() ──► one lane a person ──► the dispatcher

Each person has a lane that applies their updates one after another; lanes run side by side, up to
a bound. An update that fails is tried again in its lane, then parked with a stable code; it holds
up nobody else. What an earlier run left waiting comes first.

Where several processes share the database, a person's lane is leased by one of them, for as long as
it renews the lease. The lease keeps order and saves double work, no more: it may be lost without
the process noticing, as when its machine was paused. That each update has its effect once rests on
its row, which every write that is an effect locks and finds waiting.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import structlog
from pydantic import ValidationError

from bot.faults import describe
from bot.handling import Handling
from bot.lanes import Lanes, lanes_of
from bot.mailbox import MALFORMED, Mailbox
from bot.refusals import asked_to_wait, meaning_of
from bot.screen import Sleep
from survey.domain.records import InboxRow, UpdateKey
from survey.errors import AlreadyApplied, Busy, FeedbackError
from survey.tally import Counted
from survey.wiring import Application

_log = structlog.get_logger()

ATTEMPTS: Final = 3
"""Tries before an update is parked."""

PATIENCE: Final = 60
"""Tries that are not counted, since the fault is of the network, the database or Telegram."""

LANES: Final = 32
"""Updates applied at once, each of another person."""

READ_AHEAD: Final = 200
"""Updates read beyond those under way."""

MOST_UNDER_WAY: Final = 2_000
"""With so many updates in memory, no more are fetched from Telegram."""

_WAITS: Final = (0.5, 2.0, 5.0)
"""Seconds before the next try; the last goes on."""

_HOPELESS: Final = frozenset({MALFORMED, "key_gone"})

Apply = Callable[[Mapping[str, Any], Handling], Awaitable[None]]


class Inbox:
    """One bot's stored updates, as far as this process applies them."""

    def __init__(
        self,
        core: Application,
        *,
        bot: int,
        apply: Apply,
        sleep: Sleep,
        mailbox: Mailbox | None = None,
        lanes: Lanes | None = None,
    ) -> None:
        """`lanes`: whose updates are ours, where the application does not say it all."""
        self._core, self._bot = core, bot
        self._apply, self._sleep = apply, sleep
        self._mailbox = mailbox or Mailbox(core, bot=bot)
        self._ours = lanes or lanes_of(core, bot=bot)
        self._lanes: dict[int, deque[InboxRow]] = {}
        self._under_way: set[UpdateKey] = set()
        self._settled: set[UpdateKey] = set()
        self._slots = asyncio.Semaphore(LANES)
        self._changed, self._stopping = asyncio.Event(), asyncio.Event()
        self._behind = False
        self._mailbox.tell(self._changed.set)

    async def keep(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store the updates, encrypted; known ones change nothing. Raises: Busy."""
        await self._mailbox.keep(updates)

    async def room(self) -> None:
        """Wait until few enough updates are under way to fetch more."""
        while len(self._under_way) >= MOST_UNDER_WAY:
            await self._sleep(_WAITS[0])

    async def run(self) -> None:
        """Apply what waits and what comes, until `stop`; what was begun is finished."""
        had: set[int] = set()
        try:
            async with asyncio.TaskGroup() as lanes:
                while not self._stopping.is_set():
                    self._changed.clear()
                    try:
                        await self._feed(lanes)
                    except Busy:
                        await self._rest(_WAITS[-1])
                        continue
                    had |= self._lanes.keys()
                    await self._look_again()
        finally:
            await self._ours.release(had)

    def stop(self) -> None:
        """Begin nothing more; what waits stays in the database."""
        self._stopping.set()
        self._changed.set()

    @asynccontextmanager
    async def turn(self, user: int) -> AsyncIterator[bool]:
        """Nothing is applied of this person meanwhile, here or elsewhere.

        False where something is being applied, so that it is not the caller's turn. Raises: Busy;
        TimeoutError where another process took the person over.
        """
        if user in self._lanes or self._stopping.is_set():
            yield False
            return
        self._lanes[user] = deque()
        try:
            if await self._ours.take(user):
                async with self._ours.limit(user):
                    yield True
            else:
                yield False
        finally:
            # What came meanwhile is read again.
            self._leave(user)
            self._changed.set()

    async def _look_again(self) -> None:
        """Wait for a sign that something changed, or until it is time to look without one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ours.look_seconds):
                await self._changed.wait()

    async def _feed(self, lanes: asyncio.TaskGroup) -> None:
        """Put waiting updates into the lanes, oldest first."""
        # What a lane settles while the rows are read still waits in them.
        self._settled.clear()
        limit = len(self._under_way) + READ_AHEAD
        rows = await self._ours.waiting(busy=self._lanes.keys(), limit=limit)
        self._behind = len(rows) == limit
        for row in rows:
            if row.key in self._under_way or row.key in self._settled:
                continue
            self._under_way.add(row.key)
            lane = self._lanes.get(row.user)
            if lane is None:
                self._lanes[row.user] = deque([row])
                lanes.create_task(self._lane(row.user))
            else:
                lane.append(row)

    async def _lane(self, user: int) -> None:
        lane = self._lanes[user]
        try:
            async with self._ours.limit(user):
                while lane and not self._stopping.is_set():
                    await self._settle(lane[0])
                    key = lane.popleft().key
                    self._settled.add(key)
                    self._under_way.discard(key)
        except TimeoutError:
            _log.warning("lane_ended", updates=len(lane))
        finally:
            self._leave(user)
        if self._behind:
            self._changed.set()

    def _leave(self, user: int) -> None:
        for row in self._lanes.pop(user):
            self._under_way.discard(row.key)

    async def _settle(self, row: InboxRow) -> None:
        """Try until the update is applied or parked; leave it waiting where the bot stops."""
        attempts = row.attempts
        for tries in count():
            wait = _WAITS[min(tries, len(_WAITS) - 1)]
            try:
                async with self._slots:
                    failure = await self._try(row)
                if failure is None:
                    return
                attempts += not failure.passes or tries >= PATIENCE
                park = failure.code in _HOPELESS or attempts >= ATTEMPTS
                if attempts > row.attempts and not await self._note(row.key, failure, park=park):
                    return
                if park:
                    self._core.tally.count(Counted.UPDATES, "parked")
                    _log.error("update_parked", update=row.key.update_id, code=failure.code)
                    return
                wait = max(wait, failure.wait)
            except Busy:
                _log.warning("database_busy", update=row.key.update_id)
            if self._stopping.is_set():
                return
            await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        """Sleep, but not past the end."""
        async with asyncio.TaskGroup() as tasks:
            either = [
                tasks.create_task(_awaited(self._sleep(seconds))),
                tasks.create_task(_awaited(self._stopping.wait())),
            ]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            for each in either:
                each.cancel()

    async def _try(self, row: InboxRow) -> "Failure | None":
        """Apply it once; what went wrong. Raises: Busy."""
        handling = Handling(
            row.key,
            waiting=lambda: len(self._lanes.get(row.user, ())) - 1,
            later=lambda: self._later(row.user),
        )
        try:
            await self._apply(json.loads(self._opened(row)), handling)
        except AlreadyApplied:
            return None
        except Exception as error:
            _log.warning("update_failed", update=row.key.update_id, **describe(error))
            self._core.tally.count(Counted.UPDATES, "failed")
            # Its step is durable: what could not be shown is owed, and the sweeper shows it.
            return None if handling.kept else failure_of(error)
        if not handling.kept:
            await self._core.writer.settle(row.key)
        self._core.tally.count(Counted.UPDATES, "applied")
        return None

    def _later(self, user: int) -> list[tuple[UpdateKey, Mapping[str, Any]]]:
        """What else waits of this person; what cannot be read is told of in its own turn."""
        found: list[tuple[UpdateKey, Mapping[str, Any]]] = []
        for row in list(self._lanes.get(user, ()))[1:]:
            with suppress(KeyGone, ValueError):
                found.append((row.key, json.loads(self._opened(row))))
        return found

    def _opened(self, row: InboxRow) -> bytes:
        try:
            return self._core.keys.decrypt(row.payload_key, row.payload)
        except KeyError as error:
            raise KeyGone from error

    async def _note(self, key: UpdateKey, failure: "Failure", *, park: bool) -> bool:
        """False where the update has had its effect after all, by another process."""
        async with self._core.begin() as work:
            waits = await work.inbox.failed(key, code=failure.code, park=park)
            await work.commit()
        return waits


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with an update: a stable word, whether it passes, and after how long."""

    code: str
    passes: bool = False
    wait: float = 0.0


async def _awaited(each: Awaitable[object]) -> None:
    await each


class KeyGone(FeedbackError):
    """The update waited longer than its key is kept."""

    code = "key_gone"


def failure_of(error: Exception) -> Failure:
    """How the inbox is to take an error."""
    match error:
        case Busy():
            return Failure(error.code, passes=True)
        case FeedbackError():
            return Failure(error.code)
        case ValidationError() | json.JSONDecodeError():
            return Failure(MALFORMED)
    meaning = meaning_of(error)
    if meaning is None:
        return Failure("failed")
    return Failure(meaning.value, passes=meaning.passes, wait=asked_to_wait(error))
