"""Sending letters: claimed, composed and kept, then sent, then settled.

No connection to the database is held while the mail server is talked to. What a letter leads to (a
ticket) is kept before it leaves: nobody receives a link that does not work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from survey.domain.letters import Composed, Letter, LetterKind, Post, next_try
from survey.errors import NotSent
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.letters import Mailer

Compose = Callable[[UnitOfWork, Letter, datetime], Awaitable[Composed | None]]
"""Writes a letter, and what its links need, in a unit of work; None where it has no receiver."""

AT_ONCE: Final = 8
LEASE: Final = timedelta(minutes=5)
"""Longer than a mail server is waited for."""

_log = structlog.get_logger()


class Letters:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        mailer: Mailer | None,
        composers: Mapping[LetterKind, Compose],
    ) -> None:
        """`mailer` is None where no mail server is set up: letters wait."""
        self._begin, self._clock, self._mailer = begin, clock, mailer
        self._composers = dict(composers)

    @property
    def can_send(self) -> bool:
        return self._mailer is not None

    async def post(self) -> Post:
        """How many wait, and how many were given up in the last weeks."""
        async with self._begin.read() as work:
            return await work.letters.post()

    async def send_due(self) -> int:
        """Send some of what is due; how many left. Call again at once where any did."""
        if self._mailer is None:
            return 0
        async with asyncio.TaskGroup() as tasks:
            sending = [
                tasks.create_task(self._send(self._mailer, letter))
                for letter in await self._claim()
            ]
        return sum(task.result() for task in sending)

    async def _claim(self) -> tuple[Letter, ...]:
        now = self._clock.now()
        async with self._begin.read() as work:
            if await work.installation.held() or not await work.letters.any_due(now=now):
                return ()
        async with self._begin() as work:
            claimed = await work.letters.claim(now=now, limit=AT_ONCE, lease=LEASE)
            await work.commit()
        return tuple(claimed)

    async def _send(self, mailer: Mailer, letter: Letter) -> bool:
        """Whether it left. One that cannot even be written is no reason to keep the others back."""
        try:
            composed = await self._compose(letter)
            if composed is None:
                await self._settle(letter, failed="nobody")
                return False
            await mailer.send(letter.id, composed, at=self._clock.now())
        except NotSent as error:
            await self._not_sent(letter, error)
            return False
        except Exception as error:
            _log.error("letter_failed", kind=str(letter.kind), error=type(error).__name__)
            await self._not_sent(letter, NotSent("fault", again=True))
            return False
        await self._settle(letter)
        return True

    async def _compose(self, letter: Letter) -> Composed | None:
        """The letter, after what it leads to was kept."""
        compose = self._composers.get(letter.kind)
        if compose is None:
            return None
        async with self._begin() as work:
            composed = await compose(work, letter, self._clock.now())
            await work.commit()
        return composed

    async def _not_sent(self, letter: Letter, error: NotSent) -> None:
        again = next_try(letter, self._clock.now()) if error.again else None
        _log.warning("letter_not_sent", kind=str(letter.kind), why=error.reason, again=bool(again))
        if again is None:
            await self._settle(letter, failed="given_up" if error.again else error.reason)
            return
        async with self._begin() as work:
            await work.letters.postpone(letter.id, until=again)
            await work.commit()

    async def _settle(self, letter: Letter, *, failed: str | None = None) -> None:
        async with self._begin() as work:
            await work.letters.settle(letter.id, at=self._clock.now(), failed=failed)
            await work.commit()
