"""Reminders: written when they are due, so that nobody who has answered meanwhile is sent one."""

from datetime import datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.firing import days_ago
from survey.domain.schedule import zone_of
from survey.domain.waves import Campaign, Delivery, Wave, WaveState
from survey.ports import Begin, Clock, Ids

AT_ONCE: Final = 1_000


class Reminding:
    def __init__(self, begin: Begin, clock: Clock, ids: Ids, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._ids, self._zone = begin, clock, ids, zone

    async def remind(self) -> int:
        """Write some of the reminders that are due; how many. Call again at once where any were.

        Reminder 1 comes the plan's days after the first message left, by the local clock, and
        reminder 2 never sooner after reminder 1 than the plan puts between them. Only who got the
        first message and has neither answered nor refused is reminded, and nobody at or after
        closing.
        """
        async with self._begin.read() as work:
            now = await self._clock.lease_now(work.leases)
            if await work.installation.held():
                return 0
            open_waves = [
                wave
                for wave in await work.waves.running()
                if wave.state is WaveState.OPEN and now < wave.closes_at
            ]
            campaigns = {
                key: await work.campaigns.get(key) for key in {wave.campaign for wave in open_waves}
            }
        written = 0
        for wave in open_waves:
            campaign = campaigns[wave.campaign]
            if campaign is not None:
                written += await self._remind(wave, campaign, now)
        return written

    async def _remind(self, wave: Wave, campaign: Campaign, now: datetime) -> int:
        zone = zone_of(campaign.plan.schedule, self._zone)
        written = 0
        for number, (before, days) in enumerate(pairwise((0, *campaign.plan.reminders)), 1):
            sent_before = days_ago(now, days, zone)
            if sent_before < wave.opened_at:
                break
            async with self._begin.read() as work:
                due = await work.invitations.to_remind(
                    wave.key,
                    number,
                    sent_before=sent_before,
                    last_before=days_ago(now, days - before, zone),
                    now=now,
                    limit=AT_ONCE,
                )
            if not due:
                continue
            messages = [
                Delivery(self._ids.uuid(), wave.key, invitation, number, due_at=now)
                for invitation in due
            ]
            async with self._begin() as work:
                await work.invitations.add_messages(messages)
                await work.commit()
            written += len(messages)
        return written
