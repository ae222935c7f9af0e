"""The reports of a school, for those who stand for it, by the link of one of their reports.

A colleague's report is read here, and taken over; its own link is for whoever reported it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.printing import reports as printing
from api.printing.reports import SchoolSheet
from api.staff.listing import Column, Link
from api.web import forms
from api.web.case_page import CaseHere, meet_case, timeline
from api.web.case_words import what_next
from api.web.errors import trouble_page
from api.web.security import comes_from_us
from api.web.troubles import Trouble
from api.web.visits import Web
from survey.case_labels import TOLD_KINDS, TOLD_STATES
from survey.domain.records import Unit
from survey.errors import NotFound
from survey.locales import translations
from survey.services.reporters import Reporter
from survey.services.school_cases import SchoolReports

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_CSV: Final = "text/csv; charset=utf-8"
_PDF: Final = "application/pdf"
_SEE_OTHER: Final = 303


@dataclass(frozen=True, slots=True)
class SchoolHere:
    """Whoever looks at their school's reports; `unit` is the school that they chose, or the only
    one."""

    case: CaseHere
    person: UUID
    reports: SchoolReports
    unit: Unit | None

    def sheet(self) -> SchoolSheet:
        """Raises: NotFound, where they have not chosen a school."""
        if self.unit is None:
            raise NotFound("unit")
        settings = self.case.app.settings
        return SchoolSheet(
            unit=self.unit,
            cases=[case for case in self.reports.cases if case.unit == self.unit.key],
            services=self.reports.services,
            organisation=settings.organisation,
            at=self.reports.at,
            zone=settings.zone,
            language=self.case.language,
        )


async def _meet(token: str, request: Request, app: App) -> SchoolHere:
    """Raises: NotFound, also where the link is of nobody who stands for a school; TooMany."""
    here = await meet_case(token, request, app)
    person = here.found.case.person
    if person is None:
        raise NotFound("person")
    # Each is a read of many rows, and a paper takes a while to draw.
    request.app.state.limits.link(str(here.found.case.id))
    reports = await app.school_cases.of(person)
    wanted = request.query_params.get("unit")
    chosen = [each for each in reports.units if each.key == wanted]
    if wanted is not None and not chosen:
        raise NotFound("unit")
    only = reports.units[0] if len(reports.units) == 1 else None
    return SchoolHere(here, person, reports, chosen[0] if chosen else only)


@router.get("/case/{token}/school")
async def listed(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Open and past reports of the school; who stands for several chooses one first.

    Raises: NotFound, TooMany.
    """
    here = await _meet(token, request, app)
    web: Web = request.app.state.web
    gettext = translations(here.case.language).gettext
    if here.unit is None:
        page = web.pages.render(
            "school_choose.html",
            visit=here.case.visit("school"),
            title=gettext("Choose a school, department or team"),
            here=here.case,
            units=here.reports.units,
        )
        return HTMLResponse(page)
    sheet = here.sheet()
    page = web.pages.render(
        "school.html",
        visit=here.case.visit("school"),
        title=gettext("Reports of %(school)s") % {"school": here.unit.name},
        here=here.case,
        unit=here.unit,
        several=len(here.reports.units) > 1,
        summary=printing.summary(sheet),
        **_tables(here, sheet),
    )
    return HTMLResponse(page)


def _tables(here: SchoolHere, sheet: SchoolSheet) -> Mapping[str, object]:
    gettext, at = translations(here.case.language).gettext, here.case.at
    common = tuple(Column(gettext(each)) for each in ("Report", "Reported", "Service", "What"))
    state, days = Column(gettext("State")), Column(gettext("Days"), numeric=True)

    def row(number: int) -> tuple[object, ...]:
        case = sheet.cases[number]
        return (
            Link(case.reference, at(f"school/{case.reference}")),
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


@router.get("/case/{token}/school.csv")
async def as_csv(token: str, request: Request, app: App, _: Anybody) -> Response:
    """The same as rows. Raises: NotFound, TooMany."""
    here = await _meet(token, request, app)
    sheet = here.sheet()
    return _file(printing.as_csv(sheet), _CSV, f"reports-{sheet.unit.key}.csv")


@router.get("/case/{token}/school.pdf")
async def as_pdf(token: str, request: Request, app: App, _: Anybody) -> Response:
    """The same as a paper for governors. Raises: NotFound, TooMany."""
    here = await _meet(token, request, app)
    sheet = here.sheet()
    content = await asyncio.to_thread(printing.pdf, sheet)
    return _file(content, _PDF, f"reports-{sheet.unit.key}.pdf")


@router.get("/case/{token}/school/{reference}")
async def one(token: str, reference: str, request: Request, app: App, _: Anybody) -> Response:
    """A report of the school: one's own leads on to its page, a colleague's is shown.

    Raises: NotFound, TooMany.
    """
    here, theirs = await _meet_one(token, reference, request, app)
    if not theirs.found.is_colleagues:
        return RedirectResponse(here.case.other(theirs.found.case), _SEE_OTHER)
    web: Web = request.app.state.web
    gettext, case = translations(here.case.language).gettext, theirs.found.case
    page = web.pages.render(
        "school_case.html",
        visit=here.case.visit(f"school/{case.reference}"),
        title=gettext("Report %(reference)s") % {"reference": case.reference},
        here=here.case,
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


@router.post("/case/{token}/school/{reference}")
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
    return RedirectResponse(here.case.other(taken, told="taken_over"), _SEE_OTHER)


async def _meet_one(
    token: str, reference: str, request: Request, app: App
) -> tuple[SchoolHere, CaseHere]:
    here = await _meet(token, request, app)
    case = await app.school_cases.one(here.person, reference)
    found = await app.own_cases.get(case, Reporter(person=here.person))
    theirs = CaseHere(
        request, app, token, found, here.reports.services, here.case.language, here.case.asked
    )
    return here, theirs


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
