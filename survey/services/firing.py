"""Firing waves: each slot once, whoever looks, and none forgotten.

A slot is dealt with in one transaction: its wave is added (or kept as missed or left out), the
campaign goes on to its next slot, and the record says so. The campaign's row is locked meanwhile,
and a wave is unique by (campaign, slot); so it does not matter how many processes look, or which of
them dies.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from survey.domain.audit import SERVICE, Note
from survey.domain.calendar import local_month
from survey.domain.campaign import CampaignState
from survey.domain.firing import SURVEY_CLOSED, Fate, fates
from survey.domain.open_hours import ClosedDays
from survey.domain.schedule import Slot, next_slots, upcoming, zone_of
from survey.domain.waves import Campaign, Wave, WaveState
from survey.errors import FeedbackError
from survey.ports import Begin, Clock, UnitOfWork
from survey.services.catalogue import Catalogue, Listed, Published

ClosedDaysNow = Callable[[UnitOfWork], Awaitable[ClosedDays]]
"""What the calendar says in this unit of work."""

MOST: Final = 1_000
"""Slots of one campaign that are dealt with in one transaction."""

_log = structlog.get_logger()
_BEFORE: Final = timedelta(microseconds=1)


class Firing:
    def __init__(
        self,
        begin: Begin,
        clock: Clock,
        catalogue: Catalogue,
        closed_days: ClosedDaysNow,
        zone: ZoneInfo,
    ) -> None:
        self._begin, self._clock, self._zone = begin, clock, zone
        self._catalogue, self._closed_days = catalogue, closed_days

    async def fire_due(self) -> int:
        """Deal with each slot whose time has come; how many waves opened.

        Nothing fires in a restored backup until it is told that it may. A campaign that cannot be
        fired is logged, and is no reason to keep the others back.
        """
        async with self._begin.read() as work:
            if await work.installation.held():
                return 0
            due = await work.campaigns.due(now=await self._clock.lease_now(work.leases))
        opened = 0
        for campaign in due:
            try:
                opened += await self._fire(campaign)
            except FeedbackError as error:
                _log.error("campaign_not_fired", campaign=campaign.key, code=error.code)
        return opened

    async def _fire(self, seen: Campaign) -> int:
        listed = await self._listed(seen)
        async with self._begin() as work:
            now = await self._clock.lease_now(work.leases)
            campaign = await work.campaigns.locked(seen.key)
            if campaign is None or not _is_due(campaign, now):
                return 0
            if await work.installation.held():
                return 0
            days = await self._closed_days(work)
            if campaign.plan.schedule.after is not None:
                opened = await self._fire_by_date(work, campaign, listed, days, now)
            else:
                opened = await self._fire_by_clock(work, campaign, listed, days, now)
            await work.commit()
        return opened

    async def _listed(self, campaign: Campaign) -> Listed:
        """The questionnaire, with the version that the campaign was launched with."""
        listed = await self._catalogue.get(campaign.plan.questionnaire)
        if campaign.version is None:
            return listed
        version = await self._catalogue.version(campaign.plan.questionnaire, campaign.version)
        return replace(listed, published=version)

    # --- by the clock ---

    async def _fire_by_clock(
        self,
        work: UnitOfWork,
        campaign: Campaign,
        listed: Listed,
        days: ClosedDays,
        now: datetime,
    ) -> int:
        number, done = await work.waves.last(campaign.key)
        zone = zone_of(campaign.plan.schedule, self._zone)
        due, coming = self._slots(campaign, days, done=done, now=now)
        if days.paused(now) and any(not slot.left_out for slot in due):
            await self._put_off(work, campaign, days, now)
            return 0
        opened = 0
        for fate in fates(due, campaign.plan, now=now, zone=zone, pauses=days.pauses):
            number += 1
            await self._add(work, campaign, listed, fate, number=number, now=now)
            opened += fate.state is WaveState.OPEN
        await self._go_on(work, campaign, coming)
        return opened

    def _slots(
        self, campaign: Campaign, days: ClosedDays, *, done: str | None, now: datetime
    ) -> tuple[list[Slot], Slot | None]:
        """Slots that are due by the calendar of now, and the one after them."""
        plan = campaign.plan
        first = upcoming(campaign, done=done, now=now, zone=self._zone, days=days)
        if first is None:
            return [], None
        others = next_slots(
            plan.schedule,
            after=min(now, (campaign.next_at or now) - _BEFORE),
            zone=zone_of(plan.schedule, self._zone),
            days=days,
            count=MOST,
            hours=plan.hours,
            units=plan.audience.units,
            done=first.slot,
            now=now,
        )
        return _split([first, *others], now)

    async def _put_off(
        self, work: UnitOfWork, campaign: Campaign, days: ClosedDays, now: datetime
    ) -> None:
        """Look again when the pause is over: what was late before it begins is not lost in it."""
        pause = days.with_ends(now).paused(now)
        assert pause is not None
        assert campaign.next_slot is not None
        await work.campaigns.advance(
            campaign.key,
            from_slot=campaign.next_slot,
            next_slot=campaign.next_slot,
            next_at=pause.ends_at,
        )

    # --- by a date of each person ---

    async def _fire_by_date(
        self,
        work: UnitOfWork,
        campaign: Campaign,
        listed: Listed,
        days: ClosedDays,
        now: datetime,
    ) -> int:
        """Open the wave of each month that a due day is of, or look through its audience again."""
        number, _ = await work.waves.last(campaign.key)
        zone = zone_of(campaign.plan.schedule, self._zone)
        due, coming = self._days(campaign, days, now)
        if days.paused(now) and due:
            await self._put_off(work, campaign, days, now)
            return 0
        opened = 0
        first_days = {each.slot: each for each in reversed(due)}
        for slot in sorted(first_days.values(), key=lambda each: each.at):
            wave = await work.waves.in_slot(campaign.key, slot.slot)
            if wave is None:
                (fate,) = fates([slot], campaign.plan, now=now, zone=zone, pauses=days.pauses)
                number += 1
                await self._add(work, campaign, listed, fate, number=number, now=now)
                opened += fate.state is WaveState.OPEN
            elif wave.state.takes_answers:
                await work.waves.expand_again(wave.key)
        await self._go_on(work, campaign, coming)
        return opened

    def _days(
        self, campaign: Campaign, days: ClosedDays, now: datetime
    ) -> tuple[list[Slot], Slot | None]:
        """Days that are due, and the next one."""
        assert campaign.next_at is not None
        plan = campaign.plan
        slots = next_slots(
            plan.schedule,
            after=campaign.next_at - _BEFORE,
            zone=zone_of(plan.schedule, self._zone),
            days=days,
            count=MOST,
            hours=plan.hours,
            units=plan.audience.units,
            now=now,
        )
        return _split(slots, now)

    # --- both ---

    async def _add(
        self,
        work: UnitOfWork,
        campaign: Campaign,
        listed: Listed,
        fate: Fate,
        *,
        number: int,
        now: datetime,
    ) -> None:
        if listed.row.closed_at is not None and fate.state is WaveState.OPEN:
            fate = replace(fate, state=WaveState.MISSED, reason=SURVEY_CLOSED)
        wave = wave_of(campaign, listed.published, fate, number=number, now=now, zone=self._zone)
        await work.waves.add(wave)
        told = {"slot": wave.slot} | ({"reason": wave.reason} if wave.reason else {})
        action = "opened" if wave.state is WaveState.OPEN else wave.state.value
        await work.audit.add(Note(now, SERVICE, f"wave.{action}", f"wave:{wave.key}", told))
        if wave.state is WaveState.MISSED:
            _log.error("wave_missed", wave=wave.key, slot=wave.slot, reason=wave.reason)
        else:
            _log.info(f"wave_{action}", wave=wave.key, slot=wave.slot)

    @staticmethod
    async def _go_on(work: UnitOfWork, campaign: Campaign, coming: Slot | None) -> None:
        assert campaign.next_slot is not None
        await work.campaigns.advance(
            campaign.key,
            from_slot=campaign.next_slot,
            next_slot=coming.slot if coming else None,
            next_at=coming.at if coming else None,
        )


def _split(slots: list[Slot], now: datetime) -> tuple[list[Slot], Slot | None]:
    """Those that are due, and the next; of very many at once the last is left for the next look."""
    due = [slot for slot in slots if slot.at <= now]
    if len(due) >= MOST:
        due.pop()
    return due, next(iter(slots[len(due) :]), None)


def _is_due(campaign: Campaign, now: datetime) -> bool:
    """Still, under the lock: it may have been stopped, or another process may have fired it."""
    return (
        campaign.state is CampaignState.RUNNING
        and campaign.next_at is not None
        and campaign.next_slot is not None
        and campaign.next_at <= now
    )


def wave_of(
    campaign: Campaign,
    published: Published,
    fate: Fate,
    *,
    number: int,
    now: datetime,
    zone: ZoneInfo,
) -> Wave:
    """The wave that a slot has become; one that does not open has nobody to invite."""
    return Wave(
        key=f"{campaign.key}.{number}",
        campaign=campaign.key,
        number=number,
        slot=fate.slot.slot,
        questionnaire=published.version.questionnaire,
        version=published.version.number,
        privacy=campaign.plan.privacy or published.questionnaire.privacy,
        floor=published.version.floor,
        month=local_month(now, zone),
        state=fate.state,
        opens_at=fate.slot.at,
        closes_at=fate.closes_at,
        opened_at=now,
        expanded_at=None if fate.state is WaveState.OPEN else now,
        reason=fate.reason,
    )
