"""Which entries a reporter is told of, and when: at once, or with the rest of a day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from survey.domain.case_records import TellingKind
from survey.domain.cases import Audience, Case, CaseState, Entry, EntryKind, Side
from survey.domain.named import named_person

BUNDLE: Final = timedelta(hours=24)
"""What may wait is told so long after the last message at the earliest."""

MOST_REPEATS: Final = 20
"""How often a message that may have been sent is sent again: once for each process that died with
it, since what is lost is worse than what is read twice. One with which so many died is at fault."""

MOST_DOUBTS: Final = 3
"""How often it is sent again after a line broke while it was under way."""

_TOLD: Final[Mapping[EntryKind, TellingKind]] = {
    EntryKind.REPORTED: TellingKind.RECEIVED,
    EntryKind.MESSAGE: TellingKind.REPLY,
    EntryKind.ASKED: TellingKind.QUESTION,
    EntryKind.FIXED: TellingKind.FIXED,
    EntryKind.ASKED_AGAIN: TellingKind.ASKED_AGAIN,
    EntryKind.FOLLOWED_UP: TellingKind.CHECK,
    EntryKind.ACKNOWLEDGED: TellingKind.UPDATE,
    EntryKind.STARTED: TellingKind.UPDATE,
    EntryKind.MONITORED: TellingKind.UPDATE,
    EntryKind.PLANNED: TellingKind.UPDATE,
    EntryKind.LAPSED: TellingKind.UPDATE,
    EntryKind.DECLINED: TellingKind.UPDATE,
    EntryKind.REOPENED: TellingKind.UPDATE,
    EntryKind.MERGED: TellingKind.UPDATE,
}


def receiver_of(case: Case) -> str | None:
    """Who is told of a case, as `Telling.receiver`; None where nobody can be reached."""
    if case.person is not None:
        return named_person(case.person)
    if case.chat is not None:
        return case.chat
    return f"email:{case.email}" if case.email else None


def told(entry: Entry) -> TellingKind | None:
    """What its reporter is told when this entry is added; None where nothing.

    Nobody is told of their own words, but that they were received; and of no entry that they may
    not read.
    """
    if not entry.for_(Audience.REPORTER):
        return None
    if entry.side is Side.REPORTER and entry.kind is not EntryKind.REPORTED:
        return None
    return _TOLD.get(entry.kind)


def due(
    kind: TellingKind,
    *,
    now: datetime,
    last_told: datetime | None,
    last_heard: datetime | None = None,
) -> datetime:
    """When it may leave: at once where it is the reporter's turn, or after a day of silence.

    Whoever has written since they were told something (`last_heard`) waits for an answer: that is
    not kept from them until the day is over.
    """
    if not kind.waits or last_told is None:
        return now
    if kind is TellingKind.REPLY and last_heard is not None and last_heard > last_told:
        return now
    return max(now, last_told + BUNDLE)


def heard(timeline: Sequence[Entry]) -> datetime | None:
    """When its reporter wrote last, after the report itself."""
    return max((each.at for each in timeline if _is_theirs(each)), default=None)


def still_wanted(kind: TellingKind, about: Entry, case: Case, timeline: Sequence[Entry]) -> bool:
    """Whether a message that is about to leave still says what is so.

    Nobody is asked what they have answered meanwhile on another way, or what is not asked any more.
    """
    later = [each for each in timeline if each.number > about.number]
    match kind:
        case TellingKind.QUESTION:
            return not any(map(_is_theirs, later)) and case.state.open
        case TellingKind.FIXED | TellingKind.ASKED_AGAIN:
            reopened = any(each.kind is EntryKind.REOPENED for each in later)
            return case.state is CaseState.FIXED and not reopened
        case TellingKind.CHECK:
            judged = any(each.kind is EntryKind.CHECKED for each in later)
            return case.state is CaseState.CONFIRMED and not judged
    return True


def _is_theirs(entry: Entry) -> bool:
    return entry.side is Side.REPORTER and entry.kind is EntryKind.MESSAGE
