"""Updates waiting for the bot, and long polling.

Source: https://core.telegram.org/bots/api#getupdates. An update stays until an offset above its
id acknowledges it or a webhook answers 2xx, for a day at most; a callback query for 150 seconds
(the official server's figure).
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.telegram.clock import VirtualClock
from tests.telegram.refusal import conflict

JSON = dict[str, Any]

KEPT = timedelta(days=1)
CALLBACK_KEPT = timedelta(seconds=150)
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_LIMIT = 100
MAX_TIMEOUT = 50

_FIRST_ID = 730_000_001
_OTHER_POLL = "other getUpdates request; make sure that only one bot instance is running"


@dataclass(frozen=True)
class Waiting:
    """`lane`: updates of one lane go to a webhook one after another, messages and presses of
    a person in lanes of their own, so that these two may overtake each other."""

    update_id: int
    lane: tuple[str, int]
    payload: JSON
    until: datetime


class UpdateQueue:
    """`changed` is notified whenever anything that a waiter might look at is different."""

    def __init__(self, clock: VirtualClock) -> None:
        self.changed = asyncio.Condition()
        self.next_id = _FIRST_ID
        self._clock = clock
        self._waiting: list[Waiting] = []
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
        """Queue an update of this kind, given a well-formed content; its id."""
        from aiogram.types import Update

        update_id, self.next_id = self.next_id, self.next_id + 1
        payload = {"update_id": update_id, kind: content}
        Update.model_validate(payload)
        if self._wants(kind):
            await self.add_raw(payload, lane=(kind, sender))
        return update_id

    async def add_raw(self, payload: JSON, *, lane: tuple[str, int] = ("raw", 0)) -> None:
        """Queue anything at all: malformed, foreign, or an update that went out before."""
        kept = CALLBACK_KEPT if "callback_query" in payload else KEPT
        update_id = payload.get("update_id", 0)
        async with self.changed:
            self._waiting.append(Waiting(update_id, lane, payload, self._clock.now() + kept))
            self.changed.notify_all()

    def pending(self) -> tuple[Waiting, ...]:
        now = self._clock.now()
        self._waiting = [each for each in self._waiting if each.until > now]
        return tuple(self._waiting)

    async def settle(self, update: Waiting) -> None:
        """The webhook took it."""
        async with self.changed:
            self._waiting = [each for each in self._waiting if each is not update]
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
        if offset > 0:
            self._waiting = [each for each in self._waiting if each.update_id >= offset]
        elif offset < 0:
            self._waiting = self._waiting[offset:]

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
