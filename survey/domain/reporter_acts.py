"""What whoever reported a problem does with it, as entries to be."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from survey.domain.cases import (
    Audience,
    Case,
    CaseState,
    Entry,
    EntryKind,
    Priority,
    Said,
    Side,
    Verdict,
)
from survey.domain.distress import noticed
from survey.domain.texts import trimmed
from survey.errors import CaseRefused, Fault, FieldsRejected

WORST: Final = 1
BEST: Final = 5
"""How well it was handled, between these."""

_ENDS: Final = frozenset({EntryKind.FIXED, EntryKind.DECLINED})


def message(text: str, files: tuple[UUID, ...] = ()) -> Said:
    """Raises: FieldsRejected ("required", "too_long", "bad_sign")."""
    plain = trimmed(text, needed=not files)
    return Said(kind=EntryKind.MESSAGE, side=Side.REPORTER, text=plain, files=files)


def judged(case: Case, timeline: Sequence[Entry], verdict: Verdict, text: str = "") -> Said | None:
    """Whether it is fixed, and what is still wrong; what is new of it where they said
    just that before, None where nothing is.

    Whoever confirmed it may say later that it came back, asked or not; whoever said that it is not
    fixed may correct that.

    Raises: CaseRefused, where nobody says that it is fixed; FieldsRejected, as of a message.
    """
    wrote = message(text) if text.strip() else None
    last = next((each for each in reversed(timeline) if each.kind in _SAYS), None)
    same = last is not None and last.data.get("verdict") == verdict.value
    data, plain = {"verdict": verdict.value}, wrote.text if wrote else ""
    if case.state.to_be_judged:
        return Said(kind=EntryKind.JUDGED, side=Side.REPORTER, text=plain, data=data)
    if case.state is CaseState.CONFIRMED and not same:
        return Said(kind=EntryKind.CHECKED, side=Side.REPORTER, text=plain, data=data)
    if case.state is CaseState.REOPENED and last is not None and not same:
        return Said(kind=EntryKind.JUDGED, side=Side.REPORTER, text=plain, data=data)
    if not same:
        raise CaseRefused(EntryKind.JUDGED, case.state)
    return wrote


def routed(case: Case, said: Said) -> Said | None:
    """What the program adds by itself to words of danger from a reporter: from now on few see the
    report, and soon (B20). None where there are none, or it is for few already.
    """
    if said.side is not Side.REPORTER or case.restricted:
        return None
    if not noticed(said.text):
        return None
    data = {"restricted": True, "priority": Priority.URGENT.value}
    return Said(kind=EntryKind.SORTED, side=Side.SERVICE, audience=Audience.STAFF, data=data)


def unkept(name: str, reason: str, file: UUID | None = None) -> Said:
    """What the program adds by itself where a file of theirs is not kept after all.

    `reason` is that of `FileRefused`, or of `Attachment.refused`; `file` its attachment, if any.
    """
    data = {"name": name, "reason": reason, **({"file": str(file)} if file else {})}
    return Said(kind=EntryKind.UNKEPT, side=Side.SERVICE, data=data)


def rated(score: int) -> Said:
    """That they said how it was handled: the score itself is an answer, and not part of it.

    Raises: FieldsRejected ("range").
    """
    if not WORST <= score <= BEST:
        raise FieldsRejected([Fault(("score",), "range", f"it is from {WORST} to {BEST}")])
    return Said(kind=EntryKind.RATED, side=Side.REPORTER)


def ended_by(timeline: Sequence[Entry]) -> int:
    """The number of the entry by which it was last fixed or declined; 0 where it never was."""
    return max((each.number for each in timeline if each.kind in _ENDS), default=0)


def is_rated(timeline: Sequence[Entry]) -> bool:
    """Whether they said how it was handled since it was last fixed or declined."""
    since = ended_by(timeline)
    return any(each.kind is EntryKind.RATED and each.number > since for each in timeline)


def handed_on(to: UUID) -> Said:
    """To a colleague, or taken over by one."""
    return Said(kind=EntryKind.HANDED_ON, side=Side.REPORTER, data={"to": str(to)})


_SAYS: Final = frozenset({EntryKind.JUDGED, EntryKind.CHECKED, EntryKind.FOLLOWED_UP})
"""What a verdict is told apart by: one after a new question is a new one."""
