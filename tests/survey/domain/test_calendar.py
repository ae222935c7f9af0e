"""Periods and their names."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.calendar import (
    CALENDAR_PERIODS,
    Span,
    add_months,
    label,
    local_month,
    span,
    spans,
)
from survey.domain.records import Period

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
YEAR_STARTS = st.integers(1, 12)


def test_a_moment_before_midnight_utc_belongs_to_the_next_month_in_british_summer_time() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)

    assert local_month(late, ZoneInfo("Europe/London")) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("day", "by", "year_start", "expected"),
    [
        (date(2026, 7, 14), Period.MONTH, 4, "July 2026"),
        (date(2026, 4, 1), Period.QUARTER, 4, "Q1 2026/27"),
        (date(2026, 3, 31), Period.QUARTER, 4, "Q4 2025/26"),
        (date(2026, 3, 31), Period.YEAR, 4, "2025/26"),
        (date(1999, 12, 1), Period.YEAR, 4, "1999/00"),
        (date(2026, 5, 1), Period.QUARTER, 1, "Q2 2026"),
        (date(2026, 5, 1), Period.YEAR, 1, "2026"),
    ],
)
def test_a_period_is_named_as_committees_name_it(
    day: date, by: Period, year_start: int, expected: str
) -> None:
    assert label(span(day, by, year_start=year_start).start, by, year_start=year_start) == expected


@given(DAYS, st.sampled_from(CALENDAR_PERIODS), YEAR_STARTS)
def test_every_day_lies_in_one_period_and_the_next_begins_the_day_after(
    day: date, by: Period, year_start: int
) -> None:
    here = span(day, by, year_start=year_start)
    after = span(here.end + timedelta(days=1), by, year_start=year_start)

    assert here.start <= day <= here.end
    assert after.start == here.end + timedelta(days=1)


@given(DAYS, YEAR_STARTS)
def test_a_year_is_four_quarters_and_twelve_months(day: date, year_start: int) -> None:
    year = span(day, Period.YEAR, year_start=year_start)

    for by, count in ((Period.QUARTER, 4), (Period.MONTH, 12)):
        parts = spans(year.start, year.end, by, year_start=year_start)
        assert len(parts) == count
        assert Span(parts[0].start, parts[-1].end) == year


@given(DAYS, st.integers(-200, 200))
def test_months_added_can_be_taken_away_again(day: date, count: int) -> None:
    month = day.replace(day=1)

    assert add_months(add_months(month, count), -count) == month
