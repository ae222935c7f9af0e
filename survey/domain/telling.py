"""Which entries a reporter is told of, and when: at once, or with the rest of a day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from survey.domain.case_records import TellingKind
from survey.domain.cases import Audience, Case, Entry, EntryKind, Side

BUNDLE: Final = timedelta(hours=24)
"""What may wait is told so long after the last message at the earliest."""

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
        return f"person:{case.person}"
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


def due(kind: TellingKind, *, now: datetime, last_told: datetime | None) -> datetime:
    """When it may leave: at once where it is the reporter's turn, or after a day of silence."""
    if not kind.waits or last_told is None:
        return now
    return max(now, last_told + BUNDLE)
