"""Which rules are read, and why others are refused."""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from survey.domain.campaign import Schedule
from survey.domain.recurrence import read_rule, schedule_faults

LONDON = ZoneInfo("Europe/London")


def scheduled(rule: str, start: str = "2026-06-01T09:00") -> Schedule:
    return Schedule(start=datetime.fromisoformat(start), rrule=rule)


def dates(rule: str, count: int = 3, start: str = "2026-06-01T09:00") -> list[str]:
    made = read_rule(scheduled(rule, start), zone=LONDON)
    return [each.isoformat(timespec="minutes") for each in islice(made, count)]


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("FREQ=DAILY;INTERVAL=10", "2026-06-11T09:00"),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU", "2026-06-04T09:00"),
        ("freq=monthly;byday=1tu", "2026-07-07T09:00"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-07-31T09:00"),
        ("FREQ=YEARLY;BYMONTH=6,12;BYDAY=2WE", "2026-12-09T09:00"),
        ("FREQ=YEARLY;BYYEARDAY=-1", "2027-12-31T09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=15;BYHOUR=10;BYMINUTE=30;", "2026-07-15T10:30"),
    ],
)
def test_what_rfc_5545_allows_is_read(rule: str, first: str) -> None:
    assert dates(rule)[1] == first


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260603", "2026-06-03T09:00"),
        ("20260603T080000Z", "2026-06-03T09:00"),
        ("20260603T080000", "2026-06-02T09:00"),
        ("20260603T090000", "2026-06-03T09:00"),
    ],
)
def test_an_end_is_a_whole_day_a_moment_or_a_local_time(until: str, last: str) -> None:
    assert dates(f"FREQ=DAILY;UNTIL={until}", 99)[-1] == last


def test_a_rule_ends_after_its_count() -> None:
    assert len(dates("FREQ=WEEKLY;COUNT=4", 99)) == 4


def test_the_start_is_a_date_only_where_it_fits_the_rule() -> None:
    assert dates("FREQ=WEEKLY;BYDAY=FR", 1) == ["2026-06-05T09:00"]


@pytest.mark.parametrize(
    ("rule", "code", "words"),
    [
        ("FREQ=HOURLY", "too_often", "once a day at most"),
        ("FREQ=MINUTELY", "too_often", "once a day at most"),
        ("FREQ=SECONDLY", "too_often", "once a day at most"),
        ("FREQ=DAILY;BYHOUR=9,15", "too_often", "several times on one day"),
        ("DTSTART:20260601T090000 RRULE:FREQ=DAILY", "not_a_rule", "stands for DTSTART"),
        ("FREQ=DAILY;EXDATE=20260602", "not_a_rule", "the rule alone"),
        ("FREQ=DAILY FREQ=DAILY", "unreadable", "one line"),
        ("INTERVAL=2", "no_frequency", "FREQ is missing"),
        ("FREQ=FORTNIGHTLY", "no_frequency", "DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;FREQ=WEEKLY", "part_twice", "FREQ is there twice"),
        ("FREQ=DAILY;BYEASTER=1", "unknown_part", "'BYEASTER=1'"),
        ("every tuesday", "unreadable", "without spaces"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "two_ends", "not both"),
        ("FREQ=DAILY;COUNT=0", "bad_number", "COUNT is a whole number"),
        ("FREQ=DAILY;INTERVAL=-1", "bad_number", "INTERVAL is a whole number"),
        ("FREQ=DAILY;UNTIL=01/06/2026", "bad_until", "20271231"),
        ("FREQ=DAILY;UNTIL=20261341", "bad_until", "20271231"),
        ("FREQ=DAILY;UNTIL=20260101", "never", "no date"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never", "no date"),
        ("FREQ=MONTHLY;BYWEEKNO=53", "does_not_fit", "BYWEEKNO does not go with FREQ=MONTHLY"),
        ("FREQ=WEEKLY;BYDAY=2MO", "does_not_fit", "numbered days"),
        ("FREQ=MONTHLY;BYSETPOS=1", "does_not_fit", "BYSETPOS needs another BY part"),
        ("FREQ=WEEKLY;BYDAY=XX", "unreadable", "RRULE of RFC 5545"),
        ("FREQ=DAILY;BYHOUR=25", "unreadable", "RRULE of RFC 5545"),
        ("FREQ=DAILY;BYHOUR=\N{ARABIC-INDIC DIGIT ONE}X", "unreadable", "RRULE of RFC 5545"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(rule: str, code: str, words: str) -> None:
    [fault] = schedule_faults(scheduled(rule), zone=LONDON)

    assert (fault.path, fault.code) == (("schedule", "rrule"), code)
    assert words in fault.message


@pytest.mark.parametrize(
    ("start", "code"),
    [("2026-06-01T09:00:30", "seconds"), ("1999-12-31T09:00", "day"), ("2200-01-01T09:00", "day")],
)
def test_a_start_has_no_seconds_and_lies_in_a_time_that_can_be_meant(start: str, code: str) -> None:
    schedule = Schedule(start=datetime.fromisoformat(start))

    assert [each.code for each in schedule_faults(schedule, zone=LONDON)] == [code]


def test_schedules_by_person_and_sound_ones_have_no_faults() -> None:
    assert schedule_faults(Schedule(on_contact=True), zone=LONDON) == []
    assert schedule_faults(scheduled("FREQ=MONTHLY;BYDAY=1TU"), zone=LONDON) == []
