"""The channels of one process, and how each of them fares."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import structlog

from survey.domain.campaign import ChannelName
from survey.domain.sending import Health
from survey.domain.waves import HoldReason
from survey.ports import Begin, Clock
from survey.ports.channels import Channel, NotDelivered, Refusal
from survey.services.leases import Leases
from survey.tally import Moment, Tally

ANSWER_SECONDS: Final = 20.0
"""No call to a channel is waited for longer."""

SHORT_REST: Final = timedelta(seconds=30)
"""A channel that rests no longer than this is waited for."""

_log = structlog.get_logger()


def down_name(name: ChannelName) -> str:
    """What the leases call the last time at which a channel was seen not to work."""
    return f"down:{name}"


class Channels:
    """Channels may come and go: a bot with its token, e-mail where a server is set up."""

    def __init__(self, begin: Begin, clock: Clock, leases: Leases, tally: Tally) -> None:
        self._begin, self._clock, self._leases, self._tally = begin, clock, leases, tally
        self._channels: dict[ChannelName, Channel] = {}
        self._health: dict[ChannelName, Health] = {}

    def plug(self, channel: Channel) -> None:
        """Send by this channel too, from the next message on."""
        self._channels[channel.name] = channel
        self._health[channel.name] = Health()
        self._tally.mark(Moment.CHANNEL_WORKED, str(channel.name), at=self._clock.now())

    def unplug(self, name: ChannelName) -> None:
        """Nothing more leaves by this channel."""
        self._channels.pop(name, None)

    @property
    def plugged(self) -> Mapping[ChannelName, Channel]:
        return self._channels

    def rest(self, name: ChannelName) -> timedelta:
        """How long it is to be left alone from now on."""
        return self._health[name].rest(self._clock.now())

    def is_down(self, name: ChannelName) -> bool:
        return self._health[name].down_since is not None

    def any_awake(self) -> bool:
        """Whether there is one that takes messages now, or soon."""
        return any(self.rest(name) <= SHORT_REST for name in self._channels)

    async def rouse(self) -> None:
        """Ask those that had trouble whether they work by now. Raises: Busy."""
        for name in tuple(self._channels):
            if not self.rest(name):
                await self.works(name)

    async def works(self, name: ChannelName) -> bool:
        """Whether it works: where there was trouble it is asked, before a message is risked.

        Raises: Busy.
        """
        health = self._health[name]
        if not health.doubtful:
            return True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._channels[name].probe()
        except TimeoutError:
            await self.note_down(name, "timeout")
            return False
        except NotDelivered as refused:
            if refused.refusal is Refusal.BUSY:
                self.note_busy(name, refused.seconds)
            else:
                await self.note_down(name, refused.reason)
            return False
        self._health[name] = Health()
        self._tally.mark(Moment.CHANNEL_WORKED, str(name), at=self._clock.now())
        if health.down_since is not None:
            _log.info("channel_back", channel=str(name))
            async with self._begin() as work:
                now = await self._clock.lease_now(work.leases)
                await work.outbox.wake(HoldReason.CHANNEL_DOWN, now=now)
                await work.commit()
        return True

    def note_busy(self, name: ChannelName, seconds: float) -> None:
        """It wants no message for so long."""
        self._health[name] = self._health[name].busy(self._clock.now(), seconds)

    def note_doubt(self, name: ChannelName) -> None:
        """Nobody knows whether a message left."""
        self._health[name] = self._health[name].doubted(self._clock.now())

    async def note_down(self, name: ChannelName, reason: str) -> None:
        """It does not work: say so in the log, in the figures and to other processes.

        Raises: Busy.
        """
        now, before = self._clock.now(), self._health[name]
        self._health[name] = before.down(now)
        if before.down_since is None:
            self._tally.mark(Moment.CHANNEL_DOWN, str(name), at=now)
            _log.error("channel_down", channel=str(name), reason=reason)
        async with self._begin() as work:
            await work.leases.note(down_name(name), self._leases.holder, at=now)
            await work.commit()
