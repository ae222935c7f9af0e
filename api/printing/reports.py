"""The reports of one school, to look at, as CSV, and as a paper for its governors.

What people wrote, and who they are, is in none of them: governors ask what is open, how long, and
what came of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.printing.cells import csv_of
from api.printing.slips import compiled, drawn, printable
from api.web.case_words import answer_due, by_when
from survey.case_labels import TOLD_EFFECTS, TOLD_KINDS, TOLD_STATES
from survey.domain.cases import Case, CaseState
from survey.domain.language import date_in_words, number_in_words
from survey.domain.records import Service, Unit
from survey.locales import translations

TEMPLATE: Final = "reports.typ"

_OPEN_WIDTHS: Final = (9, 12, 14, 20, 19, 7, 22)
_OVER_WIDTHS: Final = (9, 12, 18, 22, 20, 12, 10)


@dataclass(frozen=True, slots=True)
class SchoolSheet:
    """The reports of one unit, newest first, as of a moment."""

    unit: Unit
    cases: Sequence[Case]
    services: Mapping[str, Service]
    organisation: str
    at: datetime
    zone: ZoneInfo
    language: str

    @property
    def open(self) -> list[Case]:
        return [case for case in self.cases if case.state.open]

    @property
    def over(self) -> list[Case]:
        return [case for case in self.cases if not case.state.open]

    def service(self, case: Case) -> str:
        found = self.services.get(case.service)
        return found.called(self.language) if found else case.service

    def day(self, at: datetime) -> str:
        return date_in_words(at.astimezone(self.zone).date(), self.language)

    def days(self, case: Case) -> int:
        """Whole days for which it has been open, or was."""
        opened = case.opened_at.astimezone(self.zone).date()
        return ((case.ended_at or self.at).astimezone(self.zone).date() - opened).days

    def promised(self, case: Case) -> str:
        """By when its reporter is to hear of it, or whose turn it is."""
        _, due = translations(self.language).gettext, answer_due(case)
        if case.state.answered_for:
            return _("Waits for your answer")
        if due is None:
            return ""
        when = by_when(due, self.at, self.zone, self.language, _)
        return when if due > self.at else _("Late since %(day)s") % {"day": self.day(due)}


def summary(sheet: SchoolSheet) -> tuple[str, ...]:
    """How the school's reports stand, in sentences."""
    speak, language = translations(sheet.language), sheet.language
    late = sum(_is_late(case, sheet.at) for case in sheet.open)
    ended = [case.state for case in sheet.over]
    told = {
        "open": number_in_words(str(len(sheet.open)), language),
        "late": number_in_words(str(late), language),
        "over": number_in_words(str(len(ended)), language),
        "fixed": number_in_words(str(ended.count(CaseState.CONFIRMED)), language),
    }
    counted = len(sheet.open)
    said = [speak.ngettext("%(open)s report is open.", "%(open)s reports are open.", counted)]
    if late:
        said.append(speak.gettext("Answers that are late: %(late)s."))
    if ended:
        over = speak.ngettext("%(over)s report is over.", "%(over)s reports are over.", len(ended))
        said += [over, speak.gettext("Confirmed by the school as fixed: %(fixed)s.")]
    return tuple(each % told for each in said)


def as_csv(sheet: SchoolSheet) -> bytes:
    """One row for each report, newest first; days as ISO."""
    _ = translations(sheet.language).gettext
    heads = (
        _("Report"),
        _("Reported"),
        _("Service"),
        _("What"),
        _("Effect"),
        _("State"),
        _("Answer due"),
        _("Closed"),
        _("Days"),
        _("Opened again"),
    )
    return csv_of(heads, (_row(case, sheet, _) for case in sheet.cases))


def _row(case: Case, sheet: SchoolSheet, _: Any) -> tuple[str, ...]:
    return (
        case.reference,
        _iso(case.opened_at, sheet.zone),
        sheet.service(case),
        _(TOLD_KINDS[case.kind]),
        _(TOLD_EFFECTS[case.effect]),
        _(TOLD_STATES[case.state]),
        _iso(answer_due(case), sheet.zone),
        _iso(case.ended_at, sheet.zone),
        str(sheet.days(case)),
        str(case.reopenings),
    )


def pdf(sheet: SchoolSheet) -> bytes:
    """The paper as PDF/UA-1 on A4; call it in a thread."""
    return compiled(_data(sheet), TEMPLATE)


def pictures(sheet: SchoolSheet) -> list[bytes]:
    """Its pages as PNG, for people who look at what was made."""
    return drawn(_data(sheet), TEMPLATE)


def _data(sheet: SchoolSheet) -> dict[str, Any]:
    """What reports.typ reads."""
    _ = translations(sheet.language).gettext
    about = _("As of %(day)s. What people wrote, and who reported it, is left out.")
    common = (_("Report"), _("Reported"), _("Service"), _("What"), _("State"))
    return {
        "title": _("Problem reports of %(school)s") % {"school": printable(sheet.unit.name)},
        "organisation": printable(sheet.organisation),
        "language": sheet.language,
        "summary": summary(sheet),
        "about": about % {"day": sheet.day(sheet.at)},
        "parts": [
            {
                "title": _("Open"),
                "columns": (*common, _("Days"), _("Answer due")),
                "widths": _OPEN_WIDTHS,
                "none": _("No report is open."),
                "rows": [
                    (*_common(case, sheet, _), str(sheet.days(case)), sheet.promised(case))
                    for case in sheet.open
                ],
            },
            {
                "title": _("Over"),
                "columns": (*common, _("Closed"), _("Days")),
                "widths": _OVER_WIDTHS,
                "none": _("No report is over."),
                "rows": [
                    (
                        *_common(case, sheet, _),
                        sheet.day(case.ended_at) if case.ended_at else "",
                        str(sheet.days(case)),
                    )
                    for case in sheet.over
                ],
            },
        ],
    }


def _common(case: Case, sheet: SchoolSheet, _: Any) -> tuple[str, ...]:
    return (
        case.reference,
        sheet.day(case.opened_at),
        printable(sheet.service(case)),
        _(TOLD_KINDS[case.kind]),
        _(TOLD_STATES[case.state]),
    )


def _is_late(case: Case, at: datetime) -> bool:
    due = answer_due(case)
    return due is not None and due <= at and not case.state.answered_for


def _iso(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat() if at else ""
