"""Clocks of a case: when it is to be acknowledged, heard of and fixed, in hours of work.

Work is done while a service is open: by the local clock, on its days of the week, and not on bank
holidays and days on which the whole body is closed. A pause of campaigns stops no clock.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.cases import CaseKind
from survey.domain.local_time import local_of, moment_of, stretches
from survey.domain.open_hours import ClosedDays
from survey.domain.promises import CutOff, Promise

LONGEST: Final = 2 * 366
"""Days that are looked through: who is closed for longer keeps no clock."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Work:
    """When a service works: its promise, the body's closed days and zone."""

    promise: Promise
    days: ClosedDays
    zone: ZoneInfo

    def after(self, since: datetime, hours: float) -> datetime | None:
        """The moment at which so many hours of work have passed since then; None: never.

        Exactly at the end of a day the work is done on that day.
        """
        left = timedelta(hours=hours)
        for begin, end in self._from(since):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return None

    def between(self, since: datetime, until: datetime) -> timedelta:
        """How much of the time from `since` to `until` was work."""
        total = timedelta()
        for begin, end in self._from(since):
            if begin >= until:
                break
            total += min(end, until) - begin
        return total

    def cut_off(self, since: datetime, kind: CaseKind) -> tuple[CutOff, datetime] | None:
        """The next cut-off for a report of this kind made then."""
        found = [
            (at, each)
            for each in self.promise.cut_offs
            if kind in each.kinds and (at := self._next(each, since)) is not None
        ]
        if not found:
            return None
        at, cut_off = min(found, key=lambda pair: pair[0])
        return cut_off, at

    def _from(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = local_of(since, self.zone).date()
        for day in (first + number * _DAY for number in range(LONGEST)):
            if self._works(day):
                for begin, end in stretches(day, self.promise.opens, self.promise.until, self.zone):
                    if end > since:
                        yield max(begin, since), end

    def _works(self, day: date) -> bool:
        return day.isoweekday() in self.promise.days and self.days.closed(day) is None

    def _next(self, cut_off: CutOff, since: datetime) -> datetime | None:
        """The first of this month and the next two that is not over."""
        month = local_of(since, self.zone).date().replace(day=1)
        for _ in range(3):
            at = self._in(month, cut_off)
            if at is not None and at > since:
                return at
            month = (month + 31 * _DAY).replace(day=1)
        return None

    def _in(self, month: date, cut_off: CutOff) -> datetime | None:
        last = monthrange(month.year, month.month)[1]
        day = month.replace(day=min(cut_off.day, last))
        while not self._works(day):
            day -= _DAY
            if day < month - LONGEST * _DAY:
                return None
        return moment_of(datetime.combine(day, cut_off.at), self.zone)
