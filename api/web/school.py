"""/my-school/TOKEN: the reports of a school, by a link that was sent to somebody's own address.

The link of a report shows no other report, since it may be passed on. A colleague's report is
read here, and taken over; its own link is for whoever reported it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.printing import reports as printing
from api.printing.reports import SchoolSheet
from api.staff.listing import Column, Link
from api.web import forms
from api.web.case_page import CaseHere, timeline
from api.web.case_words import what_next
from api.web.context import Visit
from api.web.errors import trouble_page
from api.web.security import comes_from_us
from api.web.troubles import Trouble
from api.web.visits import Web, asked_language, with_query
from survey.case_labels import TOLD_KINDS, TOLD_STATES
from survey.domain.cases import Case
from survey.domain.records import Unit
from survey.errors import NotFound
from survey.locales import SPOKEN, translations
from survey.services.reporters import Reporter
from survey.services.school_cases import SchoolReports
from survey.services.school_links import PATH
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_CSV: Final = "text/csv; charset=utf-8"
_PDF: Final = "application/pdf"
_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class SchoolHere:
    """One request of somebody who stands for a school to its reports; `asked` is the language that
    the address names."""

    request: Request
    app: Application
    token: str
    reports: SchoolReports
    language: str
    asked: str | None

    @property
    def person(self) -> UUID:
        return self.reports.person.id

    @property
    def unit(self) -> Unit:
        return self.reports.unit

    def at(self, place: str = "") -> str:
        """The address of a page of the school, in the language that was asked for."""
        return with_query(self._path(place), language=self.asked)

    def own(self, case: Case, **query: str | None) -> str:
        """The address of a report of whoever looks."""
        path = f"/case/{self.app.case_links.token(case.link)}"
        return with_query(path, language=self.asked, **query)

    def visit(self, place: str = "") -> Visit:
        path = self._path(place)
        return Visit(language=self.language, languages=tuple(SPOKEN), path=path, addressed=True)

    def sheet(self) -> SchoolSheet:
        settings = self.app.settings
        return SchoolSheet(
            unit=self.unit,
            cases=self.reports.cases,
            services=self.reports.services,
            organisation=settings.organisation,
            at=self.reports.at,
            zone=settings.zone,
            language=self.language,
        )

    def _path(self, place: str) -> str:
        return f"{PATH}{self.token}" + (f"/{place}" if place else "")


async def _meet(token: str, request: Request, app: Application) -> SchoolHere:
    """Raises: NotFound, also where they do not stand for the school any more; TooMany."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    try:
        opens = app.school_links.read(token)
        # Each is a read of many rows.
        limits.link(f"{opens.person} {opens.unit}")
        reports = await app.school_cases.of(opens.person, opens.unit)
    except NotFound:
        limits.wrong_link(request)
        raise
    asked, spoken = asked_language(request), reports.person.language
    language = asked or (spoken if spoken in SPOKEN else "en")
    # Also a page that says that something went wrong is in the language of whom it is for.
    request.state.language = language
    return SchoolHere(request, app, token, reports, language, asked)


@router.get("/my-school/{token}")
async def listed(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Open and past reports of the school. Raises: NotFound, TooMany."""
    here = await _meet(token, request, app)
    web: Web = request.app.state.web
    gettext = translations(here.language).gettext
    sheet = here.sheet()
    page = web.pages.render(
        "school.html",
        visit=here.visit(),
        title=gettext("Reports of %(school)s") % {"school": here.unit.name},
        here=here,
        summary=printing.summary(sheet),
        **_tables(here, sheet),
    )
    return HTMLResponse(page)


def _tables(here: SchoolHere, sheet: SchoolSheet) -> Mapping[str, object]:
    gettext, at = translations(here.language).gettext, here.at
    common = tuple(Column(gettext(each)) for each in ("Report", "Reported", "Service", "What"))
    state, days = Column(gettext("State")), Column(gettext("Days"), numeric=True)

    def row(number: int) -> tuple[object, ...]:
        case = sheet.cases[number]
        return (
            Link(case.reference, at(case.reference)),
            case.opened_at.astimezone(sheet.zone).date(),
            sheet.service(case),
            gettext(TOLD_KINDS[case.kind]),
            gettext(TOLD_STATES[case.state]),
        )

    rows = [(case, row(number)) for number, case in enumerate(sheet.cases)]
    return {
        "open_columns": (*common, state, days, Column(gettext("Answer due"))),
        "open_rows": [
            (*cells, sheet.days(case), sheet.promised(case))
            for case, cells in rows
            if case.state.open
        ],
        "over_columns": (*common, state, Column(gettext("Closed")), days),
        "over_rows": [
            (
                *cells,
                case.ended_at.astimezone(sheet.zone).date() if case.ended_at else "",
                sheet.days(case),
            )
            for case, cells in rows
            if not case.state.open
        ],
    }


@router.get("/my-school/{token}/reports.csv")
async def as_csv(token: str, request: Request, app: App, _: Anybody) -> Response:
    """The same as rows. Raises: NotFound, TooMany."""
    sheet = (await _meet_to_save(token, request, app)).sheet()
    return _file(printing.as_csv(sheet), _CSV, f"reports-{sheet.unit.key}.csv")


@router.get("/my-school/{token}/reports.pdf")
async def as_pdf(token: str, request: Request, app: App, _: Anybody) -> Response:
    """The same as a paper for governors. Raises: NotFound, TooMany."""
    sheet = (await _meet_to_save(token, request, app)).sheet()
    content = await asyncio.to_thread(printing.pdf, sheet)
    return _file(content, _PDF, f"reports-{sheet.unit.key}.pdf")


@router.get("/my-school/{token}/{reference}")
async def one(token: str, reference: str, request: Request, app: App, _: Anybody) -> Response:
    """A report of the school: one's own leads on to its page, a colleague's is shown.

    Raises: NotFound, TooMany.
    """
    here, theirs = await _meet_one(token, reference, request, app)
    if not theirs.found.is_colleagues:
        return RedirectResponse(here.own(theirs.found.case), _SEE_OTHER)
    web: Web = request.app.state.web
    gettext, case = translations(here.language).gettext, theirs.found.case
    page = web.pages.render(
        "school_case.html",
        visit=here.visit(case.reference),
        title=gettext("Report %(reference)s") % {"reference": case.reference},
        here=here,
        case=case,
        state=gettext(TOLD_STATES[case.state]),
        service=theirs.speaker().service,
        kind=gettext(TOLD_KINDS[case.kind]),
        next_steps=what_next(case, theirs.speaker(), app.clock.now(), gettext)
        if case.state.open and not case.state.answered_for
        else (),
        timeline=timeline(theirs, by_colleague=True),
    )
    return HTMLResponse(page)


@router.post("/my-school/{token}/{reference}")
async def taken_over(
    token: str, reference: str, request: Request, app: App, _: Anybody
) -> Response:
    """Take a colleague's report over. Raises: NotFound, TooMany, Busy."""
    web: Web = request.app.state.web
    if not comes_from_us(request.headers, origins=web.origins):
        return trouble_page(request, Trouble.FOREIGN)
    form = await forms.read_body(request)
    if form.get("action") != "take_over":
        raise forms.UnreadableForm("action")
    here, theirs = await _meet_one(token, reference, request, app)
    who = Reporter(person=here.person)
    case = theirs.found.case
    taken = await app.own_cases.hand_on(case.id, here.person, who=who)
    return RedirectResponse(here.own(taken, told="taken_over"), _SEE_OTHER)


async def _meet_one(
    token: str, reference: str, request: Request, app: Application
) -> tuple[SchoolHere, CaseHere]:
    here = await _meet(token, request, app)
    case = await app.school_cases.one(here.person, here.unit.key, reference)
    found = await app.own_cases.get(case, Reporter(person=here.person))
    own = app.case_links.token(found.case.link)
    services = here.reports.services
    return here, CaseHere(request, app, own, found, services, here.language, here.asked)


async def _meet_to_save(token: str, request: Request, app: Application) -> SchoolHere:
    """Raises: NotFound, TooMany."""
    here = await _meet(token, request, app)
    limits: Limits = request.app.state.limits
    limits.paper(f"{here.person} {here.unit.key}")
    return here


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
