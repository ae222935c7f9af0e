"""The end of waves: no more answers, no more messages, and their boxes opened for good.

By the database's clock, as they are fired: a host whose own is wrong ends none before its time.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from survey.domain.audit import SERVICE, Actor, Note
from survey.domain.campaign import CampaignState
from survey.domain.waves import Wave, WaveState
from survey.ports import Begin, Clock, UnitOfWork

AT_ONCE: Final = 1_000
"""Messages that are dropped in one transaction."""

_log = structlog.get_logger()


class Endings:
    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin, self._clock = begin, clock

    async def close_due(self) -> int:
        """Close waves whose time is over or whose campaign has ended; how many they were.

        A campaign with no wave open and none to come is closed too. Closing wins: from here on no
        answer is accepted and no message begun, whatever is on its way.
        """
        async with self._begin.read() as work:
            now = await self._clock.lease_now(work.leases)
            over = await work.waves.to_close(now=now)
            finished = await work.campaigns.finished()
        closed = 0
        for wave, state in over:
            async with self._begin() as work:
                if await end_wave(work, wave, state, at=now, by=SERVICE):
                    await work.commit()
                    closed += 1
        if over or finished:
            await self._close_campaigns(now)
        return closed

    async def _close_campaigns(self, now: datetime) -> None:
        async with self._begin.read() as work:
            finished = await work.campaigns.finished()
        for campaign in finished:
            if campaign.plan.schedule.by_person:
                continue
            ended = replace(campaign, state=CampaignState.CLOSED, ended_at=now)
            async with self._begin() as work:
                if await work.campaigns.save(ended, expected_revision=campaign.revision):
                    about = f"campaign:{campaign.key}"
                    await work.audit.add(Note(now, SERVICE, "campaign.finished", about))
                    await work.commit()

    async def drop_unsent(self) -> int:
        """Drop what was still to be sent in ended waves; how many messages they were.

        Their invitations expire. A message that is being sent at this moment is left to whoever
        sends it, until its lease ends.
        """
        async with self._begin.read() as work:
            waves = await work.waves.ended_with_messages()
        dropped = 0
        for wave in waves:
            while some := await self._drop(wave):
                dropped += some
        return dropped

    async def _drop(self, wave: str) -> int:
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            dropped = await work.invitations.end(wave, now=now, limit=AT_ONCE)
            await work.commit()
        return dropped


async def end_wave(
    work: UnitOfWork, wave: Wave, state: WaveState, *, at: datetime, by: Actor
) -> bool:
    """End a wave within a unit of work: as CLOSED, or as STOPPED before its time.

    Returns False, and changes nothing, where it is not as `wave` says it was. What was to be sent
    is dropped by `Endings.drop_unsent`.
    """
    if not await work.waves.set_state(wave.key, state, at=at, was=wave.state):
        return False
    await work.audit.add(Note(at, by, f"wave.{state}", f"wave:{wave.key}"))
    _log.info("wave_ended", wave=wave.key, state=str(state))
    return True
