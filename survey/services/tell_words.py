"""What reporters are told of their cases, whatever the channel: short, and what happens next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from survey.domain.case_records import TellingKind
from survey.domain.cases import Case, Entry, EntryKind, Side
from survey.domain.file_words import unkept
from survey.domain.language import moment_in_words
from survey.locales import translations
from survey.ports.tellings import Asks, Line

Say = Callable[[str], str]

ASKS: Final[Mapping[TellingKind, Asks]] = {
    TellingKind.QUESTION: Asks.WORDS,
    TellingKind.FIXED: Asks.VERDICT,
    TellingKind.ASKED_AGAIN: Asks.VERDICT,
    TellingKind.CHECK: Asks.VERDICT,
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks of a case, and how: the service by name, the language, and where clocks stand."""

    service: str
    language: str
    zone: ZoneInfo

    def moment(self, at: datetime) -> str:
        return moment_in_words(at.astimezone(self.zone), self.language)


def line(kind: TellingKind, entry: Entry, case: Case, by: Speaker) -> Line:
    """What is said of one entry."""
    _ = translations(by.language).gettext
    if kind is TellingKind.RECEIVED:
        return Line(_received(_, case, by))
    if kind is TellingKind.UNKEPT:
        return Line(unkept(_, str(entry.data["name"]), str(entry.data["reason"])))
    return Line(_said(_, kind, entry, by), entry.text)


def question(kind: TellingKind, language: str) -> str:
    """What is asked after all lines, where there are buttons or a page to answer it."""
    _ = translations(language).gettext
    match kind:
        case TellingKind.FIXED | TellingKind.ASKED_AGAIN:
            return _("Is it fixed?")
        case TellingKind.CHECK:
            return _("Is it still fixed?")
    return ""


def asking(kinds: Sequence[TellingKind]) -> TellingKind | None:
    """Which of several is asked with the message: the newest that asks anything."""
    return next((kind for kind in reversed(kinds) if kind in ASKS), None)


def _received(_: Say, case: Case, by: Speaker) -> str:
    told = {"service": by.service}
    if case.acknowledge_by is None:
        return _("We have your report about %(service)s.") % told
    return _("We have your report. %(service)s answers by %(moment)s.") % {
        **told,
        "moment": by.moment(case.acknowledge_by),
    }


def _said(_: Say, kind: TellingKind, entry: Entry, by: Speaker) -> str:
    """What stands before the words of the entry."""
    told = {"service": by.service}
    match kind:
        case TellingKind.REPLY if entry.side is Side.PROVIDER:
            return _("The provider of %(service)s writes:") % told
        case TellingKind.REPLY:
            return _("%(service)s writes:") % told
        case TellingKind.QUESTION:
            return _("%(service)s asks:") % told
        case TellingKind.FIXED if entry.side is Side.SERVICE:
            return _("%(service)s watched this for a while, and it seems to be fixed.") % told
        case TellingKind.FIXED:
            return _("%(service)s says this is fixed.") % told
        case TellingKind.ASKED_AGAIN:
            return _("%(service)s said that this is fixed. You have not told us if it is.") % told
        case TellingKind.CHECK:
            return _("Four weeks ago you told us that this is fixed.")
        case _:
            return _changed(_, entry, by)


def _changed(_: Say, entry: Entry, by: Speaker) -> str:
    told = {"service": by.service}
    match entry.kind:
        case EntryKind.ACKNOWLEDGED:
            said = _("%(service)s has read your report.")
        case EntryKind.STARTED:
            said = _("%(service)s is working on this.")
        case EntryKind.MONITORED:
            told["moment"] = by.moment(datetime.fromisoformat(entry.data["until"]))
            said = _("This seems to be fixed. %(service)s watches it until %(moment)s.")
        case EntryKind.PLANNED:
            told["moment"] = by.moment(datetime.fromisoformat(entry.data["at"]))
            said = _("You hear from %(service)s again by %(moment)s.")
        case EntryKind.LAPSED:
            said = _(
                "We asked twice whether this is fixed and heard nothing, so it is closed. "
                "If it is not fixed, tell us and it is opened again."
            )
        case EntryKind.DECLINED:
            said = _("%(service)s has closed this without a fix.")
        case EntryKind.REOPENED:
            said = _("%(service)s has opened this again.")
        case EntryKind.MERGED:
            said = _("This goes on together with another report of the same problem.")
        case _:
            said = _("%(service)s has news of this.")
    return said % told
