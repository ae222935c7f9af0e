"""Whether a problem was solved at first contact, as each entry of its timeline adds to it.

The reporter decides: they confirm the first fix, after one reply at most and without having been
asked anything, and it is not opened again within 14 days. What is closed in any other way (not
confirmed, declined, merged) is neither yes nor no, and so outside the rate.

Source: methods.md, "FCR": contacts resolved at first contact / resolvable contacts; say who decides
and the window, commonly 7 to 14 days.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from survey.domain.cases import Case, Entry, EntryKind, FirstContact, Verdict

HELD_FOR: Final = timedelta(days=14)
"""A confirmed fix counts once it has held for so long."""

MOST_REPLIES: Final = 1

_UNJUDGED: Final = (None, FirstContact.ASKED)


def contacted(before: Case, after: Case, entry: Entry) -> Case:
    """`after`, with what this entry says of first contact; `before` is the case without it."""
    known = before.first_contact
    match entry.kind:
        case EntryKind.ASKED if known is None:
            return replace(after, first_contact=FirstContact.ASKED)
        case EntryKind.REOPENED if known in _UNJUDGED:
            # Whoever opens again what nobody judged has said that it was not solved.
            return replace(after, first_contact=FirstContact.NO)
        case EntryKind.JUDGED | EntryKind.CHECKED if known in _UNJUDGED:
            at_once = known is None and before.replies <= MOST_REPLIES
            yes = at_once and entry.data["verdict"] == Verdict.FIXED
            told = FirstContact.CONFIRMED if yes else FirstContact.NO
            return replace(after, first_contact=told, judged_at=entry.at)
    if known is FirstContact.CONFIRMED and _opens_again(entry) and not _has_held(before, entry):
        return replace(after, first_contact=FirstContact.NO)
    return after


def _opens_again(entry: Entry) -> bool:
    if entry.kind in (EntryKind.JUDGED, EntryKind.CHECKED):
        return bool(entry.data["verdict"] != Verdict.FIXED)
    return entry.kind is EntryKind.REOPENED


def _has_held(case: Case, entry: Entry) -> bool:
    return case.judged_at is not None and entry.at >= case.judged_at + HELD_FOR
