"""Local clocks and moments: the only place where one is made of the other.

A local time has no offset ("01:30 on 25 October"); a moment is aware and in UTC. On two days a year
they are not one to one, and the rule is:

- a local time that comes twice (01:30 in October) is its first moment;
- a local time that never comes (01:30 in March) is the first moment after the gap (02:00).
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2})?")
_DAY_ALONE: Final = len("2027-03-22")


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment of a local time, by the rule above.

    >>> moment_of(datetime(2026, 10, 25, 1, 30), ZoneInfo("Europe/London")).isoformat()
    '2026-10-25T00:30:00+00:00'
    >>> moment_of(datetime(2026, 3, 29, 1, 30), ZoneInfo("Europe/London")).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    found = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if local_of(found, zone) == local:
        return found
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change(before, found, zone)


def local_of(at: datetime, zone: ZoneInfo) -> datetime:
    """What the local clock shows, without an offset."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def typed_moment(written: str, zone: ZoneInfo, *, whole_day: bool = False) -> datetime | None:
    """What somebody wrote as "2027-03-22" or "2027-03-22T09:00" (or with a space); else None.

    A day alone is its first moment, or with `whole_day` the first moment after it.
    """
    if not _WRITTEN.fullmatch(written):
        return None
    try:
        local = datetime.fromisoformat(written)
        if len(written) == _DAY_ALONE and whole_day:
            local += _DAY
        return moment_of(local, zone)
    except (ValueError, OverflowError):
        return None


def stretches(
    day: date, opens: time, until: time, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """The moments of a day at which the local clock shows `opens` or later, and not `until` yet.

    They are one stretch (first moment, moment after the last), on the day of a clock change
    perhaps none or two, in their order.
    """
    begin, end = moment_of(datetime.combine(day, time()), zone), _midnight_after(day, zone)
    for first, last in _even(begin, end, zone):
        offset = first.astimezone(zone).utcoffset() or timedelta()
        start = max(first, _shifted(day, opens, offset))
        stop = min(last, _shifted(day, until, offset))
        if start < stop:
            yield start, stop


def _midnight_after(day: date, zone: ZoneInfo) -> datetime:
    return moment_of(datetime.combine(day + _DAY, time()), zone)


def _shifted(day: date, clock: time, offset: timedelta) -> datetime:
    return datetime.combine(day, clock, UTC) - offset


def _even(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """A day in parts of one offset each; no zone changes its clocks twice in a day."""
    if begin.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        yield begin, end
    else:
        change = _change(begin, end, zone)
        yield begin, change
        yield change, end


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the offset that `high` has, where `low` has another one."""
    after = high.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high
