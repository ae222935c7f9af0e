"""Sending what reporters are told: claimed, begun, sent, settled; one message at a time.

What is due for one receiver is one message, and each file that came with it one more, in chat.
"Begun" is kept before it leaves, and no connection to the database is held while it does. One
message at a time, so that a process that dies leaves one in doubt: whoever claims it when the
lease has ended sends it once more. That is fast enough for what people write by hand; campaigns,
which are not, have a sender of their own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final, Protocol
from uuid import UUID

import structlog

from survey.domain.campaign import ChannelName
from survey.domain.case_records import Telling
from survey.domain.sending import UNCLEAR_APART, UNCLEAR_TRIES
from survey.domain.telling import MOST_DOUBTS
from survey.domain.waves import Outcome
from survey.errors import Busy
from survey.ports import Begin, Clock
from survey.ports.cases import Told
from survey.ports.channels import Address, Delivered, NotDelivered, Refusal
from survey.ports.tellings import Bulletin, Handed, HandingChannel, TellingChannel, TellingChannels
from survey.services.bulletins import Bulletins, Prepared, Ready
from survey.services.channels import ANSWER_SECONDS, Channels
from survey.services.handing import Handing
from survey.services.leases import Leases
from survey.tally import Counted, Tally

LEASE: Final = timedelta(minutes=3)
"""Longer than one message takes to leave, however slowly it does; each begins one of its own."""

FILE_SECONDS: Final = 90.0
"""For a file of 20 MB to leave over a slow line, and the answer."""

AT_ONCE: Final = 4
"""Receivers whose messages are claimed at once."""

GIVE_UP: Final = timedelta(days=5)
"""How long a mailbox that is full, or busy, is tried."""

_DOUBT_WAITS: Final = timedelta(seconds=30)
_LEAST: Final = timedelta(seconds=1)
_REST_AT_MOST: Final = timedelta(minutes=10)
_PATIENCE_SECONDS: Final = 1.0
_MOST_PATIENCE: Final = 60
"""So often a database that cannot be reached is asked again to keep what was sent."""

Sleep = Callable[[float], Awaitable[None]]


class Prepare(Protocol):
    """What becomes of what was claimed: `Bulletins.prepared`, or a file of it."""

    async def __call__(
        self, theirs: Sequence[Telling], channels: TellingChannels, /, *, now: datetime
    ) -> Prepared: ...


_log = structlog.get_logger()


class Tellers:
    """One process's: `tell_due` again and again, `stop` before the last is to end."""

    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        leases: Leases,
        bulletins: Bulletins,
        handing: Handing,
        channels: Channels,
        tally: Tally,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`channels` say how each fares; what carries messages to reporters is plugged here too."""
        self._begin, self._clock, self._leases = begin, clock, leases
        self._bulletins, self._handing = bulletins, handing
        self._channels, self._tally = channels, tally
        self._sleep = sleep
        self._plugged: dict[ChannelName, TellingChannel] = {}
        self._stopping = False

    def plug(self, channel: TellingChannel) -> None:
        self._plugged[channel.name] = channel

    def unplug(self, name: ChannelName) -> None:
        self._plugged.pop(name, None)

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished."""
        self._stopping = True

    async def tell_due(self) -> bool:
        """Send some of what is due; whether there may be more by now.

        Raises: Busy: what was under way is in doubt then.
        """
        if self._stopping or not self._plugged:
            return False
        await self._channels.rouse()
        if not self._channels.any_awake():
            return False
        claimed = await self._claim()
        for _, theirs in groupby(claimed, key=attrgetter("receiver")):
            await self._one(list(theirs))
        return bool(claimed) and not self._stopping

    async def _claim(self) -> Sequence[Telling]:
        """By receiver, and of each in order."""
        async with self._begin.read() as work:
            now = await self._clock.lease_now(work.leases)
            if await work.installation.held() or not await work.tellings.any_due(now=now):
                return ()
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            claimed = await work.tellings.claim(
                self._leases.holder, now=now, limit=AT_ONCE, lease=LEASE
            )
            await work.commit()
        return sorted(claimed, key=attrgetter("receiver"))

    async def _one(self, theirs: Sequence[Telling]) -> None:
        """Send one message, and then its files, as far as they are to be sent. Raises: Busy."""
        if words := [each for each in theirs if not each.part]:
            await self._message(words, self._bulletins.prepared)
        # After the words: a file that comes alone is of nothing.
        for file in theirs:
            if file.part:
                await self._message([file], self._handed)

    async def _handed(
        self, theirs: Sequence[Telling], channels: TellingChannels, *, now: datetime
    ) -> Prepared:
        [file] = theirs
        return await self._handing.prepared(file, channels, now=now)

    async def _message(self, theirs: Sequence[Telling], prepare: Prepare) -> None:
        """Raises: Busy."""
        if self._stopping:
            await self._settle([Told(each.id, due_at=each.due_at) for each in theirs])
            return
        prepared = await prepare(theirs, self._plugged, now=self._clock.now())
        ready = prepared.ready
        if ready is not None and not await self._takes(ready.addresses[0].channel):
            prepared.settled += self._rested(ready)
            prepared.ready = ready = None
        if await self._begun(prepared) and ready is not None:
            await self._settle(await self._sent(ready))

    async def _takes(self, name: ChannelName) -> bool:
        return not self._channels.rest(name) and await self._channels.works(name)

    def _rested(self, ready: Ready) -> list[Told]:
        rest = self._channels.rest(ready.addresses[0].channel)
        until = self._clock.now() + min(max(rest, _LEAST), _REST_AT_MOST)
        return _put_off(ready, until)

    async def _begun(self, prepared: Prepared) -> bool:
        """Keep what is not told, and that the rest is about to be; whether it may be sent."""
        ready = prepared.ready
        wanted = {each.id for each in ready.tellings} if ready else set[UUID]()
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            await work.tellings.settle(self._leases.holder, prepared.settled, now=now)
            await work.tellings.add(prepared.instead)
            begun = await work.tellings.begin(
                self._leases.holder, wanted, now=now, until=now + LEASE
            )
            if set(begun) != wanted:
                # The lease of some has ended: whoever has it by now sends them all.
                return False
            await work.commit()
        return bool(wanted)

    async def _sent(self, ready: Ready) -> list[Told]:
        """Try each address that is not lost for good, and say what is to be kept. Never raises."""
        reason, lost = "no_address", True
        for address in ready.addresses:
            name = str(address.channel)
            try:
                sent = await self._try(address, ready.message)
            except NotDelivered as refused:
                self._tally.count(Counted.TELLINGS, name, refused.refusal.value)
                _log.warning(
                    "reporter_not_told",
                    channel=name,
                    refusal=str(refused.refusal),
                    reason=refused.reason,
                )
                if not _goes_on(ready, refused):
                    return await self._refused(ready, address.channel, refused)
                reason, lost = refused.reason, lost and refused.refusal is not Refusal.FAULT
            else:
                self._tally.count(Counted.TELLINGS, name, "sent")
                return [
                    Told(
                        each.id,
                        Outcome.SENT,
                        channel=address.channel,
                        message_id=sent.message_id,
                    )
                    for each in ready.tellings
                ]
        outcome = Outcome.BLOCKED if lost else Outcome.FAILED
        return [Told(each.id, outcome, reason) for each in ready.tellings]

    async def _try(self, address: Address, message: Bulletin | Handed) -> Delivered:
        """Raises: NotDelivered, and nothing else."""
        channel, now = self._plugged[address.channel], self._clock.now()
        try:
            if isinstance(message, Bulletin):
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await channel.tell(address, message, at=now)
            if not isinstance(channel, HandingChannel):
                raise NotDelivered(Refusal.FAULT, "refused")
            async with asyncio.timeout(FILE_SECONDS):
                return await channel.hand(address, message, at=now)
        except NotDelivered:
            raise
        except TimeoutError:
            raise NotDelivered(Refusal.UNKNOWN, "timeout") from None
        except Exception as error:
            _log.error("channel_failed", channel=str(address.channel), error=type(error).__name__)
            raise NotDelivered(Refusal.UNKNOWN, "fault") from None

    async def _refused(self, ready: Ready, name: ChannelName, refused: NotDelivered) -> list[Told]:
        now, wait = self._clock.now(), max(timedelta(seconds=refused.seconds), _LEAST)
        match refused.refusal:
            case Refusal.LATER if now - ready.since > GIVE_UP:
                return [Told(each.id, Outcome.FAILED, "given_up") for each in ready.tellings]
            case Refusal.LATER:
                return _put_off(ready, now + wait, refused.reason, failed=True)
            case Refusal.UNCLEAR:
                return _put_off(ready, now + UNCLEAR_APART, refused.reason, failed=True)
            case Refusal.BUSY:
                self._channels.note_busy(name, refused.seconds)
                return _put_off(ready, now + wait)
            case Refusal.UNKNOWN:
                self._channels.note_doubt(name)
                if max(each.failures for each in ready.tellings) >= MOST_DOUBTS:
                    return [Told(each.id, Outcome.FAILED, "in_doubt") for each in ready.tellings]
                until = now + _DOUBT_WAITS
                return _put_off(ready, until, refused.reason, failed=True, in_doubt=True)
            case _:
                await self._note_down(name, refused.reason)
                return self._rested(ready)

    async def _note_down(self, name: ChannelName, reason: str) -> None:
        try:
            await self._channels.note_down(name, reason)
        except Busy:
            _log.warning("channel_down_not_noted", channel=str(name))

    async def _settle(self, told: Sequence[Told]) -> None:
        """Keep what became of it. Raises: Busy, after some patience: then it is in doubt."""
        tries = 0
        while True:
            try:
                async with self._begin() as work:
                    now = await self._clock.lease_now(work.leases)
                    await work.tellings.settle(self._leases.holder, told, now=now)
                    await work.commit()
            except Busy:
                tries += 1
                if tries > _MOST_PATIENCE:
                    raise
                await self._sleep(_PATIENCE_SECONDS)
            else:
                return


def _goes_on(ready: Ready, refused: NotDelivered) -> bool:
    """Whether the next address is tried: this one does not work any more, or not for this."""
    tried = max(each.failures for each in ready.tellings) + 1
    unclear = refused.refusal is Refusal.UNCLEAR and tried >= UNCLEAR_TRIES
    return refused.refusal in (Refusal.GONE, Refusal.FAULT) or unclear


def _put_off(
    ready: Ready,
    until: datetime,
    reason: str | None = None,
    *,
    failed: bool = False,
    in_doubt: bool = False,
) -> list[Told]:
    return [
        Told(each.id, reason=reason, due_at=until, failed=failed, in_doubt=in_doubt)
        for each in ready.tellings
    ]
