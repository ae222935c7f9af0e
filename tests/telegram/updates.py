"""Updates waiting for the bot, and long polling.

Source: https://core.telegram.org/bots/api#getupdates, and the official server where that is
silent (telegram-bot-api/Client.cpp). An update stays until an offset above its id acknowledges it
or a webhook answers 2xx, for a day at most; a callback query for 150 seconds. After a week without
updates the next id is anybody's guess. An offset further ahead than ten acknowledges nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, MutableSequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Protocol

from tests.telegram.clock import VirtualClock
from tests.telegram.refusal import conflict

JSON = dict[str, Any]
Lane = tuple[str, int]

KEPT = timedelta(days=1)
CALLBACK_KEPT = timedelta(seconds=150)
QUIET = timedelta(days=7)
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_LIMIT = 100
MAX_TIMEOUT = 50

_NEVER = datetime.max.replace(tzinfo=UTC)
_FIRST_ID = 730_000_001
_LARGEST_ID = 2**30
_AHEAD = 10
_OTHER_POLL = "other getUpdates request; make sure that only one bot instance is running"
_IN_CHAT = frozenset({"message", "edited_message", "channel_post", "edited_channel_post"})


class Chance(Protocol):
    def shuffle(self, rows: MutableSequence[Any], /) -> None: ...


@dataclass(frozen=True)
class Waiting:
    """`lane`: updates of one lane go to a webhook one after another, messages of a chat and
    presses of a person in lanes of their own, so that these two may overtake each other."""

    update_id: int
    lane: Lane
    payload: JSON
    until: datetime
    serial: int = 0


@dataclass(frozen=True)
class _Kept:
    """What happened while updates were held back."""

    kind: str
    content: JSON
    lane: Lane


class UpdateQueue:
    """`changed` is notified whenever anything that a waiter might look at is different.

    `copies` of each update are queued from now on, one behind another, or `at_once` side by side
    where a webhook takes them. `history` is everything that was ever queued, once.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self.changed = asyncio.Condition()
        self.next_id = _FIRST_ID
        self.copies = 1
        self.at_once = False
        self.history: list[Waiting] = []
        self._clock = clock
        self._chance = Random(_FIRST_ID)
        self._newest_at: datetime | None = None
        self._held: list[_Kept] | None = None
        self._serials = count(1)
        self._waiting: dict[int, Waiting] = {}
        self._expires_at = _NEVER
        self._allowed: Collection[str] = ()
        self._poll: object | None = None
        self._interrupted_by = ""
        self._closed = False

    def allow(self, kinds: Collection[str] | None) -> None:
        """None keeps the setting, an empty list asks for the default; earlier updates stay."""
        if kinds is not None:
            self._allowed = tuple(kinds)

    @property
    def allowed(self) -> list[str]:
        return list(self._allowed)

    def _wants(self, kind: str) -> bool:
        return kind in self._allowed if self._allowed else kind not in ON_REQUEST

    async def add(self, kind: str, content: JSON, *, sender: int) -> int:
        """Queue an update of this kind, given a well-formed content; its id, 0 while held."""
        from aiogram.types import Update

        Update.model_validate({"update_id": 0, kind: content})
        happened = _Kept(kind, content, _lane(kind, content, sender))
        if self._held is not None:
            self._held.append(happened)
            return 0
        return await self._number(happened)

    async def _number(self, happened: _Kept) -> int:
        update_id = self._new_id()
        if self._wants(happened.kind):
            payload = {"update_id": update_id, happened.kind: happened.content}
            until = self._clock.now() + _keeping(payload)
            self.history.append(Waiting(update_id, happened.lane, payload, until))
            await self._put(payload, happened.lane)
        return update_id

    def _new_id(self) -> int:
        now = self._clock.now()
        if self._newest_at is not None and now - self._newest_at >= QUIET:
            self.next_id = self._chance.randrange(1, _LARGEST_ID)
        self._newest_at = now
        update_id, self.next_id = self.next_id, self.next_id + 1
        return update_id

    async def _put(self, payload: JSON, lane: Lane) -> None:
        for copy in range(self.copies):
            aside = copy and self.at_once
            await self.add_raw(
                payload, lane=(f"{lane[0]} again {copy}", lane[1]) if aside else lane
            )

    async def add_raw(self, payload: JSON, *, lane: Lane = ("raw", 0)) -> None:
        """Queue anything at all: malformed, foreign, or an update that went out before."""
        update_id = payload.get("update_id", 0)
        until = self._clock.now() + _keeping(payload)
        async with self.changed:
            serial = next(self._serials)
            self._waiting[serial] = Waiting(update_id, lane, payload, until, serial)
            self._expires_at = min(self._expires_at, until)
            self.changed.notify_all()

    @asynccontextmanager
    async def held(
        self,
        *,
        chance: Chance | None = None,
        first: Callable[[str], bool] | None = None,
    ) -> AsyncIterator[None]:
        """What people do inside reaches the queue, and gets its number, at the end.

        Messages of a chat keep their order, and so do taps of a person; between them, as in the
        official server, either may come first.

        Args:
            chance: mixes lanes at random; in the order of the acts without it.
            first: kinds of update that it is true of come before all others.
        """
        self._held = []
        try:
            yield
        finally:
            happened, self._held = self._held, None
        if chance is not None:
            happened = _mixed(happened, chance)
        if first is not None:
            happened.sort(key=lambda each: not first(each.kind))
        for each in happened:
            await self._number(each)

    async def redeliver(self, *, chance: Chance | None = None, at_once: bool = False) -> int:
        """Queue every update that was ever queued once more, in its order or shuffled; how many.

        Args:
            at_once: each in a lane of its own, so that a webhook takes them side by side.
        """
        again = list(self.history)
        if chance is not None:
            chance.shuffle(again)
        for number, each in enumerate(again):
            await self.add_raw(each.payload, lane=("again", number) if at_once else each.lane)
        return len(again)

    def pending(self) -> tuple[Waiting, ...]:
        now = self._clock.now()
        if self._expires_at <= now:
            self._keep(lambda each: each.until > now)
            self._expires_at = min((each.until for each in self._waiting.values()), default=_NEVER)
        return tuple(self._waiting.values())

    def _keep(self, wanted: Callable[[Waiting], bool]) -> None:
        self._waiting = {key: each for key, each in self._waiting.items() if wanted(each)}

    def waits(self, update: Waiting) -> bool:
        """Whether the update is still to be delivered: neither taken, dropped nor expired."""
        self.pending()
        return update.serial in self._waiting

    async def settle(self, update: Waiting) -> None:
        """The webhook took it."""
        async with self.changed:
            self._waiting.pop(update.serial, None)
            self.changed.notify_all()

    async def drop_all(self) -> None:
        async with self.changed:
            self._waiting.clear()
            self.changed.notify_all()

    async def poll(self, *, offset: int, limit: int, wait: int) -> list[JSON]:
        """Up to `limit` updates, waiting up to `wait` seconds for the first.

        Raises:
            Refusal: 409, a newer getUpdates or setWebhook ended this one.
        """
        turn = object()
        async with self.changed:
            self._end_poll(_OTHER_POLL)
            self._poll = turn
            self._acknowledge(offset)
            self.changed.notify_all()
            try:
                async with asyncio.timeout(min(max(wait, 0), MAX_TIMEOUT)):
                    await self.changed.wait_for(lambda: self._is_over(turn))
            except TimeoutError:
                pass
            if self._poll is not turn:
                raise conflict(f"terminated by {self._interrupted_by}")
            self._poll = None
            return [each.payload for each in self.pending()[: min(max(limit, 1), MAX_LIMIT)]]

    @property
    def is_polled(self) -> bool:
        """Whether a getUpdates is waiting now."""
        return self._poll is not None

    def _is_over(self, turn: object) -> bool:
        return self._closed or self._poll is not turn or bool(self.pending())

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            newest = set(list(self._waiting)[offset:])
            self._keep(lambda each: each.serial in newest)
        elif 0 < offset <= self.next_id + _AHEAD:
            self._keep(lambda each: each.update_id >= offset)

    async def interrupt(self, by: str) -> None:
        """End a poll under way in favour of another way to get updates."""
        async with self.changed:
            self._end_poll(by)

    def _end_poll(self, by: str) -> None:
        self._poll = None
        self._interrupted_by = by
        self.changed.notify_all()

    async def close(self) -> None:
        """Answer a waiting poll with nothing, so that the server can stop."""
        async with self.changed:
            self._closed = True
            self.changed.notify_all()


def _keeping(payload: JSON) -> timedelta:
    return CALLBACK_KEPT if "callback_query" in payload else KEPT


def _lane(kind: str, content: JSON, sender: int) -> Lane:
    """Which updates wait for each other."""
    if kind in _IN_CHAT:
        return ("chat", int(content["chat"]["id"]))
    return (kind, sender)


def _mixed(happened: list[_Kept], chance: Chance) -> list[_Kept]:
    """Shuffled, each lane in its own order."""
    lanes = [each.lane for each in happened]
    chance.shuffle(lanes)
    rows = {lane: iter([each for each in happened if each.lane == lane]) for lane in set(lanes)}
    return [next(rows[lane]) for lane in lanes]
