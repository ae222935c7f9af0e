"""The inbox: updates are stored before they are acknowledged, and applied once, in order a person.

    getUpdates ──► keep() ──► (committed) ──► run() ──► one lane a person ──► the dispatcher

Each person has a lane that applies their updates one after another; lanes run side by side, up to
a bound. An update that fails is tried again in its lane, then parked with a stable code; it holds
up nobody else. What an earlier run left waiting comes first.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from pydantic import ValidationError

from bot.faults import describe
from bot.screen import Sleep
from bot.talk import Handling
from survey.domain.calendar import local_month
from survey.domain.records import InboxRow, UpdateKey
from survey.errors import Busy, FeedbackError
from survey.ports import Begin, Clock, Keys

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

_PASSING: Final = frozenset({Busy.code, "telegram_unreachable"})
_HOPELESS: Final = frozenset({"malformed", "key_gone", "other_bot"})

Apply = Callable[[Mapping[str, Any], Handling], Awaitable[None]]


class Inbox:
    """One bot's stored updates."""

    def __init__(
        self,
        begin: Begin,
        keys: Keys,
        clock: Clock,
        zone: ZoneInfo,
        *,
        bot: int,
        apply: Apply,
        sleep: Sleep,
    ) -> None:
        self._begin, self._keys, self._clock, self._zone = begin, keys, clock, zone
        self._bot, self._apply, self._sleep = bot, apply, sleep
        self._lanes: dict[int, deque[InboxRow]] = {}
        self._under_way: set[UpdateKey] = set()
        self._settled: set[UpdateKey] = set()
        self._slots = asyncio.Semaphore(LANES)
        self._changed, self._stopping, self._behind = asyncio.Event(), False, False

    async def keep(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store the updates, encrypted; known ones change nothing. Raises: Busy."""
        now = self._clock.now()
        month = local_month(now, self._zone)
        rows = []
        for update in updates:
            payload_key, payload = self._keys.encrypt("inbox", month, json.dumps(update).encode())
            key = UpdateKey(self._bot, update["update_id"])
            rows.append(InboxRow(key, sender(update), payload, payload_key, now))
        async with self._begin() as work:
            await work.inbox.store(rows)
            await work.commit()
        self._changed.set()

    async def room(self) -> None:
        """Wait until few enough updates are under way to fetch more."""
        while len(self._under_way) >= MOST_UNDER_WAY:
            await self._sleep(_WAITS[0])

    async def run(self) -> None:
        """Apply what waits and what comes, until `stop`; what was begun is finished."""
        async with asyncio.TaskGroup() as lanes:
            while not self._stopping:
                self._changed.clear()
                try:
                    await self._feed(lanes)
                except Busy:
                    await self._sleep(_WAITS[-1])
                    continue
                await self._changed.wait()

    def stop(self) -> None:
        """Begin nothing more; what waits stays in the database."""
        self._stopping = True
        self._changed.set()

    async def _feed(self, lanes: asyncio.TaskGroup) -> None:
        """Put waiting updates into the lanes, oldest first."""
        # What a lane settles while the rows are read still waits in them.
        self._settled.clear()
        limit = len(self._under_way) + READ_AHEAD
        async with self._begin.read() as work:
            rows = await work.inbox.waiting(limit=limit)
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
        while lane and not self._stopping:
            await self._settle(lane[0])
            key = lane.popleft().key
            self._settled.add(key)
            self._under_way.discard(key)
        del self._lanes[user]
        if self._behind:
            self._changed.set()

    async def _settle(self, row: InboxRow) -> None:
        """Try until the update is applied or parked; leave it waiting where the bot stops."""
        attempts = row.attempts
        for tries in count():
            try:
                async with self._slots:
                    code = await self._try(row)
                if code is None:
                    return
                attempts += code not in _PASSING or tries >= PATIENCE
                park = code in _HOPELESS or attempts >= ATTEMPTS
                if attempts > row.attempts:
                    await self._note(row.key, code, park=park)
                if park:
                    _log.error("update_parked", update=row.key.update_id, code=code)
                    return
            except Busy:
                _log.warning("database_busy", update=row.key.update_id)
            if self._stopping:
                return
            await self._sleep(_WAITS[min(tries, len(_WAITS) - 1)])

    async def _try(self, row: InboxRow) -> str | None:
        """Apply it once; the code of what went wrong. Raises: Busy."""
        if row.key.bot != self._bot:
            return "other_bot"
        handling = Handling(row.key)
        try:
            await self._apply(json.loads(self._opened(row)), handling)
        except Exception as error:
            _log.warning("update_failed", update=row.key.update_id, **describe(error))
            # Its step is durable: what could not be shown is owed, and the sweeper shows it.
            return None if handling.kept else code_of(error)
        if not handling.kept:
            async with self._begin() as work:
                await work.inbox.applied(row.key)
                await work.commit()
        return None

    def _opened(self, row: InboxRow) -> bytes:
        try:
            return self._keys.decrypt(row.payload_key, row.payload)
        except KeyError as error:
            raise KeyGone from error

    async def _note(self, key: UpdateKey, code: str, *, park: bool) -> None:
        async with self._begin() as work:
            await work.inbox.failed(key, code=code, park=park)
            await work.commit()


class KeyGone(FeedbackError):
    """The update waited longer than its key is kept."""

    code = "key_gone"


def sender(update: Mapping[str, Any]) -> int:
    """Whose update it is; 0 where it is nobody's."""
    for content in update.values():
        author = content.get("from") if isinstance(content, dict) else None
        if isinstance(author, dict) and type(author.get("id")) is int:
            return int(author["id"])
    return 0


def code_of(error: Exception) -> str:
    """A stable word for what went wrong."""
    match error:
        case FeedbackError():
            return error.code
        case ValidationError() | json.JSONDecodeError():
            return "malformed"
        case TelegramNetworkError() | TelegramServerError() | TelegramRetryAfter():
            return "telegram_unreachable"
        case _:
            return "failed"
