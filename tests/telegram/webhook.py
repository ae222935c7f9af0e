"""Delivery of updates to the bot's own address.

Source: https://core.telegram.org/bots/api#setwebhook. Anything but 2xx is tried again until the
update expires, and holds back its lane only. Unlike the public server and like a local one, http
and any port are taken; pauses between tries are short, since a test waits for them.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.telegram.clock import VirtualClock
from tests.telegram.refusal import bad_request
from tests.telegram.updates import JSON, UpdateQueue, Waiting

if TYPE_CHECKING:
    from aiohttp import ClientSession

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
GIVES_UP_AFTER = 60.0

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

Reply = Callable[[JSON], Awaitable[None]]


@dataclass
class Webhook:
    """Where updates go and how the last delivery failed."""

    url: str
    secret: str | None
    max_connections: int
    last_error_at: datetime | None = None
    last_error: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise bad_request("bad webhook: invalid webhook URL specified")
        if self.secret is not None and not _SECRET.fullmatch(self.secret):
            raise bad_request("secret token contains unallowed characters")
        if not 1 <= self.max_connections <= 100:
            raise bad_request("max_connections must be from 1 to 100")


class WebhookSender:
    """Sends what waits in the queue until it is cancelled; `reply` runs a method call that the
    bot gave as its answer."""

    def __init__(
        self, hook: Webhook, *, queue: UpdateQueue, clock: VirtualClock, reply: Reply
    ) -> None:
        self._hook = hook
        self._queue = queue
        self._clock = clock
        self._reply = reply
        self._busy: set[tuple[str, int]] = set()

    async def run(self) -> None:
        from aiohttp import ClientSession, ClientTimeout

        limit = ClientTimeout(total=GIVES_UP_AFTER)
        async with ClientSession(timeout=limit) as session, asyncio.TaskGroup() as sending:
            while True:
                update = await self._next()
                sending.create_task(self._deliver(session, update))

    async def _next(self) -> Waiting:
        async with self._queue.changed:
            await self._queue.changed.wait_for(lambda: self._free() is not None)
            update = self._free()
            assert update is not None
            self._busy.add(update.lane)
            return update

    def _free(self) -> Waiting | None:
        if len(self._busy) >= self._hook.max_connections:
            return None
        pending = self._queue.pending()
        return next((each for each in pending if each.lane not in self._busy), None)

    async def _deliver(self, session: "ClientSession", update: Waiting) -> None:
        pause = _FIRST_PAUSE
        while self._queue.waits(update) and not await self._accepted(session, update):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        await self._queue.settle(update)
        # Nothing suspends in between, so _next, which settling wakes, sees the lane free.
        self._busy.discard(update.lane)

    async def _accepted(self, session: "ClientSession", update: Waiting) -> bool:
        from aiohttp import ClientError

        headers = {SECRET_HEADER: self._hook.secret} if self._hook.secret else {}
        try:
            async with session.post(
                self._hook.url, json=update.payload, headers=headers
            ) as response:
                if response.status // 100 != 2:
                    self._failed(f"Wrong response from the webhook: {response.status}")
                    return False
                if response.content_type == "application/json":
                    answer = await response.json()
                    if isinstance(answer, dict) and "method" in answer:
                        await self._reply(answer)
                return True
        except (ClientError, TimeoutError) as error:
            self._failed(f"Connection failed: {type(error).__name__}")
            return False

    def _failed(self, why: str) -> None:
        self._hook.last_error_at = self._clock.now()
        self._hook.last_error = why
