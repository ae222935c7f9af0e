"""Random schedules, hours, closures and pauses of 2026 to 2035, and what must be true of each.

What is true is worked out here by other means than the program's: minute by minute, day by day.
A case follows from its seed alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, takewhile
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from holidays import country_holidays

from survey.domain.campaign import Hours, Nation, Schedule, WhenClosed
from survey.domain.open_hours import ClosedDays, Leave, may_leave
from survey.domain.schedule import Slot, next_slots
from survey.domain.waves import Closure, HoldReason, Pause, PauseKind

SLOTS = 12
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_ZONES = [ZoneInfo(name) for name in ("Europe/London",) * 4 + ("Europe/Paris", "Asia/Beirut")]
_LINES = {
    "schools": ("schools", ""),
    "oakfield": ("oakfield", "schools", ""),
    "elmwood": ("elmwood", "schools", ""),
    "care": ("care", ""),
}
_SUBDIVISIONS = dict(zip(Nation, ("ENG", "WLS", "SCT", "NIR"), strict=True))
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@cache
def _holidays(nation: Nation) -> frozenset[date]:
    years = range(2020, 2110)
    return frozenset(country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=years))


@dataclass(frozen=True, slots=True)
class Case:
    """One calendar, and a schedule and a moment on it."""

    schedule: Schedule
    hours: Hours
    zone: ZoneInfo
    days: ClosedDays
    units: tuple[str, ...]
    now: datetime

    # --- what is true, by the plainest means ---

    def day_is_closed(self, day: date) -> bool:
        if day.weekday() > 4 and not self.hours.weekends:
            return True
        if self.days.nation is not None and day in _holidays(self.days.nation):
            return True
        closed = {each.unit for each in self.days.closures if each.day == day}
        of_units = [bool(closed & set(_LINES[unit])) for unit in self.units]
        return "" in closed or (bool(of_units) and all(of_units))

    def is_paused(self, at: datetime) -> bool:
        return any(
            each.begins_at <= at and (each.ends_at is None or at < each.ends_at)
            for each in self.days.pauses
        )

    def may_leave_at(self, at: datetime) -> bool:
        shown = at.astimezone(self.zone)
        within = self.hours.opens <= shown.time() < self.hours.until
        return within and not self.day_is_closed(shown.date()) and not self.is_paused(at)

    def fires_on(self, day: date, clock: time) -> bool:
        """Whether a date may land on this day."""
        return not self.day_is_closed(day) and not self.is_paused(_moment(day, clock, self.zone))


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first minute at which the clock shows this time or, where it never does, a later one."""
    wanted = datetime.combine(day, clock)
    at = datetime.combine(day, clock, UTC) - timedelta(hours=4)
    step = timedelta(hours=1)
    while _shown(at + step, zone) < wanted:
        at += step
    while _shown(at, zone) < wanted:
        at += _MINUTE
    return at


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


# --- making ---


def a_case(chance: Random) -> Case:
    zone = chance.choice(_ZONES)
    first = date(2026, 1, 1) + _DAY * chance.randrange(3652)
    return Case(
        schedule=_schedule(chance, first),
        hours=_hours(chance),
        zone=zone,
        days=ClosedDays(
            nation=chance.choice([None, *Nation]),
            closures=list(_closures(chance, first)),
            pauses=[_pause(chance, first) for _ in range(chance.choice([0, 0, 1, 2]))],
            zone=zone,
            lines=_LINES,
        ),
        units=tuple(chance.sample(sorted(_LINES), chance.choice([0, 0, 1, 2]))),
        now=_now(chance, first, zone),
    )


def _now(chance: Random, first: date, zone: ZoneInfo) -> datetime:
    """Any minute, and often one near a clock change."""
    at = datetime.combine(first, time(), UTC) + _MINUTE * chance.randrange(60 * 24 * 60)
    if chance.random() < 0.4:
        for _ in range(400):
            if at.astimezone(zone).utcoffset() != (at + _DAY).astimezone(zone).utcoffset():
                break
            at += _DAY
    return at


def _clock(chance: Random) -> time:
    return time(chance.choice([0, 1, 1, 2, 8, 9, 9, 12, 18, 23]), chance.choice([0, 15, 30, 59]))


def _hours(chance: Random) -> Hours:
    opens, until = sorted((_clock(chance), _clock(chance)))
    if opens == until:
        return Hours(weekends=chance.random() < 0.5)
    return Hours(opens=opens, until=until, weekends=chance.random() < 0.5)


def _closures(chance: Random, first: date) -> Iterator[Closure]:
    for _ in range(chance.choice([0, 1, 3, 6])):
        begin = first + _DAY * chance.randrange(-10, 400)
        unit = chance.choice(["", *_LINES])
        for day in range(chance.choice([1, 2, 5, 12])):
            yield Closure(begin + _DAY * day, unit, "Closed")


def _pause(chance: Random, first: date) -> Pause:
    begins = datetime.combine(first, time(), UTC) + _MINUTE * chance.randrange(60 * 24 * 90)
    lasts = _MINUTE * chance.choice([1, 90, 60 * 24 * 2, 60 * 24 * 45])
    ends = None if chance.random() < 0.15 else begins + lasts
    return Pause(UUID(int=0), PauseKind.OTHER, "Pause", begins, ends)


def _schedule(chance: Random, first: date) -> Schedule:
    start = datetime.combine(first, _clock(chance))
    closed = chance.choice(list(WhenClosed))
    if chance.random() < 0.1:
        return Schedule(start=start, when_closed=closed)
    return Schedule(start=start, rrule=_rule(chance), when_closed=closed)


def _rule(chance: Random) -> str:
    day, nth = chance.choice(_DAYS), chance.choice([1, 2, 4, 5, -1])
    rule = chance.choice(
        [
            f"FREQ=DAILY;INTERVAL={chance.choice([1, 1, 2, 45])}",
            f"FREQ=WEEKLY;INTERVAL={chance.choice([1, 2])};BYDAY={day},{chance.choice(_DAYS)}",
            f"FREQ=MONTHLY;BYDAY={nth}{day}",
            f"FREQ=MONTHLY;BYMONTHDAY={chance.choice([1, 15, 29, 30, 31, -1])}",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            f"FREQ=YEARLY;BYMONTH={chance.randint(1, 12)};BYDAY={nth}{day}",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            f"FREQ=YEARLY;BYWEEKNO=53;BYDAY={day}",
        ]
    )
    return f"{rule};COUNT={chance.randint(1, 30)}" if chance.random() < 0.3 else rule


# --- what must be true ---


def check(chance: Random) -> Counter[str]:
    """Play one case; what it covered. Raises: AssertionError."""
    case = a_case(chance)
    covered = Counter({"schedules": 1})
    found = may_leave(case.now, hours=case.hours, zone=case.zone, days=case.days, units=case.units)
    _check_leave(case, found, chance)
    covered["may leave" if found.ok else f"held, {found.hold}"] += 1
    covered += _check_slots(case)
    return covered


def _check_leave(case: Case, found: Leave, chance: Random) -> None:
    assert found.ok == case.may_leave_at(case.now), (case, found)
    if found.ok:
        return
    reason = HoldReason.QUIET_HOURS
    if case.day_is_closed(case.now.astimezone(case.zone).date()):
        reason = HoldReason.CLOSED_DAY
    if case.is_paused(case.now):
        reason = HoldReason.PAUSE
    assert found.hold is reason
    end = found.until or case.now + _DAY * 365
    if found.until is not None:
        assert case.may_leave_at(found.until), (case, found)
    for at in _moments_between(case, end, chance):
        assert not case.may_leave_at(at), (case, found, at)


def _moments_between(case: Case, end: datetime, chance: Random) -> Iterator[datetime]:
    """Those at which something could begin to be allowed, the last one, and some others."""
    minutes = int((end - case.now) / _MINUTE)
    if minutes <= 0:
        return
    if minutes <= 180:
        yield from (case.now + _MINUTE * each for each in range(minutes))
        return
    yield end - _MINUTE
    yield from (case.now + _MINUTE * chance.randrange(minutes) for _ in range(10))
    starts = [each.ends_at for each in case.days.pauses if each.ends_at]
    day, last = case.now.astimezone(case.zone).date(), end.astimezone(case.zone).date()
    while day <= last and day < case.now.date() + _DAY * 40:
        starts.append(_moment(day, case.hours.opens, case.zone))
        day += _DAY
    yield from (each for each in starts if case.now <= each < end)


def _check_slots(case: Case) -> Counter[str]:
    """Every date is fired, merged, moved with a reason or left out with one, and in order."""
    done = _shown(case.now, case.zone)
    found = next_slots(
        case.schedule,
        after=case.now,
        zone=case.zone,
        days=case.days,
        count=SLOTS,
        hours=case.hours,
        units=case.units,
        done=done.isoformat(timespec="minutes"),
    )
    dates = _dates(case, done, datetime.fromisoformat(found[-1].slot) if found else None)
    stood_for = [each for slot in found for each in sorted({*slot.merged, _own(slot, case.zone)})]
    assert stood_for == [each.date() for each in dates], (case, found)
    fired = [each.at for each in found if not each.left_out]
    assert all(one < later for one, later in pairwise(fired)), (case, found)
    known = Case(
        case.schedule,
        case.hours,
        case.zone,
        case.days.with_ends(case.now),
        case.units,
        case.now,
    )
    covered: Counter[str] = Counter()
    clock = dates[0].time() if dates else time()
    for slot in found:
        covered += _check_slot(known, slot, clock)
    return covered


def _own(slot: Slot, zone: ZoneInfo) -> date:
    """The date of a slot that is not among `merged`."""
    last = datetime.fromisoformat(slot.slot).date()
    return last if last not in slot.merged else slot.at.astimezone(zone).date()


def _dates(case: Case, done: datetime, last: datetime | None) -> list[datetime]:
    """The dates of the schedule from `done` to the last one that a slot stands for, or the end."""
    assert case.schedule.start is not None
    if case.schedule.rrule is None:
        dates: Iterator[datetime] = iter([case.schedule.start])
    else:
        dates = iter(rrulestr(case.schedule.rrule, dtstart=case.schedule.start))
    if last is None:
        return [each for each in takewhile(lambda each: each.year < 2200, dates) if each > done]
    return [each for each in takewhile(lambda each: each <= last, dates) if each > done]


def _check_slot(case: Case, slot: Slot, clock: time) -> Counter[str]:
    rule, landed = case.schedule.when_closed, slot.at.astimezone(case.zone).date()
    own = slot.moved_from or (landed if not slot.left_out else _own(slot, case.zone))
    if slot.left_out:
        assert slot.why
        assert not case.fires_on(own, clock)
        assert rule is WhenClosed.SKIP or not any(
            case.fires_on(own + _DAY * each, clock) for each in range(1, 360)
        )
        return Counter({"dates left out": 1})
    assert case.fires_on(landed, clock), (case, slot)
    assert slot.at == _moment(landed, clock, case.zone)
    assert bool(slot.why) == bool(slot.moved_from)
    moved = [*slot.merged, *([slot.moved_from] if slot.moved_from else [])]
    for day in moved:
        first, last = sorted((day, landed))
        between = [first + _DAY * each for each in range((last - first).days + 1)]
        assert not any(case.fires_on(each, clock) for each in between if each != landed)
        backwards = rule is WhenClosed.PREVIOUS and slot.at > case.now and landed < day
        assert backwards or landed > day
    return Counter({"waves": 1, "dates moved": len(moved)})
