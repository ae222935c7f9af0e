"""What whoever reported a problem reads of it on pages: its state, what comes next, who said what.

What staff do is told in the words of `survey.services.tell_words`, as in chat and by e-mail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.audit import Actor, ActorKind
from survey.domain.cases import Case, CaseState, Entry, EntryKind, Side, Verdict
from survey.domain.language import N_, day_in_words
from survey.domain.telling import told
from survey.services.tell_words import Speaker, line

Say = Callable[[str], str]

SCORES: Final = (
    (5, N_("Very well")),
    (4, N_("Well")),
    (3, N_("Neither well nor badly")),
    (2, N_("Badly")),
    (1, N_("Very badly")),
)
"""How it was handled; the words are those of the questionnaire that takes the score."""

_JUDGED: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.FIXED: (N_("You said that it is fixed"), N_("A colleague said that it is fixed")),
    Verdict.PARTLY: (
        N_("You said that it is partly fixed"),
        N_("A colleague said that it is partly fixed"),
    ),
    Verdict.NOT_FIXED: (
        N_("You said that it is not fixed"),
        N_("A colleague said that it is not fixed"),
    ),
}

_SAID: Final[Mapping[EntryKind, tuple[str, str]]] = {
    EntryKind.REPORTED: (N_("You reported this"), N_("A colleague reported this")),
    EntryKind.MESSAGE: (N_("You wrote"), N_("A colleague wrote")),
    EntryKind.RATED: (
        N_("You said how it was handled"),
        N_("A colleague said how it was handled"),
    ),
    EntryKind.HANDED_ON: (
        N_("The report was handed to a colleague"),
        N_("The report was handed to a colleague"),
    ),
}
"""What the reporter's side did, where it was whoever reads it, and where it was a colleague."""


_NEXT: Final[Mapping[CaseState, tuple[str, ...]]] = {
    CaseState.NEW: (N_("%(service)s has your report and reads it next."),),
    CaseState.ACKNOWLEDGED: (N_("%(service)s has read your report."),),
    CaseState.IN_PROGRESS: (N_("%(service)s is working on this."),),
    CaseState.REOPENED: (
        N_("It is open again, and %(service)s works on it with all that was said."),
    ),
    CaseState.WAITING: (
        N_("%(service)s needs an answer from you to go on."),
        N_("You find the question below. Answer it on this page."),
    ),
    CaseState.FIXED: (N_("%(service)s says that this is fixed. Tell us whether it is."),),
    CaseState.MONITORED: (N_("It seems to be fixed. %(service)s watches it, then asks you."),),
    CaseState.CONFIRMED: (
        N_("You told us that it is fixed. Nothing more happens."),
        N_("If it comes back, say so on this page and it is opened again."),
    ),
    CaseState.NOT_CONFIRMED: (
        N_("We asked twice whether it is fixed, heard nothing and closed it."),
        N_("If it is not fixed, say so on this page and it is opened again."),
    ),
    CaseState.DECLINED: (
        N_("%(service)s closed it without a fix, and says why below."),
        N_("If you do not agree, write to us on this page."),
    ),
    CaseState.MERGED: (N_("It goes on together with another report of the same problem."),),
}

_STILL: Final = frozenset(
    {CaseState.WAITING, CaseState.FIXED} | {each for each in CaseState if not each.open}
)
"""Where nothing is promised: it is over, or the reporter's turn."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One entry as it is read: `mine` where it is of the reader's side."""

    entry: Entry
    said: str
    mine: bool


def spoken(entry: Entry, case: Case, by: Speaker, _: Say, *, by_colleague: bool = False) -> Spoken:
    """An entry in words. `by_colleague`: somebody reads it who did not report it."""
    if entry.side is not Side.REPORTER:
        kind = told(entry)
        said = line(kind, entry, case, by).said if kind else _("There is news of this.")
        return Spoken(entry, said.rstrip(":."), mine=False)
    other = by_colleague or _is_another(entry, case)
    if entry.kind in (EntryKind.JUDGED, EntryKind.CHECKED):
        voices = _JUDGED[Verdict(entry.data["verdict"])]
    else:
        voices = _SAID.get(entry.kind, _SAID[EntryKind.MESSAGE])
    return Spoken(entry, _(voices[other]), mine=True)


def _is_another(entry: Entry, case: Case) -> bool:
    """Whether a person said it whose case it is no more."""
    of_a_person = entry.actor.startswith(f"{ActorKind.PERSON}:")
    return of_a_person and (case.person is None or entry.actor != str(Actor.person(case.person)))


def by_when(at: datetime, now: datetime, zone: ZoneInfo, language: str, _: Say) -> str:
    """A moment to come, as one says it: "tomorrow, 12:00", or "Friday 12 December, 12:00"."""
    there, today = at.astimezone(zone), now.astimezone(zone).date()
    time = f"{there:%H:%M}"
    if there.date() == today:
        return _("today, %(time)s") % {"time": time}
    if there.date() == today + timedelta(days=1):
        return _("tomorrow, %(time)s") % {"time": time}
    return f"{day_in_words(there.date(), language)}, {time}"


def answer_due(case: Case) -> datetime | None:
    """When the reporter is to hear of it next, at the latest."""
    return case.update_by if case.acknowledge_by is None else case.acknowledge_by


def what_next(case: Case, by: Speaker, now: datetime, _: Say) -> tuple[str, ...]:
    """What happens next, and by when; one to three sentences."""
    said = tuple(_(each) % {"service": by.service} for each in _NEXT[case.state])
    return said if case.state in _STILL else (*said, *_times(case, by, now, _))


def _times(case: Case, by: Speaker, now: datetime, _: Say) -> tuple[str, ...]:
    said, due = list[str](), answer_due(case)
    if due is not None:
        when = {"when": by_when(due, now, by.zone, by.language, _)}
        late = _("We promised to tell you more by %(when)s, and are late. We are sorry.")
        said.append((_("You hear from us by %(when)s.") if due > now else late) % when)
    if case.fix_by is not None and case.fix_by > now:
        when = {"when": by_when(case.fix_by, now, by.zone, by.language, _)}
        said.append(_("The aim is to have it fixed by %(when)s.") % when)
    return tuple(said)


def asks_verdict(case: Case) -> bool:
    """Whether they may say now that it is fixed or not."""
    return case.state.to_be_judged or case.state is CaseState.CONFIRMED
