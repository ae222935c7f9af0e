"""Waves by a date of each person, such as 90 days after they joined; all pure."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.audience import day_for
from survey.domain.campaign import AfterDate, CampaignPlan
from survey.domain.local_time import local_of
from survey.domain.open_hours import ClosedDays
from survey.domain.people import Person
from survey.domain.schedule import due_dates, due_on, next_slots

_DAYS_OF_A_MONTH: Final = 31


def days_due(
    plan: CampaignPlan,
    slot: str,
    *,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
    days: ClosedDays,
) -> frozenset[date]:
    """The days, before any is moved, whose people belong to the wave of this month by now.

    All of the month so far, not just today: who was missed, or was put on the list of people
    since, comes with the next look.

    Args:
        slot: which month, as "2026-11".
        since: when the campaign was launched: nobody is asked for a day before that.
        zone: the schedule's.
    """
    after = plan.schedule.after
    assert after is not None
    first = datetime.fromisoformat(f"{slot}-01").replace(tzinfo=zone)
    firings = next_slots(
        plan.schedule,
        after=max(first, since),
        zone=zone,
        days=days,
        count=_DAYS_OF_A_MONTH,
        hours=plan.hours,
        units=plan.audience.units,
        now=now,
    )
    return frozenset(
        due_on(each, after)
        for firing in firings
        if firing.slot == slot and firing.at <= now
        for each in due_dates(
            plan.schedule,
            day=local_of(firing.at, zone).date(),
            zone=zone,
            days=days,
            hours=plan.hours,
            units=plan.audience.units,
        )
    )


def is_due(person: Person, after: AfterDate, days: Collection[date]) -> bool:
    return day_for(person, after) in days


def is_unreadable(person: Person, after: AfterDate) -> bool:
    """Whether something stands in their column that is not a date like 2026-03-31."""
    return bool(person.attributes.get(after.attribute, "").strip()) and (
        day_for(person, after) is None
    )
