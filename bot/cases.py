"""Messages about problem reports to those who reported them: one plain page each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot import case_buttons as data
from bot.callbacks import Page, PagePress, encode
from bot.case_buttons import Named, case_row, rating_row, verdict_row
from bot.case_words import age, stands
from bot.markup import Button, Piece, Row, View, bold, italic, to_html
from bot.sentences import Sentences
from survey.domain.cases import Case, CaseState, Entry, EntryKind, Side
from survey.domain.file_words import why_refused
from survey.domain.language import moment_in_short
from survey.domain.people import Person
from survey.services.own_cases import OwnCase
from survey.services.school_links import SchoolLink

MOST_LISTED: Final = 20
"""Reports of a list: each has a line and a button."""

MOST_SHOWN: Final = 6
"""Entries of a report that are shown, the newest: the page behind its link has all."""

MOST_OFFERED: Final = 8
"""Reports or colleagues to choose one of."""

_NOTHING: Final = "-"

Line = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Around:
    """What a page about cases needs beside them: names of services by key, the time, and where."""

    services: Mapping[str, str]
    now: datetime
    zone: ZoneInfo

    def service(self, case: Case) -> str:
        return self.services.get(case.service, case.service)


# --- lists ---


def my_reports(
    say: Sentences, cases: Sequence[Case], around: Around, *, school: bool = False
) -> View:
    """The open ones, those that wait for them first, then the last that are over.

    `school` offers a link to those of colleagues.
    """
    below: list[Row] = [(report_button(say),), *([(school_button(say),)] if school else [])]
    if not cases:
        told = say._("You have not reported a problem here.")
        return View(_html([[Piece(told)]]), tuple(below))
    running = sorted(
        (each for each in cases if each.state.open), key=lambda case: not case.state.answered_for
    )
    over = [each for each in cases if not each.state.open][: MOST_LISTED // 4]
    listed = [*running, *over][:MOST_LISTED]
    lines: list[Line] = [[bold(say._("My reports"))]]
    if not running:
        lines.append([Piece(say._("None of your reports is open."))])
    lines += [_listed(say, each, around) for each in listed]
    rows = [(Button(_name(each, around), data.open_case(each.id)),) for each in listed]
    return View(_html(lines), (*rows, *below))


def school(say: Sentences, links: Sequence[SchoolLink]) -> View:
    """Links to all reports of the schools, departments or teams that they stand for."""
    lines: list[Line] = [[bold(say._("My school's reports"))]]
    for each in links:
        lines += [[Piece(f"{each.unit.name}:")], [Piece(each.address)]]
    lines.append([Piece(say._("The link works for 24 hours."))])
    warned = say._("Whoever opens it sees all these reports: do not pass it on.")
    lines.append([Piece(warned)])
    return View(_html(lines), ((reports_button(say),),))


def _listed(say: Sentences, case: Case, around: Around) -> Line:
    told = stands(say, case, around.service(case), now=around.now, zone=around.zone)
    old = age(say, case, now=around.now, zone=around.zone)
    return [bold(case.reference), Piece(f" {around.service(case)}, {old}. {told}")]


def which(say: Sentences, cases: Sequence[Case], around: Around, *, again: bool) -> View:
    """For which report what they wrote is.

    Args:
        again: they are to send it once more: what came in several messages stands in none.
    """
    asked = say._("Is this for one of your reports?")
    lines: list[Line] = [[bold(asked)]]
    if again:
        lines.append([Piece(say._("Choose it, then send your pictures and files once more."))])
    act = data.add_to if again else data.put_into
    rows = [(Button(_name(each, around), act(each.id)),) for each in cases[:MOST_OFFERED]]
    neither = Button(say._("No"), encode(PagePress(Page.NOTHING, _NOTHING)))
    return View(_html(lines), (*rows, (report_button(say, new=True), neither)))


# --- one report ---


def report(say: Sentences, own: OwnCase, around: Around, *, known_by: Named) -> View:
    """Where it stands, what was said last, and what its reporter can do with it."""
    case, service = own.case, around.service(own.case)
    old = age(say, case, now=around.now, zone=around.zone)
    lines: list[Line] = [
        [bold(f"{case.reference}: {service}")],
        [Piece(say._("This problem was %(age)s.") % {"age": old})],
        [Piece(stands(say, case, service, now=around.now, zone=around.zone))],
        *(_said(say, entry, service, around) for entry in _worth_reading(own.timeline)),
        *_files(say, own),
    ]
    if own.is_colleagues:
        lines.append([Piece(say._("A colleague reported this. You can take it over."))])
        row = (Button(say._("Take it over"), data.take_over(known_by)),)
        return View(_html(lines), (row, (reports_button(say),)))
    rows: list[Row] = []
    if case.state.to_be_judged:
        rows.append(verdict_row(say, known_by))
    if own.asks_rating:
        lines.append([Piece(_how_handled(say))])
        rows.append(rating_row(known_by))
    rows.append((Button(say._("Add a note or photo"), data.add_to(known_by)),))
    if case.unit and case.person and not case.restricted and case.state.open:
        rows.append((Button(say._("Hand it to a colleague"), data.hand_on(known_by)),))
    return View(_html(lines), (*rows, (reports_button(say),)))


def _worth_reading(timeline: Sequence[Entry]) -> Sequence[Entry]:
    said = [each for each in timeline if each.text or each.files]
    return said[-MOST_SHOWN:]


def _said(say: Sentences, entry: Entry, service: str, around: Around) -> Line:
    who = say._("You") if entry.side is Side.REPORTER else service
    at = moment_in_short(entry.at.astimezone(around.zone), say.language)
    text = [Piece(entry.text, foreign=True)] if entry.text else []
    files = []
    if entry.files:
        told = say.files(len(entry.files))
        files = [italic(f" ({told})" if entry.text else told)]
    return [Piece(f"{who}, {at}: "), *text, *files]


def _files(say: Sentences, own: OwnCase) -> Iterable[Line]:
    """Those that could not be kept: the person may send them in another form."""
    refused = [(each.name, each.refused) for each in own.files if each.refused]
    # Of what came by e-mail nothing is there but that it was refused.
    refused += [
        (str(each.data["name"]), str(each.data["reason"]))
        for each in own.timeline
        if each.kind is EntryKind.UNKEPT and "file" not in each.data
    ]
    for named, reason in refused:
        told, why = say._("We could not keep a file."), why_refused(reason, say._)
        name = [Piece(named, foreign=True), Piece(": ")] if named else []
        yield [Piece(f"{told} "), *name, Piece(why)]


# --- what follows an act ---


def judged(say: Sentences, own: OwnCase, around: Around, *, known_by: Named) -> View:
    """After a verdict: thanks, and how it was handled; or what is still wrong."""
    case, told = own.case, {"reference": own.case.reference, "service": around.service(own.case)}
    if case.state is CaseState.CONFIRMED:
        lines: list[Line] = [[Piece(say._("Thank you. %(reference)s is closed as fixed.") % told)]]
        if not own.asks_rating:
            return View(_html(lines), ((reports_button(say),),))
        lines.append([Piece(_how_handled(say))])
        return View(_html(lines), (rating_row(known_by),))
    opened = say._("%(reference)s is open again, and %(service)s is told.") % told
    asked = say._("What is still wrong? Write it here in one message, or leave it.")
    row = (Button(say._("Show the report"), data.open_case(known_by)),)
    return View(_html([[bold(opened)], [Piece(asked)]]), (row,))


def _how_handled(say: Sentences) -> str:
    return say._("How well was it handled? 1 is very badly, 5 is very well.")


def rated(say: Sentences, case: Case) -> View:
    told = say._("Thank you. What you think of how %(reference)s was handled is counted.")
    private = say._("It is mixed with what others think, and nobody who works on it sees it.")
    lines = [[Piece(told % {"reference": case.reference})], [Piece(private)]]
    return View(_html(lines), ((reports_button(say),),))


def send_now(say: Sentences, case: Case) -> View:
    """The next messages are for this report."""
    told = say._("What do you want to add to %(reference)s?") % {"reference": case.reference}
    how = say._("Send a text, photo, voice message or document now.")
    warned = say._("Please do not name other people.")
    return View(_html([[bold(told)], [Piece(how)], [Piece(warned)]]))


def added(
    say: Sentences,
    case: Case,
    around: Around,
    *,
    known_by: Named,
    anything: bool = True,
    notes: Sequence[str] = (),
) -> View:
    """That it was received; `notes` say what of it was not, or should not have been."""
    told = {"reference": case.reference, "service": around.service(case)}
    text = say._("Nothing was added to %(reference)s.") % told
    if anything:
        text = say._("Added to %(reference)s. %(service)s can see it.") % told
    lines: list[Line] = [[bold(text)], *([Piece(each)] for each in notes)]
    rows: list[Row] = []
    if case.state.to_be_judged:
        lines.append([Piece(say._("%(service)s says this is fixed. Is it?") % told)])
        rows.append(verdict_row(say, known_by))
    return View(_html(lines), (*rows, case_row(say, known_by)))


def taken_over(say: Sentences, case: Case) -> View:
    told = say._("%(reference)s is yours now. We answer you here.")
    row = (Button(say._("Show the report"), data.open_case(case.id)),)
    return View(_html([[bold(told % {"reference": case.reference})]]), (row,))


def colleagues(say: Sentences, case: Case, people: Sequence[Person], *, known_by: Named) -> View:
    """Who can take it over; nobody, where nobody else answers for the school."""
    told = {"reference": case.reference}
    back = (Button(say._("Show the report"), data.open_case(known_by)),)
    if not people:
        nobody = say._("Nobody else of your school or department is known here.")
        return View(_html([[Piece(nobody)]]), (back,))
    asked = say._("Who shall take over %(reference)s? They get our answers then, and you do not.")
    rows = [(Button(each.name, data.give(known_by, each.id)),) for each in people[:MOST_OFFERED]]
    return View(_html([[bold(asked % told)]]), (*rows, back))


def handed_on(say: Sentences, case: Case, to: Person) -> View:
    told = say._("%(reference)s is with %(name)s now.")
    line = Piece(told % {"reference": case.reference, "name": to.name})
    return View(_html([[line]]), ((reports_button(say),),))


# --- parts ---


def reports_button(say: Sentences) -> Button:
    return Button(say._("My reports"), encode(PagePress(Page.REPORTS, _NOTHING)))


def report_button(say: Sentences, *, new: bool = False) -> Button:
    text = say._("A new report") if new else say._("Report a problem")
    return Button(text, encode(PagePress(Page.REPORT, _NOTHING)))


def school_button(say: Sentences) -> Button:
    return Button(say._("My school's reports"), encode(PagePress(Page.SCHOOL, _NOTHING)))


def _name(case: Case, around: Around) -> str:
    return f"{case.reference} {around.service(case)}"


def _html(lines: Iterable[Line]) -> str:
    pieces: list[Piece] = []
    for line in lines:
        pieces += [Piece("\n"), *line] if pieces else line
    return to_html(pieces)
