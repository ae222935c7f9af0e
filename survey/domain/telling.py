"""Which entries a reporter is told of, and when: at once, or with the rest of a day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from survey.domain.audit import REPORTER
from survey.domain.case_records import Telling, TellingKind
from survey.domain.cases import Audience, Case, CaseState, Entry, EntryKind, Side
from survey.domain.named import account_of, named_person
from survey.domain.waves import Outcome

BUNDLE: Final = timedelta(hours=24)
"""What may wait is told so long after the last message at the earliest."""

MOST_REPEATS: Final = 20
"""How often a message that may have been sent is sent again: once for each process that died with
it, since what is lost is worse than what is read twice. One with which so many died is at fault."""

MOST_DOUBTS: Final = 3
"""How often it is sent again after a line broke while it was under way."""

MOST_LETTERS: Final = 3
"""So many letters a day say to one address that a report came in, and so many go at all to one that
nobody has shown to be theirs: whoever reports may type anybody's."""

A_DAY: Final = timedelta(hours=24)

TOO_MANY: Final = "too_many"
"""Why somebody is not told that their report came in: `MOST_LETTERS` went there."""

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
    EntryKind.UNKEPT: TellingKind.UNKEPT,
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


def parts(case: Case, entry: Entry, receiver: str) -> Sequence[int]:
    """The files of an entry that leave after its words, each by itself (`Telling.part`).

    Those of the report itself are the reporter's own. What is for few stays behind the link, and a
    letter leads there too.
    """
    if entry.number == 1 or case.restricted or receiver.startswith("email:"):
        return ()
    return range(1, len(entry.files) + 1)


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


def answered_by_letter(timeline: Sequence[Entry]) -> bool:
    """Whether somebody has answered from the address that it is told to."""
    return any(
        each.actor == str(REPORTER) and each.data.get("by") == "email" and each.number > 1
        for each in timeline
    )


def withheld(
    kind: TellingKind,
    about: Entry,
    *,
    receipts: int,
    letters: Sequence[datetime],
    confirmed: bool,
) -> datetime | str | None:
    """Until when, or why for good, a letter to somebody's address waits; None: it may leave.

    Whoever reads that their report came in reads it on the page as well, and so it is not sent
    later. What staff wrote down for somebody on the telephone was typed by nobody else.

    Args:
        receipts: how many letters of the last day said that a report came in.
        letters: when all letters of the last day left, the oldest first.
        confirmed: it is known whose address it is.
    """
    by_staff = account_of(about.actor) is not None
    full = not confirmed and len(letters) >= MOST_LETTERS
    if kind is TellingKind.RECEIVED and not by_staff and (full or receipts >= MOST_LETTERS):
        return TOO_MANY
    return letters[-MOST_LETTERS] + A_DAY if full else None


def why_no_receipt(case: Case, tellings: Iterable[Telling]) -> str:
    """Why whoever reported it got no letter that it came in, as in `Telling.reason`; '' where they
    did, or none was to leave."""
    mine = f"email:{case.email}"
    reasons = (
        each.reason or ""
        for each in tellings
        if each.kind is TellingKind.RECEIVED
        and each.receiver == mine
        and each.outcome in (Outcome.FAILED, Outcome.BLOCKED)
    )
    return next(reasons, "")


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
