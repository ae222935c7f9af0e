"""Which clocks of a case run after each entry, and when they run out.

Three: until somebody acknowledges it, until the reporter next hears of it, until it is fixed.
Waiting for the reporter stops the last one only.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from survey.domain.cases import Audience, Case, CaseKind, CaseState, Entry, EntryKind, Side
from survey.domain.clocks import Work
from survey.domain.promises import Times

NOTIFIED_WITHIN: Final = timedelta(hours=72)
"""By the clock on the wall: UK GDPR, article 33(1)."""

_HEARD: Final = frozenset(
    {EntryKind.ACKNOWLEDGED, EntryKind.STARTED, EntryKind.ASKED, EntryKind.MESSAGE}
)
"""After which, where the reporter may read them, they have heard something."""

_MINUTE: Final = timedelta(minutes=1)


def started(case: Case, work: Work) -> Case:
    """The case as it was reported, with all three clocks running."""
    times = _times(case, work)
    return replace(
        case,
        acknowledge_by=work.after(case.opened_at, times.acknowledge),
        update_by=work.after(case.opened_at, times.update),
        fix_by=_fix_by(case, work, since=case.opened_at),
    )


def clocked(before: Case, after: Case, entry: Entry, work: Work) -> Case:
    """The case after an entry, with its clocks as the entry leaves them.

    `work` is that of the service that it is about by now.
    """
    if not after.state.open:
        return replace(after, acknowledge_by=None, update_by=None, fix_by=None, fix_left=None)
    if before.service != after.service or before.priority != after.priority:
        after = _anew(before, after, entry, work)
    if after.acknowledged_at is not None:
        after = replace(after, acknowledge_by=None)
    return _fix(before, _news(after, entry, work), entry, work)


def _anew(before: Case, case: Case, entry: Entry, work: Work) -> Case:
    """Other times hold from now on; a fix is still counted from the report where it was never
    fixed, and news that were promised earlier stay promised."""
    times, since = _times(case, work), entry.at if case.reopenings else case.opened_at
    fresh = replace(
        case,
        acknowledge_by=work.after(case.opened_at, times.acknowledge),
        update_by=_first(case.update_by, work.after(entry.at, times.update)),
    )
    if case.fix_left is not None:
        used = work.promise.times[before.priority].fix * 60 - case.fix_left
        return replace(fresh, fix_left=max(0, round(times.fix * 60 - used)))
    if case.fix_by is None:
        return fresh
    return replace(fresh, fix_by=_fix_by(case, work, since=since))


def _news(case: Case, entry: Entry, work: Work) -> Case:
    match entry.kind, case.state:
        case EntryKind.PLANNED, _:
            return replace(case, update_by=_moment(entry.data, "at"))
        case EntryKind.MONITORED, _:
            return replace(case, update_by=_moment(entry.data, "until"))
        case _, CaseState.FIXED:
            return replace(case, update_by=None)
    heard = entry.kind in _HEARD and entry.side is not Side.REPORTER
    if (heard and entry.for_(Audience.REPORTER)) or _reopens(entry, case):
        return replace(case, update_by=work.after(entry.at, _times(case, work).update))
    return case


def _fix(before: Case, after: Case, entry: Entry, work: Work) -> Case:
    match after.state:
        case CaseState.FIXED | CaseState.MONITORED:
            return replace(after, fix_by=None, fix_left=None)
        case CaseState.WAITING if after.kind is CaseKind.DATA_ASTRAY:
            return after  # the regulator waits for nobody's answer
        case CaseState.WAITING if after.fix_by is not None:
            left = work.between(entry.at, after.fix_by) // _MINUTE
            return replace(after, fix_by=None, fix_left=left)
        case CaseState.WAITING:
            return after
        case _ if after.fix_left is not None:
            by = work.after(entry.at, after.fix_left / 60)
            return replace(after, fix_by=_first(by, _cut_off(after, entry.at, work)), fix_left=None)
        case CaseState.REOPENED if before.state is not CaseState.REOPENED:
            return replace(after, fix_by=_fix_by(after, work, since=entry.at))
    return after


def _reopens(entry: Entry, case: Case) -> bool:
    return case.state is CaseState.REOPENED and entry.kind in {
        EntryKind.JUDGED,
        EntryKind.CHECKED,
        EntryKind.REOPENED,
    }


def _fix_by(case: Case, work: Work, *, since: datetime) -> datetime | None:
    if case.kind is CaseKind.DATA_ASTRAY:
        return case.opened_at + NOTIFIED_WITHIN
    by = work.after(since, _times(case, work).fix)
    return _first(by, _cut_off(case, since, work))


def _cut_off(case: Case, since: datetime, work: Work) -> datetime | None:
    found = work.cut_off(since, case.kind)
    return found[1] if found else None


def _first(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def _times(case: Case, work: Work) -> Times:
    return work.promise.times[case.priority]


def _moment(data: Mapping[str, object], name: str) -> datetime:
    return datetime.fromisoformat(str(data[name]))
