"""Whether a problem was solved at first contact, as its timeline tells.

The reporter decides: they confirm the first fix, after one reply at most and without having been
asked anything, and it is not opened again within 14 days. What is closed in any other way (not
confirmed, declined, merged) is neither yes nor no, and so outside the rate.

Source: methods.md, "FCR": contacts resolved at first contact / resolvable contacts; say who decides
and the window, commonly 7 to 14 days.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from survey.domain.cases import Audience, Entry, EntryKind, Side, Verdict

REOPENS_WITHIN: Final = timedelta(days=14)
MOST_REPLIES: Final = 1

_VERDICTS: Final = (EntryKind.JUDGED, EntryKind.CHECKED)


class FirstContact(StrEnum):
    YES = "yes"
    NO = "no"
    NOT_YET = "not_yet"
    """Confirmed at the first reply, and the 14 days go on."""
    NONE = "none"
    """The reporter has not said whether it is fixed."""


def first_contact(timeline: Sequence[Entry], *, now: datetime) -> FirstContact:
    """What one case counts as at this moment; `timeline` has the oldest entry first."""
    judged = next((at for at, each in enumerate(timeline) if each.kind in _VERDICTS), None)
    if judged is None:
        # Whoever opens again what nobody judged has said that it was not solved.
        reopened = any(each.kind is EntryKind.REOPENED for each in timeline)
        return FirstContact.NO if reopened else FirstContact.NONE
    before, verdict, after = timeline[:judged], timeline[judged], timeline[judged + 1 :]
    if not _is_yes(verdict) or not _at_once(before) or _reopened(after, within_of=verdict.at):
        return FirstContact.NO
    return FirstContact.YES if now >= verdict.at + REOPENS_WITHIN else FirstContact.NOT_YET


def rate(found: Iterable[FirstContact]) -> Fraction | None:
    """Yes of yes and no, exact; None where there are neither."""
    counted = [each for each in found if each in (FirstContact.YES, FirstContact.NO)]
    if not counted:
        return None
    return Fraction(sum(each is FirstContact.YES for each in counted), len(counted))


def _at_once(before: Sequence[Entry]) -> bool:
    """Whether so little was said up to the first fix that one contact was enough."""
    kinds = [each.kind for each in before]
    if EntryKind.ASKED in kinds or EntryKind.REOPENED in kinds:
        return False
    upto = kinds.index(EntryKind.FIXED) if EntryKind.FIXED in kinds else len(kinds)
    return sum(map(_is_reply, before[:upto])) <= MOST_REPLIES


def _is_reply(entry: Entry) -> bool:
    from_them = entry.side is Side.REPORTER
    return entry.kind is EntryKind.MESSAGE and not from_them and entry.for_(Audience.REPORTER)


def _reopened(after: Iterable[Entry], *, within_of: datetime) -> bool:
    return any(
        each.at < within_of + REOPENS_WITHIN
        and (each.kind is EntryKind.REOPENED or (each.kind in _VERDICTS and not _is_yes(each)))
        for each in after
    )


def _is_yes(verdict: Entry) -> bool:
    return bool(verdict.data["verdict"] == Verdict.FIXED)
