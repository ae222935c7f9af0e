"""What a timeline says of its case: the copy that lists and searches read.

`after` takes one entry; `retold` folds all of them. Both give the same, which a test proves for
every timeline that can be.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from survey.domain.cases import (
    Audience,
    Case,
    CaseState,
    Entry,
    EntryKind,
    Priority,
    Side,
    Verdict,
    Weight,
    follows,
)
from survey.domain.first_contact import contacted

_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "service": str,
    "system": str,
    "cause": str,
    "priority": Priority,
    "weight": Weight,
    "impact": int,
    "likelihood": int,
    "restricted": bool,
}
"""What sorting a case may change, and as what it is read."""


def after(case: Case, entry: Entry) -> Case:
    """The case once this entry is part of it.

    Raises: CaseRefused, where it does not follow.
    """
    state = follows(case.state, entry)
    ended = None if state.open else entry.at if case.state.open else case.ended_at
    told = replace(
        case,
        state=state,
        revision=entry.number,
        ended_at=ended,
        handed_over=_handed_over(case, entry),
    )
    told = contacted(case, told, entry)
    if entry.kind in _VERDICTS and case.state is state:
        # Another verdict on the same fix reopens nothing a second time.
        return replace(told, reporter_verdict=Verdict(entry.data["verdict"]))
    note = _NOTES.get(entry.kind)
    return note(told, entry) if note else told


def retold(case: Case, timeline: Iterable[Entry]) -> Case:
    """The same case, folded anew from as it was reported.

    Raises: CaseRefused.
    """
    for entry in timeline:
        case = after(case, entry)
    return case


def _handed_over(case: Case, entry: Entry) -> int | None:
    """With the first word of staff to the provider; sorted to another service it is nobody's yet.

    While it is for few the provider is given nothing of it, and so not that word either.
    """
    if entry.kind is EntryKind.SORTED and "service" in entry.data:
        return None
    to_provider = entry.audience is Audience.PROVIDER and entry.side is Side.STAFF
    if case.handed_over is None and to_provider and not case.restricted:
        return entry.number
    return case.handed_over


_VERDICTS: Final = frozenset({EntryKind.JUDGED, EntryKind.CHECKED})


def _acknowledged(case: Case, entry: Entry) -> Case:
    return case if case.acknowledged_at else replace(case, acknowledged_at=entry.at)


def _message(case: Case, entry: Entry) -> Case:
    """A reply counts until the first fix: one of them alone is first contact."""
    if entry.side is Side.REPORTER or not entry.for_(Audience.REPORTER):
        return case
    return _acknowledged(replace(case, replies=case.replies + (case.fixed_at is None)), entry)


def _assigned(case: Case, entry: Entry) -> Case:
    owner = UUID(entry.data["owner"]) if entry.data.get("owner") else None
    return replace(case, owner=owner, team=entry.data.get("team", ""))


def _sorted(case: Case, entry: Entry) -> Case:
    changed = {name: read(entry.data[name]) for name, read in _READ.items() if name in entry.data}
    if "verdict" in entry.data:
        changed["provider_verdict"] = Verdict(entry.data["verdict"])
    if changed.get("restricted"):
        # A problem is counted and told in public: what is for few is no part of one.
        changed["problem"] = None
    return replace(case, **changed)


def _fixed(case: Case, entry: Entry) -> Case:
    return _acknowledged(replace(case, fixed_at=entry.at), entry)


def _judged(case: Case, entry: Entry) -> Case:
    judged = replace(case, reporter_verdict=Verdict(entry.data["verdict"]))
    if judged.state is CaseState.REOPENED:
        return _reopened(judged, entry)
    # Watched, or opened again by mistake: then it is fixed since they say so.
    return replace(judged, fixed_at=judged.fixed_at or entry.at)


def _reopened(case: Case, _: Entry) -> Case:
    return replace(case, reopenings=case.reopenings + 1, fixed_at=None)


def _merged(case: Case, entry: Entry) -> Case:
    return replace(case, merged_into=UUID(entry.data["into"]))


def _linked(case: Case, entry: Entry) -> Case:
    return replace(case, problem=UUID(entry.data["problem"]) if entry.data["problem"] else None)


def _handed_on(case: Case, entry: Entry) -> Case:
    # An erasure takes out to whom.
    return replace(case, person=UUID(entry.data["to"]) if entry.data["to"] else None)


_NOTES: Final[Mapping[EntryKind, Callable[[Case, Entry], Case]]] = {
    EntryKind.ACKNOWLEDGED: _acknowledged,
    EntryKind.STARTED: _acknowledged,
    EntryKind.ASKED: _acknowledged,
    EntryKind.MONITORED: _acknowledged,
    EntryKind.MESSAGE: _message,
    EntryKind.ASSIGNED: _assigned,
    EntryKind.SORTED: _sorted,
    EntryKind.FIXED: _fixed,
    EntryKind.JUDGED: _judged,
    EntryKind.CHECKED: _judged,
    EntryKind.REOPENED: _reopened,
    EntryKind.MERGED: _merged,
    EntryKind.LINKED: _linked,
    EntryKind.HANDED_ON: _handed_on,
}
"""What an entry of each kind changes in the copy besides state and end."""
