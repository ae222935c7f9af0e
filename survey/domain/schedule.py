"""The slots of a schedule: on which days, and at which moments, waves open.

A slot is named by the local time of its date, as "2026-10-25T01:30", wherever that date was moved
to: so a change of the calendar never makes the same date fire twice. Dates are worked out by the
local clock and turned into moments last: 09:00 stays 09:00 all year, a time that comes twice is
fired the first time, and one that never comes at the first moment after (`local_time`).

A date on a closed day moves as the schedule says; several that come to the same day are one wave,
named by the last of them. "previous" never moves into the past: it is "next" then.

Schedules by person have a slot a month, "2026-11": those by a date of the person fire on each open
day of it, those on contact whenever a contact is reported and never by the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.campaign import AfterDate, Hours, Schedule, WhenClosed
from survey.domain.local_time import local_of, moment_of
from survey.domain.open_hours import LONGEST_SEARCH, ClosedDays
from survey.domain.recurrence import read_rule
from survey.domain.waves import Campaign

_DAY: Final = timedelta(days=1)
_BEFORE: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A wave that is to open, or a date that is left out.

    `at` is the moment (of a date that is left out: when it would have been); `moved_from` is the
    day from which it was moved, and `why` the reason of that or of leaving it out, in English as
    `ClosedDays.closed` gives it. `merged` are other dates of the schedule that it stands for.
    """

    slot: str
    at: datetime
    moved_from: date | None = None
    left_out: bool = False
    why: str | None = None
    merged: tuple[date, ...] = ()


def next_slots(
    schedule: Schedule,
    *,
    after: datetime,
    zone: ZoneInfo,
    days: ClosedDays,
    count: int,
    hours: Hours | None = None,
    units: tuple[str, ...] = (),
    done: str | None = None,
    now: datetime | None = None,
) -> list[Slot]:
    """The next `count` slots after a moment, in their order; fewer where the schedule ends.

    Args:
        zone: the schedule's (`zone_of`).
        hours: the campaign's; they say whether weekends are closed (the default: they are).
        units: those of its audience; a day is closed when all of them are.
        done: the last slot that was dealt with. Then `after` bounds nothing but where "previous"
            may move to, and dates that are overdue come first: nothing is lost in an outage.
        now: when it is asked, for pauses without an end: they last until the next midnight, so
            who waits for one looks again each day. `after`, where it is not given.

    Raises: FieldsRejected, for a rule that cannot be read (`recurrence.schedule_faults`).
    """
    day = _Days(days.with_ends(now or after), zone, hours or Hours(), units)
    return list(islice(_slots(schedule, day, after=after, since=after, done=done), count))


def upcoming(
    campaign: Campaign, *, done: str | None, now: datetime, zone: ZoneInfo, days: ClosedDays
) -> Slot | None:
    """The slot that a launched campaign waits for, by the calendar of now; None at its end.

    Its `at` may have passed: then it is due. Who fires asks again just before, because a closure
    or pause may have come since; whose `at` lies ahead then is put off.

    Args:
        done: the slot of its newest wave; None where it has none.
        zone: the body's, for schedules without their own.
    """
    plan = campaign.plan
    planned = now if campaign.next_at is None else min(now, campaign.next_at - _BEFORE)
    since = planned if plan.schedule.by_person else campaign.launched_at or planned
    day = _Days(days.with_ends(now), zone_of(plan.schedule, zone), plan.hours, plan.audience.units)
    return next(_slots(plan.schedule, day, after=planned, since=since, done=done), None)


def zone_of(schedule: Schedule, zone: ZoneInfo) -> ZoneInfo:
    """The schedule's own zone, else the body's."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else zone


def month_slot(now: datetime, zone: ZoneInfo) -> str:
    """The slot of whoever is asked at this moment by a schedule by person: "2026-11"."""
    return f"{local_of(now, zone):%Y-%m}"


def due_dates(
    schedule: Schedule,
    *,
    day: date,
    zone: ZoneInfo,
    days: ClosedDays,
    since: date | None = None,
    hours: Hours | None = None,
    units: tuple[str, ...] = (),
) -> list[date]:
    """Whose turn it is on a day on which a schedule by date fires: the people's own dates.

    Somebody who joined on 3 August, asked after 90 days, is due on 1 November, a Sunday; by the
    rule "next" they come on Monday with those of Saturday and Monday. Nobody is lost when the
    calendar changes: with `since`, all days after it are covered. Who comes twice by that is in
    the month's wave once.

    Args:
        day: a local day, open.
        since: the day on which it fired last.
    """
    assert schedule.after is not None
    known = _Days(days, zone, hours or Hours(), units)
    first = last = day
    if schedule.when_closed is not WhenClosed.SKIP:
        if since is not None:
            first = min(day, since + _DAY)
        elif schedule.when_closed is WhenClosed.NEXT:
            first = known.first_of_closed_before(day, schedule.at)
        if schedule.when_closed is WhenClosed.PREVIOUS:
            last = known.last_of_closed_after(day, schedule.at)
    return [
        first + timedelta(days=number - schedule.after.days)
        for number in range((last - first).days + 1)
    ]


def due_on(value: date, after: AfterDate) -> date:
    """The day on which somebody with this date is due, before it is moved."""
    return value + timedelta(days=after.days)


@dataclass(frozen=True, slots=True)
class _Days:
    """On which days something may be sent, as one schedule sees them."""

    days: ClosedDays
    zone: ZoneInfo
    hours: Hours
    units: tuple[str, ...]

    def at(self, day: date, clock: time) -> datetime:
        return moment_of(datetime.combine(day, clock), self.zone)

    def why_closed(self, day: date, clock: time) -> str | None:
        """Why nothing is sent on this day, or not at this time of it."""
        why = self.days.closed(day, self.units, weekends=self.hours.weekends)
        if why is None and self.days.pauses and (pause := self.days.paused(self.at(day, clock))):
            return pause.name
        return why

    def nearest(self, day: date, clock: time, step: timedelta) -> date | None:
        """The nearest open day in one direction; None where all of a year is closed."""
        for number in range(1, LONGEST_SEARCH + 1):
            found = day + step * number
            if self.why_closed(found, clock) is None:
                return found
        return None

    def first_of_closed_before(self, day: date, clock: time) -> date:
        open_before = self.nearest(day, clock, -_DAY)
        return open_before + _DAY if open_before else day - _DAY * LONGEST_SEARCH

    def last_of_closed_after(self, day: date, clock: time) -> date:
        open_after = self.nearest(day, clock, _DAY)
        return open_after - _DAY if open_after else day + _DAY * LONGEST_SEARCH


@dataclass(frozen=True, slots=True)
class _Landing:
    """Where one date of a schedule comes to; `why` says so of one that is moved or left out."""

    local: datetime
    at: datetime
    why: str | None = None
    left_out: bool = False


def _slots(
    schedule: Schedule, days: _Days, *, after: datetime, since: datetime, done: str | None
) -> Iterator[Slot]:
    """Slots later than `done`, else those of moments after `since`; none moves back to `after`."""
    if schedule.on_contact:
        return
    if schedule.after is not None:
        yield from _firings(schedule, days, since)
        return
    last = datetime.fromisoformat(done) if done else None
    landings = (
        _landing(local, schedule.when_closed, days, after)
        for local in _dates(schedule, days, after=after, since=since, done=last)
    )
    for (at, left_out), together in groupby(landings, key=lambda each: (each.at, each.left_out)):
        if last is not None or at > since:
            yield _slot(list(together), at, left_out=left_out)


def _dates(
    schedule: Schedule, days: _Days, *, after: datetime, since: datetime, done: datetime | None
) -> Iterator[datetime]:
    """The dates of a schedule from the first that may still be to come."""
    assert schedule.start is not None
    dates: Iterator[datetime] = (
        iter(read_rule(schedule, zone=days.zone)) if schedule.rrule else iter([schedule.start])
    )
    for local in dates:
        if done is None:
            passed = _has_passed(local, schedule.when_closed, days, after=after, since=since)
        else:
            passed = local <= done
        if not passed:
            yield local
            yield from dates


def _has_passed(
    local: datetime, rule: WhenClosed, days: _Days, *, after: datetime, since: datetime
) -> bool:
    """Whether a date was before `since` and was not moved beyond it."""
    at = moment_of(local, days.zone)
    if at > since:
        return False
    if rule is not WhenClosed.NEXT or (since - at).days > LONGEST_SEARCH:
        return True
    return _landing(local, rule, days, after).at <= since


def _landing(local: datetime, rule: WhenClosed, days: _Days, after: datetime) -> _Landing:
    day, clock = local.date(), local.time()
    why = days.why_closed(day, clock)
    if why is None:
        return _Landing(local, days.at(day, clock))
    found = None
    if rule is WhenClosed.PREVIOUS:
        found = days.nearest(day, clock, -_DAY)
        if found is not None and days.at(found, clock) <= after:
            found = None
    if found is None and rule is not WhenClosed.SKIP:
        found = days.nearest(day, clock, _DAY)
    if found is None:
        return _Landing(local, days.at(day, clock), why, left_out=True)
    return _Landing(local, days.at(found, clock), why)


def _slot(together: list[_Landing], at: datetime, *, left_out: bool) -> Slot:
    """One wave of dates that came to the same moment; it is moved where all of them are."""
    own = next((each for each in together if each.why is None), together[-1])
    return Slot(
        slot=together[-1].local.isoformat(timespec="minutes"),
        at=at,
        moved_from=own.local.date() if own.why and not left_out else None,
        left_out=left_out,
        why=own.why,
        merged=tuple(each.local.date() for each in together if each is not own),
    )


def _firings(schedule: Schedule, days: _Days, after: datetime) -> Iterator[Slot]:
    """Each open day of a schedule by a date of the person."""
    day = local_of(after, days.zone).date()
    if days.why_closed(day, schedule.at) is None and days.at(day, schedule.at) > after:
        yield _firing(schedule, days, day)
    while (found := days.nearest(day, schedule.at, _DAY)) is not None:
        day = found
        yield _firing(schedule, days, day)


def _firing(schedule: Schedule, days: _Days, day: date) -> Slot:
    return Slot(f"{day:%Y-%m}", days.at(day, schedule.at))
