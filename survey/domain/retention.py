"""How long things are kept, in days: one place, so that tables, jobs and notices say the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

IDEMPOTENCY_DAYS: Final = 7
INBOX_DAYS: Final = 7
DRAFT_DAYS: Final = 30

RECEIPT_DAYS: Final = 731
"""Answers and receipts: 24 months, of which two may hold a leap day."""

LEFT_DAYS: Final = 365
"""Somebody who is not to be asked any more: so long, a return keeps their place."""

ENDED_ACCOUNT_DAYS: Final = 2192
"""An account that has ended: six years, as long as what it did can be asked about."""

CASE_DAYS: Final = 2192
"""A problem report that has ended: six years, as long as a claim about it can be made (Limitation
Act 1980, section 5)."""

KEY_USE_DAYS: Final = 90
LETTER_DAYS: Final = 30
TRY_DAYS: Final = 1

MONTH_DAYS: Final = 30.4375


def whole_months(days: int) -> int:
    """A period as people are told it: 731 days are 24 months."""
    return round(days / MONTH_DAYS)


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` are deleted `days` after what its column `since` says."""

    table: str
    days: int
    since: str


def first_whole_month(today: date) -> date:
    """The first month none of whose answers is deleted yet: counts of earlier ones are sealed.

    What stands in them can be made from nothing any more, and is true.
    """
    oldest = today - timedelta(days=RECEIPT_DAYS)
    month = oldest.replace(day=1)
    return month if month == oldest else (month + timedelta(days=31)).replace(day=1)
