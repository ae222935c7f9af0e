"""A schedule in plain words, and each of its next dates: B57."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from survey.domain.campaign import Nation, Schedule
from survey.domain.open_hours import ClosedDays
from survey.domain.schedule import next_slots
from survey.domain.schedule_words import describe, rules_of, slot_in_words

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime.fromisoformat("2028-02-29T09:00")


def words(schedule: Schedule, language: str = "en") -> str:
    return describe(schedule, zone=LONDON, say=str, language=language)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("FREQ=DAILY", "Every day at 09:00"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", "Every three days at 09:00, five times"),
        ("FREQ=DAILY;COUNT=1", "Every day at 09:00, once"),
        ("FREQ=WEEKLY", "Every week on Tuesday at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every working day at 09:00"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,MO;UNTIL=20291231",
            "Every two weeks on Monday and Tuesday at 09:00, until 31 December 2029",
        ),
        ("FREQ=MONTHLY;BYDAY=1TU", "Every month on the first Tuesday at 09:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=14", "Every month on the last Friday at 14:00"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "Every month on the last working day at 09:00",
        ),
        ("FREQ=MONTHLY;INTERVAL=3", "Every three months on day 29 at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "Every month on day 1 and 15 at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on the last day at 09:00"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
            "Every month on day 31, or the last day of shorter months, at 09:00",
        ),
        ("FREQ=YEARLY", "Every year in February, on day 29, at 09:00"),
        (
            "FREQ=YEARLY;BYMONTH=3,9;BYDAY=1MO",
            "Every year in March and September, on the first Monday, at 09:00",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
            "By the rule FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO, at 09:00",
        ),
        (
            "FREQ=MONTHLY;BYDAY=TU",
            "By the rule FREQ=MONTHLY;BYDAY=TU, at 09:00",
        ),
    ],
)
def test_a_rule_is_told_in_plain_words(rule: str, told: str) -> None:
    assert words(Schedule(start=TUESDAY, rrule=rule)) == told


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (Schedule(start=TUESDAY), "Once, on Tuesday 29 February 2028 at 09:00"),
        (Schedule(on_contact=True), "Whenever a contact is reported"),
        (
            Schedule(after={"attribute": "joined_on", "days": 90}, at=time(10, 30)),
            "90 days after the day in “joined_on” of each person, at 10:30",
        ),
        (
            Schedule(after={"attribute": "leaves_on", "days": -30}),
            "30 days before the day in “leaves_on” of each person, at 09:00",
        ),
        (
            Schedule(after={"attribute": "joined_on", "days": 0}),
            "On the day in “joined_on” of each person, at 09:00",
        ),
    ],
)
def test_schedules_without_a_rule_are_told_too(schedule: Schedule, told: str) -> None:
    assert words(schedule) == told


@pytest.mark.parametrize(
    ("rule", "stated"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["Months without a day 31 are left out."]),
        ("FREQ=MONTHLY", ["Months without a day 29 are left out."]),
        ("FREQ=YEARLY", ["Years without a 29 February are left out."]),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", ["Years without a week 53 are left out."]),
        ("FREQ=MONTHLY;BYMONTHDAY=28,-1", []),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", []),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", []),
        ("FREQ=MONTHLY;BYDAY=1TU", []),
    ],
)
def test_b57_the_rule_for_dates_that_do_not_exist_is_stated(rule: str, stated: list[str]) -> None:
    told = rules_of(Schedule(start=TUESDAY, rrule=rule), zone=LONDON, say=str)

    assert told == ["A date on a closed day moves to the next day that is open.", *stated]


@pytest.mark.parametrize(
    ("when_closed", "stated", "previewed"),
    [
        (
            "next",
            "moves to the next day that is open",
            "Tuesday 29 December 2026 at 09:00, moved from Friday 25 December (Christmas Day)",
        ),
        (
            "previous",
            "moves to the last open day before it",
            "Thursday 24 December 2026 at 09:00, moved from Friday 25 December (Christmas Day)",
        ),
        ("skip", "is left out", "Friday 25 December 2026: left out (Christmas Day)"),
    ],
)
def test_b57_what_becomes_of_a_date_on_a_closed_day_is_stated_and_previewed(
    when_closed: str, stated: str, previewed: str
) -> None:
    christmas = Schedule(
        start=datetime.combine(date(2026, 12, 25), time(9)), when_closed=when_closed
    )

    assert stated in rules_of(christmas, zone=LONDON, say=str)[0]
    assert preview(christmas) == [previewed]


def preview(schedule: Schedule) -> list[str]:
    found = next_slots(
        schedule,
        after=datetime(2026, 11, 22, tzinfo=UTC),
        zone=LONDON,
        days=ClosedDays(Nation.ENGLAND),
        count=12,
    )
    return [slot_in_words(each, zone=LONDON, say=str, language="en") for each in found]


def test_dates_that_come_to_the_same_day_are_told_with_it() -> None:
    weekend = Schedule(
        start=datetime.combine(date(2026, 12, 4), time(9)), rrule="FREQ=DAILY;COUNT=4"
    )

    assert preview(weekend) == [
        "Friday 4 December 2026 at 09:00",
        "Monday 7 December 2026 at 09:00; the dates of Saturday 5 December and "
        "Sunday 6 December come with it",
    ]


def test_other_languages_have_their_own_names_of_days_and_months() -> None:
    assert "dydd Mawrth 29 Chwefror 2028" in words(Schedule(start=TUESDAY), "cy").replace("D", "d")
