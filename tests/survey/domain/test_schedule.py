"""Dates, slots and moments: A20, B57, and what becomes of a date on a closed day."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from survey.domain.campaign import CampaignPlan, CampaignState, Hours, Nation, Schedule
from survey.domain.local_time import local_of, moment_of
from survey.domain.open_hours import ClosedDays
from survey.domain.schedule import (
    Slot,
    due_dates,
    due_on,
    month_slot,
    next_slots,
    upcoming,
    zone_of,
)
from survey.domain.waves import Campaign, Closure, Pause, PauseKind

LONDON = ZoneInfo("Europe/London")
ALWAYS = ClosedDays(None)
ENGLAND = ClosedDays(Nation.ENGLAND)
ANY_DAY = Hours(weekends=True)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def slots(
    schedule: Schedule,
    count: int = 12,
    *,
    days: ClosedDays = ENGLAND,
    after: datetime = NEW_YEAR,
    **asked: Any,
) -> list[Slot]:
    return next_slots(schedule, after=after, zone=LONDON, days=days, count=count, **asked)


def clock(local: str) -> datetime:
    """A local time, without an offset."""
    return datetime.fromisoformat(local)


def monthly(start: datetime, **rest: Any) -> Schedule:
    return Schedule(start=start, rrule="FREQ=MONTHLY", **rest)


def the_days(found: Sequence[Slot]) -> list[str]:
    return [local_of(each.at, LONDON).date().isoformat() for each in found]


def pause(begins: datetime, ends: datetime | None, name: str = "Local elections") -> Pause:
    return Pause(UUID(int=1), PauseKind.PRE_ELECTION, name, begins, ends)


# --- A20: local time is local time ---


def every_day(at: time, *, last: date) -> list[Slot]:
    daily = Schedule(start=datetime.combine(date(2026, 1, 1), at), rrule="FREQ=DAILY")
    whole = (last - date(2026, 1, 1)).days + 1
    before = NEW_YEAR - timedelta(days=1)
    return slots(daily, whole, days=ALWAYS, after=before, hours=ANY_DAY)


def test_a20_nine_o_clock_is_fired_once_each_day_at_nine_by_the_clock_in_london() -> None:
    found = every_day(time(9), last=date(2035, 12, 31))

    assert len(found) == 3652
    shown = [local_of(each.at, LONDON) for each in found]
    assert {each.time() for each in shown} == {time(9)}
    assert all(later.date() - one.date() == timedelta(days=1) for one, later in pairwise(shown))
    assert [each.slot for each in found] == [each.isoformat(timespec="minutes") for each in shown]


def test_a20_half_past_one_is_fired_once_on_both_days_of_a_clock_change() -> None:
    found = every_day(time(1, 30), last=date(2035, 12, 31))
    per_day = Counter(the_days(found))

    assert len(found) == len(per_day) == 3652
    changes = [each for each in found if local_of(each.at, LONDON).time() != time(1, 30)]
    assert [(each.at.month, local_of(each.at, LONDON).time()) for each in changes] == [
        (3, time(2))
    ] * 10
    twice = [each for each in found if each.at.month == 10 and _comes_twice(each.at)]
    assert len(twice) == 10
    assert all(each.at.astimezone(LONDON).fold == 0 for each in twice)


def _comes_twice(at: datetime) -> bool:
    local = local_of(at, LONDON)
    first, second = (local.replace(tzinfo=LONDON, fold=fold).utcoffset() for fold in (0, 1))
    return first != second


def test_the_trap_of_apscheduler_half_past_one_in_london_on_its_two_days() -> None:
    """A cron of APScheduler 3.11 fires twice on 25 October 2026, and at 02:30 on 29 March."""
    half_past_one = Schedule(start=clock("2026-01-01T01:30"), rrule="FREQ=DAILY")

    def fired(day: date) -> list[datetime]:
        before = datetime.combine(day, time(), UTC) - timedelta(hours=12)
        found = slots(half_past_one, 3, days=ALWAYS, after=before, hours=ANY_DAY)
        return [each.at for each in found if local_of(each.at, LONDON).date() == day]

    assert fired(date(2026, 10, 25)) == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]
    assert fired(date(2026, 3, 29)) == [datetime(2026, 3, 29, 1, 0, tzinfo=UTC)]


def test_the_trap_of_intervals_a_weekly_nine_o_clock_stays_at_nine_after_march() -> None:
    weekly = Schedule(start=clock("2026-03-26T09:00"), rrule="FREQ=WEEKLY")

    found = slots(weekly, 2, days=ALWAYS)

    assert [each.at.hour for each in found] == [9, 8]


@pytest.mark.parametrize("name", ["Europe/London", "America/St_Johns", "Asia/Beirut", "UTC"])
def test_a_moment_of_a_local_time_shows_that_time_or_the_first_after_a_gap(name: str) -> None:
    zone = ZoneInfo(name)
    for hour in range(24 * 366):
        local = clock("2026-01-01T00:00") + timedelta(hours=hour, minutes=30)
        at = moment_of(local, zone)
        shown = local_of(at, zone)
        if shown != local:
            assert local < shown
            assert local_of(at - timedelta(seconds=1), zone) < local


# --- B57: dates that not every month or year has, and those that are moved ---


def test_b57_the_31st_leaves_out_the_months_without_one() -> None:
    found = slots(monthly(clock("2026-01-31T09:00")), days=ALWAYS, hours=ANY_DAY)

    assert " ".join(each.slot[5:10] for each in found) == (
        "01-31 03-31 05-31 07-31 08-31 10-31 12-31 01-31 03-31 05-31 07-31 08-31"
    )


def test_b57_the_last_day_of_the_month_is_in_each() -> None:
    last = Schedule(start=clock("2026-01-01T09:00"), rrule="FREQ=MONTHLY;BYMONTHDAY=-1")

    found = slots(last, days=ALWAYS, hours=ANY_DAY)

    assert the_days(found)[:3] == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_b57_29_february_comes_in_leap_years_alone_and_not_in_2100() -> None:
    leap = Schedule(start=clock("2028-02-29T09:00"), rrule="FREQ=YEARLY")

    found = slots(leap, 20, days=ALWAYS, hours=ANY_DAY)

    years = [local_of(each.at, LONDON).year for each in found]
    assert years[:12] == list(range(2028, 2076, 4))
    assert 2100 not in years
    assert {each.slot[5:10] for each in found} == {"02-29"}


def test_b57_week_53_comes_in_the_years_that_have_one() -> None:
    rule = "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO"
    found = slots(Schedule(start=clock("2026-01-01T09:00"), rrule=rule), days=ALWAYS)

    assert the_days(found) == [
        "2026-12-28",
        "2032-12-27",
        "2037-12-28",
        "2043-12-28",
        "2048-12-28",
        "2054-12-28",
        "2060-12-27",
        "2065-12-28",
        "2071-12-28",
        "2076-12-28",
        "2082-12-28",
        "2088-12-27",
    ]


def test_b57_over_the_end_of_the_year_daily_dates_come_together_on_the_next_open_day() -> None:
    daily = Schedule(start=clock("2026-12-24T09:00"), rrule="FREQ=DAILY")

    found = slots(daily, 5)

    assert the_days(found) == [
        "2026-12-24",
        "2026-12-29",
        "2026-12-30",
        "2026-12-31",
        "2027-01-04",
    ]
    assert found[1].merged == tuple(date(2026, 12, day) for day in (25, 26, 27, 28))
    assert (found[1].slot, found[1].moved_from) == ("2026-12-29T09:00", None)


@pytest.mark.parametrize(
    ("rule", "day", "left_out"),
    [
        ("next", "2026-09-01", False),
        ("previous", "2026-08-28", False),
        ("skip", "2026-08-31", True),
    ],
)
def test_b57_a_date_on_a_bank_holiday_moves_as_the_schedule_says(
    rule: str, day: str, *, left_out: bool
) -> None:
    august = Schedule(start=clock("2026-08-31T09:00"), when_closed=rule)

    [found] = slots(august)

    assert (the_days([found]), found.left_out) == ([day], left_out)
    assert found.slot == "2026-08-31T09:00"
    assert found.why == "Summer bank holiday"
    assert found.moved_from == (None if left_out else date(2026, 8, 31))


def test_b57_half_term_moves_a_date_of_schools_and_of_nobody_else() -> None:
    week = [Closure(date(2026, 10, 26 + day), "schools", "Half-term") for day in range(5)]
    lines = {"oakfield": ("oakfield", "schools", ""), "schools": ("schools", "")}
    days = ClosedDays(Nation.ENGLAND, week, lines=lines)
    autumn = Schedule(start=clock("2026-10-27T09:00"))

    def found(*units: str) -> Slot:
        [one] = slots(autumn, days=days, units=units)
        return one

    assert the_days([found("schools"), found("oakfield")]) == ["2026-11-02"] * 2
    assert found("oakfield").why == "Half-term"
    assert the_days([found(), found("oakfield", "adult-social-care")]) == ["2026-10-27"] * 2


def test_two_dates_that_move_to_the_same_day_are_one_wave_named_by_the_later() -> None:
    days = ClosedDays(None, [Closure(date(2026, 6, day), "", "Move") for day in (9, 10)])
    twice = Schedule(start=clock("2026-06-09T09:00"), rrule="FREQ=DAILY;COUNT=2")

    [found] = slots(twice, days=days)

    assert found == Slot(
        slot="2026-06-10T09:00",
        at=datetime(2026, 6, 11, 8, tzinfo=UTC),
        moved_from=date(2026, 6, 10),
        why="Move",
        merged=(date(2026, 6, 9),),
    )


def test_previous_never_moves_into_the_past() -> None:
    sunday = Schedule(start=clock("2026-06-14T09:00"), when_closed="previous")
    saturday = datetime(2026, 6, 13, 12, tzinfo=UTC)

    assert the_days(slots(sunday)) == ["2026-06-12"]
    assert the_days(slots(sunday, after=saturday)) == ["2026-06-15"]


def test_a_date_is_left_out_where_nothing_is_open_for_a_year() -> None:
    first = date(2026, 6, 1)
    closed = [Closure(first + timedelta(days=day), "", "Closed") for day in range(370)]

    [found] = slots(Schedule(start=clock("2026-06-01T09:00")), days=ClosedDays(None, closed))

    assert (found.left_out, found.why) == (True, "Closed")


# --- pauses ---


def test_a_date_in_a_pause_moves_behind_it() -> None:
    election = pause(datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 5, 8, 9, tzinfo=UTC))
    days = ClosedDays(Nation.ENGLAND, pauses=[election])

    [found] = slots(Schedule(start=clock("2026-04-14T09:00")), days=days)

    assert (the_days([found]), found.why) == (["2026-05-11"], "Local elections")


def test_a_pause_without_an_end_puts_a_date_off_day_by_day_and_never_loses_it() -> None:
    begun = pause(datetime(2026, 6, 10, 7, 59, tzinfo=UTC), None)
    days = ClosedDays(Nation.ENGLAND, pauses=[begun])
    schedule = Schedule(start=clock("2026-06-10T09:00"))

    def looked_at(day: int) -> list[str]:
        now = datetime(2026, 6, day, 7, 59, 30, tzinfo=UTC)
        return the_days(slots(schedule, days=days, done="2026-06-09T09:00", after=now))

    assert looked_at(10) == ["2026-06-11"]
    assert looked_at(11) == ["2026-06-12"]
    assert looked_at(12) == ["2026-06-15"]


# --- going on ---


def test_going_on_from_slot_to_slot_gives_each_once_also_after_an_outage() -> None:
    daily = Schedule(start=clock("2026-06-01T09:00"), rrule="FREQ=DAILY;COUNT=20")
    whole = slots(daily, 99)
    met: list[Slot] = []
    for _ in range(25):
        met += slots(
            daily,
            1,
            after=datetime(2026, 7, 1, tzinfo=UTC),
            done=met[-1].slot if met else "2026-05-31T09:00",
        )

    assert met == whole
    assert sum(1 + len(each.merged) for each in met) == 20


def test_a_date_that_was_fired_is_not_fired_again_when_its_day_is_closed_afterwards() -> None:
    daily = Schedule(start=clock("2026-06-01T09:00"), rrule="FREQ=WEEKLY;COUNT=2")
    closed_since = ClosedDays(None, [Closure(date(2026, 6, 1), "", "Bereavement")])
    later = datetime(2026, 6, 1, 9, tzinfo=UTC)

    found = slots(daily, days=closed_since, after=later, done="2026-06-01T09:00")

    assert the_days(found) == ["2026-06-08"]


def launched(schedule: Schedule, *, next_at: datetime | None = None) -> Campaign:
    return Campaign(
        plan=CampaignPlan(key="pulse", questionnaire="people-pulse", schedule=schedule),
        state=CampaignState.RUNNING,
        revision=1,
        made_at=NEW_YEAR,
        made_by="operator",
        launched_at=NEW_YEAR,
        next_at=next_at,
    )


def waits_for(campaign: Campaign, now: datetime, days: ClosedDays, done: str | None = None) -> str:
    found = upcoming(campaign, done=done, now=now, zone=LONDON, days=days)
    assert found is not None
    return f"{local_of(found.at, LONDON):%d %H:%M}"


NINE = datetime(2026, 6, 10, 8, tzinfo=UTC)
"""09:00 in London, a Wednesday."""


def test_b62_a_date_is_put_off_by_a_pause_that_was_set_a_minute_before() -> None:
    campaign = launched(Schedule(start=clock("2026-06-10T09:00")), next_at=NINE)
    now = NINE + timedelta(seconds=1)
    paused = ClosedDays(
        Nation.ENGLAND, pauses=[pause(NINE - timedelta(minutes=1), NINE + timedelta(days=1))]
    )

    assert waits_for(campaign, now, ENGLAND) == "10 09:00"
    assert waits_for(campaign, now, paused) == "11 09:00"


def test_a_date_that_previous_moved_is_still_due_when_it_is_looked_at_a_second_late() -> None:
    friday = datetime(2026, 6, 12, 8, tzinfo=UTC)
    sunday = Schedule(start=clock("2026-06-14T09:00"), when_closed="previous")

    campaign = launched(sunday, next_at=friday)

    assert waits_for(campaign, friday + timedelta(seconds=1), ENGLAND) == "12 09:00"


def test_a_closure_that_is_removed_brings_a_date_back_to_its_own_day() -> None:
    closed = ClosedDays(None, [Closure(date(2026, 6, 10), "", "Training")])
    campaign = launched(Schedule(start=clock("2026-06-10T09:00")), next_at=NINE + timedelta(days=1))
    before = NINE - timedelta(days=1)

    assert waits_for(campaign, before, closed) == "11 09:00"
    assert waits_for(campaign, before, ALWAYS) == "10 09:00"


# --- by person ---


def joined(days: int, **rest: Any) -> Schedule:
    return Schedule(after={"attribute": "joined_on", "days": days}, **rest)


def test_a_schedule_by_date_fires_on_each_open_day_of_a_month_that_is_one_slot() -> None:
    found = slots(joined(90, at=time(10)), 4, after=datetime(2026, 10, 29, 12, tzinfo=UTC))

    assert the_days(found) == ["2026-10-30", "2026-11-02", "2026-11-03", "2026-11-04"]
    assert [each.slot for each in found] == ["2026-10", "2026-11", "2026-11", "2026-11"]
    assert {local_of(each.at, LONDON).time() for each in found} == {time(10)}


@pytest.mark.parametrize("rule", ["next", "previous"])
def test_everybody_comes_once_however_many_closed_days_lie_between(rule: str) -> None:
    schedule = joined(90, when_closed=rule)
    first = datetime(2026, 3, 31, tzinfo=UTC)

    asked = [
        value
        for each in slots(schedule, 200, after=first)
        for value in due_dates(
            schedule, day=local_of(each.at, LONDON).date(), zone=LONDON, days=ENGLAND
        )
    ]

    assert asked == [asked[0] + timedelta(days=number) for number in range(len(asked))]
    assert due_on(asked[0], schedule.after) == date(2026, 3, 31) if schedule.after else False


def test_somebody_whose_day_is_closed_is_left_out_where_the_rule_says_so() -> None:
    schedule = joined(0, when_closed="skip")
    tuesday = date(2026, 9, 1)

    assert due_dates(schedule, day=tuesday, zone=LONDON, days=ENGLAND) == [tuesday]


def test_nobody_is_lost_whose_day_a_pause_closed_that_is_over_and_forgotten() -> None:
    schedule = joined(1)
    friday = date(2026, 6, 12)

    asked = due_dates(schedule, day=friday, since=date(2026, 6, 9), zone=LONDON, days=ENGLAND)

    assert asked == [date(2026, 6, 9), date(2026, 6, 10), date(2026, 6, 11)]


def test_a_schedule_on_contact_has_no_dates_and_a_slot_a_month() -> None:
    assert slots(Schedule(on_contact=True)) == []
    assert month_slot(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), LONDON) == "2026-07"


def test_a_schedule_has_its_own_zone_or_the_bodys() -> None:
    paris = Schedule(start=clock("2026-06-01T09:00"), timezone="Europe/Paris")

    assert zone_of(paris, LONDON) == ZoneInfo("Europe/Paris")
    assert zone_of(Schedule(start=clock("2026-06-01T09:00")), LONDON) == LONDON
