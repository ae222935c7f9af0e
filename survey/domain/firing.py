"""What becomes of slots whose time has come, or has long been over; all pure.

The rule for late ones: closing counts from when a wave should have opened. Of those whose closing
is still ahead only the newest opens, since two waves of one campaign at once would ask the same
people twice; the others are missed because it has overtaken them. Whose closing is past is missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.calendar import add_months
from survey.domain.campaign import CampaignPlan
from survey.domain.local_time import local_of, moment_of
from survey.domain.schedule import Slot
from survey.domain.waves import Pause, WaveState

OVERTAKEN: Final = "overtaken"
LATE: Final = "late"
PAUSED: Final = "pause"
SURVEY_CLOSED: Final = "survey_closed"
"""Why a wave was missed: a newer one opened instead, nothing ran in time, a pause outlasted it, or
its questionnaire takes no answers any more.
"""

LONGEST_REASON: Final = 64


@dataclass(frozen=True, slots=True)
class Fate:
    """What a slot has become: a wave that is OPEN, MISSED or LEFT_OUT, and why."""

    slot: Slot
    state: WaveState
    closes_at: datetime
    reason: str | None = None


def fates(
    slots: Sequence[Slot],
    plan: CampaignPlan,
    *,
    now: datetime,
    zone: ZoneInfo,
    pauses: Sequence[Pause] = (),
) -> list[Fate]:
    """What becomes of slots that are due, in their order.

    Args:
        zone: the schedule's (`survey.domain.schedule.zone_of`).
        pauses: those that held at some time since the first of them.
    """
    closes = {slot.slot: closing(plan, slot.slot, slot.at, zone) for slot in slots}
    still_open = [slot for slot in slots if not slot.left_out and now < closes[slot.slot]]

    def fate(slot: Slot) -> Fate:
        closes_at = closes[slot.slot]
        if slot.left_out:
            why = (slot.why or "")[:LONGEST_REASON]
            return Fate(slot, WaveState.LEFT_OUT, closes_at, why)
        if slot not in still_open:
            return Fate(slot, WaveState.MISSED, closes_at, _why_late(slot, pauses, now))
        if slot is not still_open[-1]:
            return Fate(slot, WaveState.MISSED, closes_at, OVERTAKEN)
        return Fate(slot, WaveState.OPEN, closes_at)

    return [fate(slot) for slot in slots]


def _why_late(slot: Slot, pauses: Sequence[Pause], now: datetime) -> str:
    held = any(
        each.begins_at < now and (each.ends_at is None or each.ends_at > slot.at) for each in pauses
    )
    return PAUSED if held else LATE


def closing(plan: CampaignPlan, slot: str, opens_at: datetime, zone: ZoneInfo) -> datetime:
    """When the wave of a slot closes: the plan's open days after it opened, by the local clock.

    Where people come one by one it is so many days after their month, for those of its last day.
    """
    if not plan.schedule.by_person:
        return days_later(opens_at, plan.open_days, zone)
    after = add_months(date.fromisoformat(f"{slot}-01"), 1)
    return moment_of(datetime.combine(after + timedelta(days=plan.open_days), time()), zone)


def days_ago(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time so many days earlier, whatever clock change lies between."""
    return days_later(now, -days, zone)


def days_later(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time so many days later."""
    return moment_of(local_of(now, zone) + timedelta(days=days), zone)
