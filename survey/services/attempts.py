"""One attempt to send one message, and what is to be kept of how it ended."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from survey.domain.campaign import ChannelName
from survey.domain.sending import UNCLEAR_APART, UNCLEAR_TRIES
from survey.domain.waves import HoldReason, InvitationState, Outcome
from survey.errors import Busy
from survey.ports import Clock
from survey.ports.campaigns import Settled
from survey.ports.channels import Address, Delivered, NotDelivered, Refusal
from survey.services.channels import ANSWER_SECONDS, Channels
from survey.services.messages import Ready, failed
from survey.tally import Counted, Tally

_DOUBT_WAITS: Final = timedelta(seconds=30)
_LEAST_SECONDS: Final = 1.0

_log = structlog.get_logger()


class Attempts:
    def __init__(self, channels: Channels, clock: Clock, tally: Tally) -> None:
        self._channels, self._clock, self._tally = channels, clock, tally

    async def make(self, ready: Ready) -> Settled:
        """Send the message by the first channel that has not lost the person for good."""
        reason = ""
        for address in ready.addresses:
            try:
                sent = await self._try(address, ready)
            except NotDelivered as refused:
                self._tally.count(Counted.MESSAGES, str(address.channel), refused.refusal.value)
                if not _gone(ready, refused):
                    return await self._refused(ready, address.channel, refused)
                reason = refused.reason
            else:
                self._tally.count(Counted.MESSAGES, str(address.channel), "sent")
                return Settled(
                    ready.delivery.id,
                    Outcome.SENT,
                    state=InvitationState.DELIVERED,
                    channel=address.channel,
                    message_id=sent.message_id,
                )
        return Settled(
            ready.delivery.id, Outcome.BLOCKED, reason=reason, state=InvitationState.BLOCKED
        )

    async def _try(self, address: Address, ready: Ready) -> Delivered:
        """Raises: NotDelivered, and nothing else."""
        channel = self._channels.plugged.get(address.channel)
        if channel is None:
            raise NotDelivered(Refusal.DOWN, "unplugged")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await channel.send(address, ready.asking, at=self._clock.now())
        except NotDelivered:
            raise
        except TimeoutError:
            raise NotDelivered(Refusal.UNKNOWN, "timeout") from None
        except Exception as error:
            _log.error("channel_failed", channel=str(channel.name), error=type(error).__name__)
            raise NotDelivered(Refusal.UNKNOWN, "fault") from None

    async def _refused(self, ready: Ready, name: ChannelName, refused: NotDelivered) -> Settled:
        now, delivery = self._clock.now(), ready.delivery
        _log.warning(
            "message_not_delivered",
            channel=str(name),
            refusal=str(refused.refusal),
            reason=refused.reason,
        )
        match refused.refusal:
            case Refusal.LATER:
                wait = timedelta(seconds=max(refused.seconds, _LEAST_SECONDS))
                return _again(ready, refused, now + wait)
            case Refusal.UNCLEAR:
                return _again(ready, refused, now + UNCLEAR_APART)
            case Refusal.BUSY:
                self._channels.note_busy(name, refused.seconds)
                return put_off(ready, delivery.due_at)
            case Refusal.STOPPED:
                return put_off(ready, delivery.due_at)
            case Refusal.DOWN:
                await self._note_down(name, refused.reason)
                return put_off(ready, delivery.due_at, HoldReason.CHANNEL_DOWN)
            case Refusal.UNKNOWN:
                self._channels.note_doubt(name)
                later = now + _DOUBT_WAITS
                return Settled(delivery.id, reason=refused.reason, due_at=later, in_doubt=True)
            case Refusal.FAULT | Refusal.GONE:
                return failed(delivery.id, refused.reason)

    async def _note_down(self, name: ChannelName, reason: str) -> None:
        try:
            await self._channels.note_down(name, reason)
        except Busy:
            _log.warning("channel_down_not_noted", channel=str(name))


def put_off(ready: Ready, until: datetime, why: HoldReason | None = None) -> Settled:
    """Not sent by then; its invitation is held where a reason is given."""
    state = InvitationState.HELD if why else None
    return Settled(ready.delivery.id, due_at=until, hold=why, state=state)


def _gone(ready: Ready, refused: NotDelivered) -> bool:
    tried = ready.delivery.failures + 1
    unclear = refused.refusal is Refusal.UNCLEAR and tried >= UNCLEAR_TRIES
    return refused.refusal is Refusal.GONE or unclear


def _again(ready: Ready, refused: NotDelivered, due_at: datetime) -> Settled:
    return Settled(ready.delivery.id, reason=refused.reason, due_at=due_at, failed=True)
