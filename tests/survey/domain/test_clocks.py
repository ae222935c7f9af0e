"""Clocks of problem reports: hours of work, closed days, cut-offs."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.domain.campaign import Nation
from survey.domain.cases import CaseKind
from survey.domain.clocks import Work
from survey.domain.open_hours import ClosedDays
from survey.domain.promises import CutOff, Promise
from survey.domain.waves import Closure

LONDON = ZoneInfo("Europe/London")
PAYROLL = CutOff(name="the payroll closes", day=15, kinds=(CaseKind.WRONG_PAY,))


def work(*closed: str, promise: Promise | None = None) -> Work:
    closures = [Closure(date.fromisoformat(day), "", "training day") for day in closed]
    return Work(promise or Promise(), ClosedDays(Nation.ENGLAND, closures), LONDON)


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-05-14T10:00", 4, "2026-05-14T14:00"),
        ("2026-05-14T15:00", 2, "2026-05-14T17:00"),
        ("2026-05-14T15:00", 4, "2026-05-15T11:00"),
        ("2026-05-14T22:10", 1, "2026-05-15T10:00"),
        ("2026-05-15T16:00", 4, "2026-05-18T12:00"),
        # The Monday after the weekend is the spring bank holiday.
        ("2026-05-22T16:00", 4, "2026-05-26T12:00"),
        # The clocks go forward in the night to Sunday: no hour of work is lost.
        ("2026-03-27T16:00", 8, "2026-03-30T16:00"),
    ],
)
def test_hours_of_work_pass_while_the_service_is_open(since: str, hours: int, until: str) -> None:
    assert work().after(london(since), hours) == london(until)


def test_a_day_on_which_the_body_is_closed_is_no_day_of_work() -> None:
    assert work("2026-05-15").after(london("2026-05-14T16:00"), 2) == london("2026-05-18T10:00")


def test_a_service_that_is_never_open_keeps_no_clock() -> None:
    sundays = Promise(opens=time(1, 0), until=time(1, 30), days=frozenset({7}))
    closed = [f"{date(2026, 5, 10) + timedelta(days=7 * week)}" for week in range(110)]

    assert work(*closed, promise=sundays).after(london("2026-05-14T10:00"), 1) is None


@given(
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2030-12-31")),
    st.integers(1, 300),
    st.integers(1, 300),
)
def test_what_is_after_so_many_hours_has_so_many_between(
    local: datetime, hours: int, more: int
) -> None:
    since, working = local.replace(tzinfo=LONDON).astimezone(UTC), work()

    until, later = working.after(since, hours), working.after(since, hours + more)

    assert until is not None
    assert later is not None
    assert working.between(since, until) == timedelta(hours=hours)
    assert working.between(until, later) == timedelta(hours=more)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-05-14T10:00", "2026-05-15T12:00"),
        ("2026-05-15T11:59", "2026-05-15T12:00"),
        ("2026-05-15T12:00", "2026-06-15T12:00"),
        # 15 August 2026 is a Saturday, 15 February 2026 a Sunday: the Friday before.
        ("2026-08-03T10:00", "2026-08-14T12:00"),
        ("2026-02-14T10:00", "2026-03-13T12:00"),
    ],
)
def test_a_cut_off_is_the_next_of_its_month_on_an_open_day(since: str, until: str) -> None:
    working = work(promise=Promise(cut_offs=(PAYROLL,)))

    assert working.cut_off(london(since), CaseKind.WRONG_PAY) == (PAYROLL, london(until))
    assert working.cut_off(london(since), CaseKind.BROKEN) is None


def test_a_cut_off_on_day_31_is_the_last_day_of_a_shorter_month() -> None:
    last = PAYROLL.model_copy(update={"day": 31})
    working = work(promise=Promise(cut_offs=(last,)))

    assert working.cut_off(london("2026-04-02T10:00"), CaseKind.WRONG_PAY) == (
        last,
        london("2026-04-30T12:00"),
    )
