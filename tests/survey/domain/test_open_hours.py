"""When a message may leave: B58 and B62, bank holidays by nation, closures and pauses."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from survey.domain.campaign import Hours, Nation
from survey.domain.local_time import local_of
from survey.domain.open_hours import WEEKEND, ClosedDays, Leave, bank_holiday, may_leave
from survey.domain.waves import Closure, HoldReason, Pause, PauseKind

LONDON = ZoneInfo("Europe/London")
ENGLAND = ClosedDays(Nation.ENGLAND)
NIGHTS = Hours(opens=time(0, 30), until=time(1, 30), weekends=True)


def leave(
    now: datetime,
    *,
    hours: Hours | None = None,
    days: ClosedDays = ENGLAND,
    units: tuple[str, ...] = (),
) -> Leave:
    return may_leave(now, hours=hours or Hours(), zone=LONDON, days=days, units=units)


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def pause(begins: str, ends: str | None, name: str = "Local elections") -> Pause:
    end = utc(ends) if ends else None
    return Pause(UUID(int=1), PauseKind.PRE_ELECTION, name, utc(begins), end)


def paused(*pauses: Pause) -> ClosedDays:
    return ClosedDays(Nation.ENGLAND, pauses=pauses)


@pytest.mark.parametrize(
    ("now", "hold", "until"),
    [
        ("2026-06-10T06:59", HoldReason.QUIET_HOURS, "2026-06-10T07:00"),
        ("2026-06-10T07:00", None, None),
        ("2026-06-10T16:59", None, None),
        ("2026-06-10T17:00", HoldReason.QUIET_HOURS, "2026-06-11T07:00"),
        ("2026-06-12T17:00", HoldReason.QUIET_HOURS, "2026-06-15T07:00"),
        ("2026-06-13T12:00", HoldReason.CLOSED_DAY, "2026-06-15T07:00"),
        ("2026-08-31T12:00", HoldReason.CLOSED_DAY, "2026-09-01T07:00"),
        ("2026-12-24T18:00", HoldReason.QUIET_HOURS, "2026-12-29T08:00"),
    ],
)
def test_messages_leave_from_eight_to_six_on_working_days_by_the_clock_in_london(
    now: str, hold: HoldReason | None, until: str | None
) -> None:
    assert leave(utc(now)) == Leave(hold is None, hold, utc(until) if until else None)


def test_weekends_are_open_where_the_campaign_says_so() -> None:
    saturday = utc("2026-06-13T12:00")

    assert leave(saturday, hours=Hours(weekends=True)).ok
    assert ENGLAND.closed(saturday.date(), weekends=False) == WEEKEND


# --- B58: the clock changes within quiet hours ---


def test_b58_an_hour_that_comes_twice_is_open_both_times_by_what_the_clock_shows() -> None:
    allowed = [
        at
        for at in (utc("2026-10-24T22:00") + timedelta(minutes=each) for each in range(240))
        if leave(at, hours=NIGHTS).ok
    ]

    assert (allowed[0], allowed[-1]) == (utc("2026-10-24T23:30"), utc("2026-10-25T01:29"))
    assert len(allowed) == 90
    gap = leave(utc("2026-10-25T00:45"), hours=NIGHTS)
    assert gap == Leave(ok=False, hold=HoldReason.QUIET_HOURS, until=utc("2026-10-25T01:00"))


def test_b58_hours_that_fall_into_the_missing_hour_begin_after_it() -> None:
    half_past_one = Hours(opens=time(1, 30), until=time(4), weekends=True)

    held = leave(utc("2026-03-29T00:15"), hours=half_past_one)

    assert held.until == utc("2026-03-29T01:00")
    assert local_of(held.until, LONDON).time() == time(2)


def test_b58_hours_that_are_all_in_the_missing_hour_are_left_out_that_day() -> None:
    inside = Hours(opens=time(1, 15), until=time(1, 45), weekends=True)

    assert leave(utc("2026-03-29T00:15"), hours=inside).until == utc("2026-03-30T00:15")


def test_b58_eight_in_the_morning_stays_eight_over_both_changes() -> None:
    open_all_days = Hours(weekends=True)

    assert leave(utc("2026-03-28T20:00"), hours=open_all_days).until == utc("2026-03-29T07:00")
    assert leave(utc("2026-10-24T20:00"), hours=open_all_days).until == utc("2026-10-25T08:00")


# --- bank holidays ---


@pytest.mark.parametrize(
    ("day", "kept_by"),
    [
        ("2026-08-31", {Nation.ENGLAND, Nation.WALES, Nation.NORTHERN_IRELAND}),
        ("2026-08-03", {Nation.SCOTLAND}),
        ("2026-11-30", {Nation.SCOTLAND}),
        ("2027-01-04", {Nation.SCOTLAND}),
        ("2026-03-17", {Nation.NORTHERN_IRELAND}),
        ("2026-07-13", {Nation.NORTHERN_IRELAND}),
        ("2026-04-06", {Nation.ENGLAND, Nation.WALES, Nation.NORTHERN_IRELAND}),
        ("2026-12-28", set(Nation)),
        ("2026-12-25", set(Nation)),
    ],
)
def test_each_nation_keeps_its_own_bank_holidays(day: str, kept_by: set[Nation]) -> None:
    found = {each for each in Nation if bank_holiday(date.fromisoformat(day), each)}

    assert found == kept_by


def test_bank_holidays_of_2026_in_england_are_named_as_gov_uk_names_them() -> None:
    """Source: https://www.gov.uk/bank-holidays, with Boxing Day itself, a Saturday."""
    year = (date(2026, 1, 1) + timedelta(days=each) for each in range(365))

    assert [
        (f"{day:%m-%d}", name) for day in year if (name := bank_holiday(day, Nation.ENGLAND))
    ] == [
        ("01-01", "New Year's Day"),
        ("04-03", "Good Friday"),
        ("04-06", "Easter Monday"),
        ("05-04", "Early May bank holiday"),
        ("05-25", "Spring bank holiday"),
        ("08-31", "Summer bank holiday"),
        ("12-25", "Christmas Day"),
        ("12-26", "Boxing Day"),
        ("12-28", "Boxing Day (substitute day)"),
    ]


def test_the_tables_of_holidays_are_loaded_only_where_they_are_needed() -> None:
    code = (
        "import sys; import survey.domain.open_hours, survey.domain.schedule;"
        "sys.exit('holidays' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- closures ---

LINES = {"oakfield": ("oakfield", "schools", ""), "elmwood": ("elmwood", "schools", "")}


def test_somebody_of_several_schools_is_reached_as_long_as_one_is_open() -> None:
    tuesday = date(2026, 6, 9)
    days = ClosedDays(None, [Closure(tuesday, "oakfield", "Inset day")], lines=LINES)

    assert days.closed(tuesday, ("oakfield",)) == "Inset day"
    assert days.closed(tuesday, ("oakfield", "elmwood")) is None
    assert days.closed(tuesday) is None


def test_a_closure_reaches_what_lies_below_and_one_of_the_body_reaches_everybody() -> None:
    tuesday, thursday = date(2026, 6, 9), date(2026, 6, 11)
    listed = [Closure(tuesday, "schools", "Half-term"), Closure(thursday, "", "Polling day")]
    days = ClosedDays(None, listed, lines=LINES)

    assert days.closed(tuesday, ("oakfield", "elmwood")) == "Half-term"
    assert {days.closed(thursday, units) for units in ((), ("oakfield",))} == {"Polling day"}


def test_who_is_closed_for_a_year_has_no_moment_to_wait_for() -> None:
    first = date(2026, 6, 1)
    closed = [Closure(first + timedelta(days=each), "", "Closed") for each in range(400)]

    held = leave(utc("2026-06-01T12:00"), days=ClosedDays(None, closed))

    assert held == Leave(ok=False, hold=HoldReason.CLOSED_DAY, until=None)


# --- pauses ---


def test_b62_a_pause_acts_from_the_moment_at_which_it_begins() -> None:
    days = paused(pause("2026-06-10T07:59", None))

    assert leave(utc("2026-06-10T07:58"), days=days).ok
    assert leave(utc("2026-06-10T08:00"), days=days) == Leave(False, HoldReason.PAUSE, None)


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ("2026-06-10T11:00", "2026-06-10T11:00"),
        ("2026-06-10T17:00", "2026-06-11T07:00"),
        ("2026-06-12T20:00", "2026-06-15T07:00"),
        ("2026-08-30T23:00", "2026-09-01T07:00"),
    ],
)
def test_after_a_pause_messages_leave_at_the_first_moment_that_is_allowed(
    ends: str, until: str
) -> None:
    days = paused(pause("2026-06-10T07:00", ends))

    assert leave(utc("2026-06-10T09:00"), days=days).until == utc(until)


def test_pauses_that_follow_each_other_are_waited_for_together() -> None:
    days = paused(
        pause("2026-06-10T07:00", "2026-06-10T11:00"), pause("2026-06-10T10:00", "2026-06-11T09:00")
    )

    assert leave(utc("2026-06-10T09:00"), days=days).until == utc("2026-06-11T09:00")


def test_a_pause_that_begins_later_is_not_waited_into() -> None:
    days = paused(pause("2026-06-11T06:00", "2026-06-11T12:00"))

    assert leave(utc("2026-06-10T20:00"), days=days).until == utc("2026-06-11T12:00")


def test_a_day_is_closed_by_a_pause_that_holds_all_of_it() -> None:
    days = paused(pause("2026-06-09T12:00", "2026-06-11T12:00"))

    names = [days.closed(date(2026, 6, day)) for day in (9, 10, 11)]

    assert names == [None, "Local elections", None]
