"""How a campaign repeats: the rules that a form offers, as RFC 5545 writes them, and back.

A rule is built on the first date: "every month on the first Tuesday" is what a first date on the
first Tuesday of its month means. A rule that none of these would build is the person's own.
"""

from datetime import date
from enum import StrEnum
from typing import Final

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LAST: Final = 5
"""The fifth Tuesday is not in every month: whoever begins on one means the last."""

_SHORTEST_MONTH: Final = 28


class Repeat(StrEnum):
    """What a form offers."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY_WEEKDAY = "monthly_weekday"
    MONTHLY_DAY = "monthly_day"
    QUARTERLY_WEEKDAY = "quarterly_weekday"
    QUARTERLY_DAY = "quarterly_day"
    YEARLY = "yearly"
    CUSTOM = "custom"


def which(day: date) -> int:
    """Which of its weekday in the month a day is: 1 to 4, and -1 for a fifth, which is the last."""
    number = (day.day - 1) // 7 + 1
    return -1 if number == _LAST else number


def rule_for(repeat: Repeat, first: date, *, times: int | None = None) -> str:
    """The rule that begins on this day; `times` is how many dates there are in all.

    A month without its 29th, 30th or 31st takes its last day, a year without 29 February the 28th.

    >>> rule_for(Repeat.MONTHLY_WEEKDAY, date(2026, 6, 2), times=4)
    'FREQ=MONTHLY;BYDAY=1TU;COUNT=4'
    >>> rule_for(Repeat.QUARTERLY_DAY, date(2026, 1, 31))
    'FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30,31;BYSETPOS=-1'
    """
    weekday = _DAYS[first.weekday()]
    in_month = f"BYDAY={which(first)}{weekday}"
    rules = {
        Repeat.WEEKLY: f"FREQ=WEEKLY;BYDAY={weekday}",
        Repeat.FORTNIGHTLY: f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}",
        Repeat.MONTHLY_WEEKDAY: f"FREQ=MONTHLY;{in_month}",
        Repeat.MONTHLY_DAY: f"FREQ=MONTHLY;{_day_of_month(first)}",
        Repeat.QUARTERLY_WEEKDAY: f"FREQ=MONTHLY;INTERVAL=3;{in_month}",
        Repeat.QUARTERLY_DAY: f"FREQ=MONTHLY;INTERVAL=3;{_day_of_month(first)}",
        Repeat.YEARLY: f"FREQ=YEARLY;BYMONTH={first.month};{_day_of_month(first)}",
    }
    return rules[repeat] + (f";COUNT={times}" if times else "")


def repeat_of(rule: str, first: date) -> tuple[Repeat, int | None]:
    """Which of the offered rules it is, and how many dates it has in all."""
    plain = rule.upper().removeprefix("RRULE:")
    parts = [part for part in plain.split(";") if not part.startswith("COUNT=")]
    told = [part.removeprefix("COUNT=") for part in plain.split(";") if part.startswith("COUNT=")]
    times = int(told[0]) if told and told[0].isdigit() else None
    for repeat in Repeat:
        if repeat is not Repeat.CUSTOM and rule_for(repeat, first) == ";".join(parts):
            return repeat, times
    return Repeat.CUSTOM, None


def _day_of_month(first: date) -> str:
    if first.day <= _SHORTEST_MONTH:
        return f"BYMONTHDAY={first.day}"
    days = ",".join(map(str, range(_SHORTEST_MONTH, first.day + 1)))
    return f"BYMONTHDAY={days};BYSETPOS=-1"
