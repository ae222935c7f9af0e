"""Sending the messages of campaigns: claimed, begun, sent, settled, whatever the channel.

"Begun" is written in the transaction that settles those before, and asks once more whether wave,
campaign and invitation still want the message. No connection to the database is held during a call.
A process that dies leaves in doubt what it had under way: one message where several send, four at
most where one sends alone. Whoever claims those when the lease has ended sends them once more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from survey.domain.sending import window
from survey.domain.waves import HoldReason, SkipReason
from survey.errors import Busy
from survey.ports import Begin, Clock, UnitOfWork
from survey.ports.campaigns import Settled
from survey.services.attempts import Attempts, put_off
from survey.services.channels import SHORT_REST, Channels
from survey.services.leases import Leases
from survey.services.messages import Messages, Ready, skipped
from survey.tally import Tally

LEASE: Final = timedelta(minutes=2)
"""Longer than all that is claimed at once takes to leave."""

AT_ONCE: Final = 16

RUN: Final = timedelta(seconds=60)
"""So long one run goes on: whoever watches the job sees that it lives."""

HELD_FOR: Final = timedelta(minutes=10)
"""When a message is looked at again whose channel rests, unless it is back before."""

_ATTEND_EVERY: Final = timedelta(seconds=5)
_ATTENDS: Final = timedelta(seconds=20)
_PATIENCE_SECONDS: Final = 1.0
_MOST_PATIENCE: Final = 60
"""So often a database that cannot be reached is asked again to keep what was sent."""

Sleep = Callable[[float], Awaitable[None]]

_log = structlog.get_logger()


class Sender:
    """One process's sender: `send_due` again and again, `stop` before the last is to end."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        leases: Leases,
        messages: Messages,
        tally: Tally,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._begin, self._clock, self._leases = begin, clock, leases
        self._messages, self._sleep = messages, sleep
        self.channels = Channels(begin, clock, leases, tally)
        self._attempts = Attempts(self.channels, clock, tally)
        self._stopping = asyncio.Event()
        self._attended: datetime | None = None
        self._alone_since: datetime | None = None
        self._window = window(alone=not leases.shared)

    def stop(self) -> None:
        """Begin nothing more; a run that goes on finishes what it has begun."""
        self._stopping.set()

    async def leave(self) -> None:
        """Let the others know that this process sends no more. Raises: Busy."""
        if self._attended is not None:
            async with self._begin() as work:
                await work.outbox.leave(self._leases.holder)
                await work.commit()
            self._attended = self._alone_since = None

    async def send_due(self) -> bool:
        """Send what is due, for `RUN` at most; whether there is more by now.

        Raises: Busy, where the database cannot be reached: what was under way is in doubt then.
        """
        if self._stopping.is_set():
            return False
        await self.channels.rouse()
        if not self.channels.any_awake():
            return False
        async with self._begin.read() as work:
            if not await work.outbox.any_due(now=await self._clock.lease_now(work.leases)):
                return False
        return await self._run()

    # --- a run ---

    async def _run(self) -> bool:
        run = _Run(ends=self._clock.now() + RUN)
        try:
            async with asyncio.TaskGroup() as tasks:
                while await self._step(run, tasks):
                    pass
        finally:
            await self._give_back(run.ready)
        return run.more and not self._stopping.is_set()

    async def _step(self, run: "_Run", tasks: asyncio.TaskGroup) -> bool:
        """Claim, settle and begin, wait for one to land; whether there is anything left to do."""
        going = (
            not self._stopping.is_set()
            and self._clock.now() < run.ends
            and self.channels.any_awake()
        )
        try:
            if going and run.more and len(run.ready) < self._window:
                await self._fill(run)
            batch = await self._next(run) if going else []
            if batch or run.done:
                for each in await self._turn(run, batch):
                    run.flying.add(tasks.create_task(self._attempts.make(each)))
            run.in_vain = 0
        except Busy:
            run.in_vain += 1
            if run.in_vain > _MOST_PATIENCE or not (run.flying or run.done):
                raise
            await self._sleep(_PATIENCE_SECONDS)
        if run.flying:
            await run.landed(most=self._window - 1 if going and run.ready else 0)
        elif going and run.ready and not run.done:
            await self._rest(run)
        return bool(run.flying or run.done or (going and (run.ready or run.more)))

    async def _fill(self, run: "_Run") -> None:
        """Claim some more, and see what may leave. Raises: Busy."""
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            await self._attend(work, now)
            claimed = await work.outbox.claim(
                self._leases.holder, now=now, limit=AT_ONCE, lease=LEASE
            )
            await work.commit()
        run.more = bool(claimed)
        if claimed:
            ready, settled = await self._messages.made_ready(
                claimed, self.channels.plugged, now=now
            )
            run.ready += ready
            run.done += settled

    async def _attend(self, work: UnitOfWork, now: datetime) -> None:
        if not self._leases.shared:
            return
        if self._attended is None or now - self._attended >= _ATTEND_EVERY:
            self._attended = now
            until = now + _ATTENDS
            self._look_around(
                await work.outbox.attend(self._leases.holder, now=now, until=until), now
            )

    def _look_around(self, senders: int, now: datetime) -> None:
        """Others are known to be gone when none was there for as long as one is remembered."""
        if senders > 1:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        since = self._alone_since
        self._window = window(alone=since is not None and now - since >= _ATTENDS)

    async def _next(self, run: "_Run") -> list[Ready]:
        """What may begin now; what waits for a channel that rests for long is put off."""
        now, waiting, batch = self._clock.now(), list[Ready](), list[Ready]()
        for each in run.ready:
            channel = each.addresses[0].channel
            rest = self.channels.rest(channel)
            if rest > SHORT_REST:
                down = self.channels.is_down(channel)
                hold = HoldReason.CHANNEL_DOWN if down else None
                run.done.append(put_off(each, now + min(rest, HELD_FOR), hold))
                continue
            waiting.append(each)
            room = len(run.flying) + len(batch) < self._window
            if room and not rest and await self.channels.works(channel):
                batch.append(each)
        run.ready = waiting
        return batch

    async def _turn(self, run: "_Run", batch: Sequence[Ready]) -> list[Ready]:
        """Keep what became of those before, and begin these; those that may be sent. Raises: Busy.

        What was begun and is not known to be kept is not sent: it is in doubt when its lease ends.
        """
        holder = self._leases.holder
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            # First, because it gives back turns of people whom these may be for.
            await work.outbox.settle(holder, run.done, now=now)
            begun = await work.outbox.begin(holder, [each.delivery.id for each in batch], now=now)
            wanted = [each for each in batch if each.delivery.id in begun]
            # Before the caps: who is not asked takes no turn of theirs.
            kept_back = await self._messages.waiting(work, wanted)
            wanted = [each for each in wanted if each.delivery.id not in kept_back]
            kept_back |= await self._capped(work, wanted, now)
            if kept_back:
                await work.outbox.settle(holder, kept_back.values(), now=now)
            if self._leases.shared:
                self._look_around(await work.outbox.senders(), now)
            await work.commit()
        run.done.clear()
        run.ready = [each for each in run.ready if each not in batch]
        return [each for each in wanted if each.delivery.id not in kept_back]

    async def _capped(
        self, work: UnitOfWork, wanted: Sequence[Ready], now: datetime
    ) -> dict[UUID, Settled]:
        """Those whose person was asked something else not long ago; the others take their turn."""
        by_apart: dict[timedelta, dict[UUID, Ready]] = {}
        for each in wanted:
            if each.apart is not None:
                by_apart.setdefault(each.apart, {})[each.delivery.invitation] = each
        capped: dict[UUID, Settled] = {}
        for apart, those in by_apart.items():
            may = await work.outbox.may_ask(
                {invitation: each.person for invitation, each in those.items()},
                now=now,
                apart=apart,
            )
            refused = [each for invitation, each in those.items() if invitation not in may]
            if refused:
                asked = await work.invitations.last_sent([each.person for each in refused])
                for each in refused:
                    again = asked.get(each.person, now) + apart
                    capped[each.delivery.id] = (
                        skipped(each.delivery.id, SkipReason.RECENTLY_ASKED)
                        if again >= each.closes_at
                        else put_off(each, again, HoldReason.RECENTLY_ASKED)
                    )
        return capped

    async def _rest(self, run: "_Run") -> None:
        """Wait for a channel that wants no message for a moment."""
        seconds = min(
            self.channels.rest(each.addresses[0].channel).total_seconds() for each in run.ready
        )
        async with asyncio.TaskGroup() as tasks:
            waits = {
                tasks.create_task(_after(self._sleep(seconds))),
                tasks.create_task(_after(self._stopping.wait())),
            }
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()

    async def _give_back(self, ready: Sequence[Ready]) -> None:
        """What was not begun is anybody's; where that cannot be said, the lease ends by itself."""
        if not ready:
            return
        try:
            async with self._begin() as work:
                claimed = [each.delivery.id for each in ready]
                await work.outbox.release(self._leases.holder, claimed)
                await work.commit()
        except Busy:
            _log.warning("messages_not_given_back", messages=len(ready))


@dataclass(slots=True)
class _Run:
    """What is claimed and may leave, what is under way, and what is to be kept of it.

    `more` says that the last claim found something; `in_vain` how often in a row the database could
    not be reached.
    """

    ends: datetime
    ready: list[Ready] = field(default_factory=list)
    flying: set[asyncio.Task[Settled]] = field(default_factory=set)
    done: list[Settled] = field(default_factory=list)
    more: bool = True
    in_vain: int = 0

    async def landed(self, *, most: int) -> None:
        """Wait until so many are under way at most, and one less than before at least."""
        while True:
            finished, self.flying = await asyncio.wait(
                self.flying, return_when=asyncio.FIRST_COMPLETED
            )
            self.done += [each.result() for each in finished]
            if len(self.flying) <= most:
                return


async def _after(waited: Awaitable[object]) -> None:
    await waited
