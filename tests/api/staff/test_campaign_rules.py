"""Rules of repeating: what the form builds is what is meant, and is read back as what it was."""

from datetime import date, datetime, time

import pytest
from dateutil.rrule import rrulestr

from api.staff.campaign_rules import Repeat, repeat_of, rule_for

OFFERED = [repeat for repeat in Repeat if repeat is not Repeat.CUSTOM]
FIRSTS = [date(2026, 6, 2), date(2026, 6, 30), date(2026, 1, 31), date(2028, 2, 29)]


def dates(rule: str, first: date, number: int = 5) -> list[str]:
    found = rrulestr(rule, dtstart=datetime.combine(first, time(9)))
    return [each.date().isoformat() for _, each in zip(range(number), found, strict=False)]


@pytest.mark.parametrize("first", FIRSTS)
@pytest.mark.parametrize("repeat", OFFERED)
@pytest.mark.parametrize("times", [None, 4])
def test_every_rule_begins_on_its_first_date_and_is_recognised_again(
    repeat: Repeat, first: date, times: int | None
) -> None:
    rule = rule_for(repeat, first, times=times)

    assert dates(rule, first)[0] == first.isoformat()
    assert len(dates(rule, first)) == (times or 5)
    assert repeat_of(rule, first) == (repeat, times)


@pytest.mark.parametrize(
    ("repeat", "first", "expected"),
    [
        (Repeat.MONTHLY_WEEKDAY, FIRSTS[0], ["2026-06-02", "2026-07-07", "2026-08-04"]),
        (Repeat.MONTHLY_WEEKDAY, FIRSTS[1], ["2026-06-30", "2026-07-28", "2026-08-25"]),
        (Repeat.MONTHLY_DAY, FIRSTS[2], ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (Repeat.QUARTERLY_DAY, FIRSTS[2], ["2026-01-31", "2026-04-30", "2026-07-31"]),
        (Repeat.QUARTERLY_WEEKDAY, FIRSTS[0], ["2026-06-02", "2026-09-01", "2026-12-01"]),
        (Repeat.YEARLY, FIRSTS[3], ["2028-02-29", "2029-02-28", "2030-02-28"]),
        (Repeat.FORTNIGHTLY, FIRSTS[0], ["2026-06-02", "2026-06-16", "2026-06-30"]),
    ],
)
def test_b57_a_rule_leaves_no_month_out(repeat: Repeat, first: date, expected: list[str]) -> None:
    """The 31st, 29 February and a fifth Tuesday: the last one there is."""
    assert dates(rule_for(repeat, first), first, 3) == expected


def test_any_other_rule_is_the_persons_own() -> None:
    assert repeat_of("FREQ=MONTHLY;BYDAY=2WE", FIRSTS[0]) == (Repeat.CUSTOM, None)
    assert repeat_of("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270101", FIRSTS[0])[0] is Repeat.CUSTOM
