"""Sums of problem reports, of those months and services that somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.calendar import add_months, local_month
from survey.domain.case_access import Looker, narrowed
from survey.domain.case_records import CaseQuery
from survey.domain.case_sums import CaseSum, MonthSpan
from survey.ports import Begin, Clock

MOST_MONTHS: Final = 36


@dataclass(frozen=True, slots=True)
class Summed:
    """Sums by month, service and kind of unit; `months` are those asked for, oldest first."""

    months: tuple[date, ...]
    sums: Sequence[CaseSum]
    as_of: datetime


class CaseSums:
    def __init__(self, begin: Begin, clock: Clock, zone: ZoneInfo) -> None:
        self._begin, self._clock, self._zone = begin, clock, zone

    async def of(self, looker: Looker, *, months: int, service: str = "", unit: str = "") -> Summed:
        """Of the last so many months, this one among them, and of all that is open from before.

        A service or unit includes those below it. What few may see is in no sum.
        """
        now = self._clock.now()
        current = local_month(now, self._zone)
        spans = [
            self._span(add_months(current, -back))
            for back in reversed(range(max(1, min(months, MOST_MONTHS))))
        ]
        query = narrowed(CaseQuery(service=service, unit=unit), looker)
        async with self._begin.read() as work:
            sums = await work.case_sums.sums(query, spans, now=now)
        return Summed(tuple(each.month for each in spans), sums, now)

    def _span(self, month: date) -> MonthSpan:
        return MonthSpan(month, self._begins(month), self._begins(add_months(month, 1)))

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)
