"""How many problem reports there are of each kind: what figures of cases are worked out from.

These are counts of work, not opinions: who may see a report may see that it is counted.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final

WEEK: Final = timedelta(days=7)
FOUR_WEEKS: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """A month by the clock of the body: its first day, and the moments between which it lies."""

    month: date
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """Reports, each counted under all that holds for it now.

    `reported` is all of them. Of those that are open: `fresh` are younger than a week, `old` four
    weeks or older, `late` have a clock that ran out. `breached` are those of which any ever did.
    `confirmed`, `not_confirmed` (nobody answered), `declined` and `merged` are how they ended;
    `refused` that the reporter said last that it is not or only partly fixed, `partly` the latter.
    `reopened` came back at least once. `at_first_contact` were solved at first contact
    (`survey.domain.first_contact`); `settled` are those of which that is known either way.
    """

    reported: int = 0
    open: int = 0
    fresh: int = 0
    old: int = 0
    late: int = 0
    breached: int = 0
    fixed: int = 0
    """Somebody said so, and it was not opened again since."""
    confirmed: int = 0
    not_confirmed: int = 0
    declined: int = 0
    merged: int = 0
    refused: int = 0
    partly: int = 0
    reopened: int = 0
    at_first_contact: int = 0
    settled: int = 0

    def __add__(self, other: "CaseCounts") -> "CaseCounts":
        names = [each.name for each in fields(self)]
        return CaseCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class CaseSum:
    """The counts of reports of one month (None: before all that were asked for), about a service,
    from units of a kind ('' where none is known). `oldest` is when the oldest open one came."""

    month: date | None
    service: str
    kind: str
    counts: CaseCounts
    oldest: datetime | None = None
