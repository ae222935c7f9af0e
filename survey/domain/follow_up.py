"""What the program itself does about a case as time goes by: clocks told, the reporter asked again.

`follow_up` says what is to be added to a timeline now, and when to look again. It reads what was
done from the timeline alone, so that whoever looks twice, or late, does each thing once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from survey.domain.cases import Audience, Case, CaseState, Entry, EntryKind, Said, Side, Weight

ASK_AGAIN_AFTER: Final = timedelta(days=3)
"""Whether it is fixed, once more, so long after it was said to be."""

WATCHED_FOR: Final = timedelta(weeks=4)
"""What seems to be fixed, where nobody said until when."""

LAPSES_AFTER: Final = timedelta(days=4)
"""Closed as not confirmed so long after the second time of asking."""

CHECK_AFTER: Final = timedelta(weeks=4)
"""Whether it still holds, for problems of substance; a snag is not worth the question."""

WARNED_BEFORE: Final = timedelta(hours=4)
"""Before a clock runs out, by the clock on the wall."""


class Clock(StrEnum):
    """The clocks of a case, by the field that says when each runs out."""

    ACKNOWLEDGE = "acknowledge_by"
    UPDATE = "update_by"
    FIX = "fix_by"


class Stage(StrEnum):
    """What is told of a clock, each once for each moment at which it was to run out."""

    WARNING = "warning"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class _Step:
    at: datetime
    said: Said


def follow_up(
    case: Case, timeline: Sequence[Entry], *, now: datetime
) -> tuple[tuple[Said, ...], datetime | None]:
    """The entries that are due now, oldest first, and when the next one is; None: nothing is."""
    steps = sorted(_steps(case, timeline, now), key=lambda step: step.at)
    due = tuple(step.said for step in steps if step.at <= now)
    return due, next((step.at for step in steps if step.at > now), None)


def _steps(case: Case, timeline: Sequence[Entry], now: datetime) -> Iterator[_Step]:
    """What is still to be done, as things stand."""
    watched: datetime | None = None
    match case.state:
        case CaseState.MONITORED:
            watched = _watched(timeline)
            # It is the news that was promised by then.
            yield _Step(watched, _by_itself(EntryKind.FIXED))
        case CaseState.FIXED if case.fixed_at is not None:
            yield _asking(case.fixed_at, timeline)
        case CaseState.CONFIRMED if case.weight is Weight.SUBSTANTIVE and case.ended_at is not None:
            if not _since(timeline, EntryKind.FOLLOWED_UP, case.ended_at):
                yield _Step(case.ended_at + CHECK_AFTER, _by_itself(EntryKind.FOLLOWED_UP))
    told = {
        (entry.data["clock"], entry.data["by"], entry.data["stage"])
        for entry in timeline
        if entry.kind is EntryKind.BREACHED
    }
    for clock in Clock:
        by: datetime | None = getattr(case, clock)
        if by is not None and (clock is not Clock.UPDATE or by != watched):
            yield from (
                step
                for step in _clock(clock, by, now)
                if (clock, by.isoformat(), step.said.data["stage"]) not in told
            )


def _watched(timeline: Sequence[Entry]) -> datetime:
    """Until when it is watched; its reporter is asked then whether it is fixed."""
    last = [entry for entry in timeline if entry.kind is EntryKind.MONITORED][-1]
    until = last.data.get("until")
    return datetime.fromisoformat(until) if until else last.at + WATCHED_FOR


def _asking(fixed_at: datetime, timeline: Sequence[Entry]) -> _Step:
    """Once more, or, where that was done, the end of waiting."""
    again = _since(timeline, EntryKind.ASKED_AGAIN, fixed_at)
    if not again:
        return _Step(fixed_at + ASK_AGAIN_AFTER, _by_itself(EntryKind.ASKED_AGAIN))
    return _Step(again[-1].at + LAPSES_AFTER, _by_itself(EntryKind.LAPSED))


def _clock(clock: Clock, by: datetime, now: datetime) -> Iterator[_Step]:
    stages = ((Stage.WARNING, by - WARNED_BEFORE), (Stage.BREACH, by))
    # Nobody is warned of what has happened.
    for stage, at in stages if by > now else stages[1:]:
        data = {"clock": clock.value, "by": by.isoformat(), "stage": stage.value}
        yield _Step(at, _by_itself(EntryKind.BREACHED, Audience.STAFF, data))


def _since(timeline: Iterable[Entry], kind: EntryKind, since: datetime) -> list[Entry]:
    return [entry for entry in timeline if entry.kind is kind and entry.at >= since]


def _by_itself(
    kind: EntryKind, audience: Audience = Audience.REPORTER, data: dict[str, str] | None = None
) -> Said:
    return Said(kind=kind, side=Side.SERVICE, audience=audience, data=data or {})
