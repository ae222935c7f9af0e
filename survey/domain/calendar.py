"""Months, quarters and years as people name them; all pure, the time zone comes in.

A period is named by its first day. The financial year starts in `year_start` (4 is April), so
April to June 2026 is "Q1 2026/27". With `year_start=1` it is the plain year: "Q2 2026", "2026".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.language import N_, date_in_words, month_in_words
from survey.domain.records import Period

_QUARTER = N_("Q{quarter} {year}")
_OPENED = N_("opened {day}")

EARLIEST = date(2000, 1, 1)
LATEST = date(2199, 12, 31)
"""Days outside these are typing errors; one of them would stretch a trend over centuries."""

_MONTHS_IN = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
CALENDAR_PERIODS: Final = tuple(_MONTHS_IN)
"""Those that the calendar gives; a wave's days come from its campaign."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A period: its first and last day."""

    start: date
    end: date


def local_month(now: datetime, zone: ZoneInfo) -> date:
    """The first day of the month in which this moment falls, where people live."""
    return now.astimezone(zone).date().replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months later (or earlier)."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def span(day: date, by: Period, *, year_start: int) -> Span:
    """The period of this kind that holds the day.

    >>> span(date(2026, 7, 14), Period.QUARTER, year_start=4)
    Span(start=datetime.date(2026, 7, 1), end=datetime.date(2026, 9, 30))
    """
    length = _MONTHS_IN[by]
    first = day.replace(day=1)
    start = add_months(first, -((first.month - year_start) % 12 % length))
    return Span(start, add_months(start, length) - timedelta(days=1))


def spans(first: date, last: date, by: Period, *, year_start: int) -> list[Span]:
    """All periods of this kind from the one that holds `first` to the one that holds `last`."""
    found = [span(first, by, year_start=year_start)]
    while found[-1].end < last:
        found.append(span(found[-1].end + timedelta(days=1), by, year_start=year_start))
    return found


def year_label(start: date, *, year_start: int) -> str:
    """ "2026/27", or "2026" where the year starts in January."""
    if year_start == 1:
        return str(start.year)
    year = start.year if start.month >= year_start else start.year - 1
    return f"{year}/{(year + 1) % 100:02d}"


def label(
    start: date,
    by: Period,
    *,
    year_start: int,
    language: str = "en",
    translate: Callable[[str], str] = str,
) -> str:
    """The period's name; the API's is English, a page passes its language and its catalogue.

    >>> label(date(2026, 4, 1), Period.QUARTER, year_start=4)
    'Q1 2026/27'
    """
    if by is Period.MONTH:
        return month_in_words(start, language)
    year = year_label(start, year_start=year_start)
    if by is Period.YEAR:
        return year
    quarter = (start.month - year_start) % 12 // 3 + 1
    return translate(_QUARTER).format(quarter=quarter, year=year)


def opened_label(day: date, *, language: str = "en", translate: Callable[[str], str] = str) -> str:
    """What people read for a wave: the day on which it opened.

    >>> opened_label(date(2026, 11, 3))
    'opened 3 November 2026'
    """
    return translate(_OPENED).format(day=date_in_words(day, language))
