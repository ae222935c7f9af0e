"""/staff/trends: satisfaction and engagement over time, and side by side.

The page itself draws nothing: its charts are pictures with addresses of their own, so that the
figures are there at once and a chart that cannot be drawn leaves them standing.
"""

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from analytics import tone
from analytics.charts import NARROW, WIDE, Chart, bar_chart, line_chart
from analytics.figures import Figures
from analytics.trends import Standing, Trend
from api.access import Access, App, Caller, Rule
from api.staff import trend_words
from api.staff.trend_asked import PATH, Asked, Carriers, asked_by, carriers_of
from api.web.errors import visit_of
from api.web.pages import Pages
from api.web.security import framing
from survey.domain.language import N_
from survey.domain.questionnaire import Privacy
from survey.domain.records import Service, Unit
from survey.errors import BadQuery
from survey.services.catalogue import Listed
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Demo = Annotated[Caller, Depends(Access(Rule.DEMO))]

_COMMENTS: Final = 8
_SVG: Final = "image/svg+xml"
_NO_CHART: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="288" height="56" viewBox="0 0 288 56" '
    'role="img" lang="{language}" font-family="Arial, Helvetica, sans-serif" font-size="15">'
    "<title>{failed}</title>"
    '<text x="0" y="22">{failed}</text><text x="0" y="44">{instead}</text></svg>'
)
_BY_UNIT: Final = N_("{measure} by school or department, {period}")
_BY_SERVICE: Final = N_("{measure} by service, {period}")

_log = structlog.get_logger()


class Side(StrEnum):
    """What a chart shows."""

    TREND = "trend"
    UNITS = "units"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class _Picked:
    """The figures of one address. `moved` is set where another questionnaire was asked for."""

    asked: Asked
    trend: Trend
    carriers: Carriers
    units: Sequence[Unit]
    services: Sequence[Service]
    by_unit: Sequence[Standing]
    by_service: Sequence[Standing]
    compared: str
    moved: bool
    speech: trend_words.Speech

    @property
    def listed(self) -> Listed:
        """The questionnaire whose answers are shown."""
        return self.carriers[self.asked.measure][self.asked.questionnaire]


@router.get(PATH)
async def trends(request: Request, app: App, _caller: Demo) -> Response:
    """The page; without parameters, satisfaction with all services."""
    pages: Pages = request.app.state.web.pages
    visit = visit_of(request)
    _ = trend_words.Speech(visit.language)
    try:
        picked = await _pick(request, app)
    except BadQuery as refused:
        said = (f"{refused.parameter}: {refused.message}.", _("Choose again on the trends page."))
        page = pages.message(_("We cannot show that figure"), said, visit=visit)
        return HTMLResponse(page, 400)
    if picked is None:
        page = pages.message(
            _("Nothing to show yet"),
            (_("No questionnaire with a measure has been published."),),
            visit=visit,
        )
        return HTMLResponse(page)
    figures: Figures = request.app.state.figures
    comments = await figures.comments.latest(picked.asked.questionnaire, most=_COMMENTS)
    values = _page_values(picked, app)
    framed = stands_beside_the_chat(request)
    page = pages.render(
        "trends.html",
        visit=replace(visit, path=replace(picked.asked, language="").address()),
        **values,
        comments=comments,
        tone_note=_(tone.NOTE),
        tone_error=_(tone.ERROR_RATE),
        framed=framed,
    )
    return HTMLResponse(page, headers=framing(framed=framed))


def stands_beside_the_chat(request: Request) -> bool:
    """Whether the browser asks for a frame of a page of ours; it then needs no head and foot."""
    headers = request.headers
    return (headers.get("sec-fetch-dest"), headers.get("sec-fetch-site")) == (
        "iframe",
        "same-origin",
    )


@router.get(f"{PATH}/chart.svg")
async def chart(request: Request, app: App, _: Demo) -> Response:
    """One chart of the page: `show` is a `Side`, `width` is "wide" or "narrow"."""
    width = NARROW if request.query_params.get("width") == "narrow" else WIDE
    side = request.query_params.get("show", Side.TREND)
    picked = await _pick(request, app, only=Side(side)) if side in set(Side) else None
    drawn = _chart(picked, Side(side), width) if picked else None
    if picked is None or drawn is None:
        return Response(status_code=404)
    tag = f'"{sha256(repr(drawn).encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    figures: Figures = request.app.state.figures
    try:
        svg = await figures.charts.svg(drawn)
    except (BrokenProcessPool, ValueError, OSError) as error:
        _log.error("chart_failed", kind=type(error).__name__, show=side)
        return Response(_no_chart(picked.speech), 503, media_type=_SVG)
    return Response(svg, media_type=_SVG, headers=headers)


async def _pick(request: Request, app: Application, *, only: Side | None = None) -> _Picked | None:
    """The figures that the address asks for; None where there is nothing to ask for.

    With `only`, comparisons that its chart does not show are left empty.

    Raises: BadQuery.
    """
    figures: Figures = request.app.state.figures
    carriers = await carriers_of(app)
    if not carriers:
        return None
    asked, moved = asked_by(request.query_params, carriers)
    speech = trend_words.Speech(visit_of(request).language)
    found = await figures.trends.trend(
        asked.measure.key,
        questionnaire=asked.questionnaire,
        unit=asked.unit,
        service=asked.service,
        by=asked.by,
    )
    trend = trend_words.in_language(found, speech, year_start=app.settings.year_start)
    today = app.clock.now().astimezone(app.settings.zone).date()
    units = await app.organisation.units()
    services = await app.organisation.services()
    period = trend_words.latest_over(trend.points, today)
    compared: dict[Side, list[Standing]] = {Side.UNITS: [], Side.SERVICES: []}
    if period is not None:
        for side in compared.keys() & ({only} if only else set(Side)):
            compared[side] = await _compared(figures, asked, units, period.span.start, side)
    return _Picked(
        asked=asked,
        trend=trend,
        carriers=carriers,
        units=units,
        services=services,
        by_unit=compared[Side.UNITS],
        by_service=compared[Side.SERVICES],
        compared=period.period if period else "",
        moved=moved,
        speech=speech,
    )


async def _compared(
    figures: Figures, asked: Asked, units: Sequence[Unit], start: date, side: Side
) -> list[Standing]:
    """The units right below the chosen one, or the services, in the period that begins then."""
    across_units = side is Side.UNITS
    found = await figures.trends.standings(
        asked.measure,
        asked.questionnaire,
        by=asked.by,
        start=start,
        across="unit" if across_units else "service",
        within=asked.service if across_units else asked.unit,
    )
    if across_units:
        inside = trend_words.children(units, asked.unit)
        found = [each for each in found if each.key in inside]
    return trend_words.best_first(found)


def _chart(picked: _Picked, side: Side, width: int) -> Chart | None:
    """What to draw; None where there is nothing to see."""
    measure, speech = picked.asked.measure, picked.speech
    if side is Side.TREND:
        if not picked.trend.points:
            return None
        return line_chart(
            [(point.period, point.shown) for point in picked.trend.points],
            title=trend_words.finding_of(picked.trend, translate=speech),
            measure=measure,
            language=speech.language,
            width=width,
            translate=speech,
        )
    rows = picked.by_unit if side is Side.UNITS else picked.by_service
    if not rows:
        return None
    return bar_chart(
        [(row.name, row.shown) for row in rows],
        title=_compared_title(picked, side),
        measure=measure,
        language=speech.language,
        width=width,
        translate=speech,
    )


def _compared_title(picked: _Picked, side: Side) -> str:
    said = picked.speech(_BY_UNIT if side is Side.UNITS else _BY_SERVICE)
    return said.format(measure=picked.speech(picked.asked.measure.label), period=picked.compared)


def _no_chart(speech: trend_words.Speech) -> str:
    return _NO_CHART.format(
        language=speech.language,
        failed=speech("The chart could not be drawn."),
        instead=speech("The table has the same figures."),
    )


def _page_values(picked: _Picked, app: Application) -> dict[str, Any]:
    """What the template shows, in words."""
    asked, trend, speech = picked.asked, picked.trend, picked.speech
    floor = picked.listed.published.version.floor
    words = trend_words.Words(asked.measure, floor, speech)
    names = {unit.key: unit.name for unit in picked.units}
    service_names = {service.key: service.name for service in picked.services}
    today = app.clock.now().astimezone(app.settings.zone).date()
    questionnaire = picked.listed.published.questionnaire
    published = [point.as_of for point in trend.points if point.as_of is not None]
    return {
        "title": trend_words.subject(
            speech(asked.measure.label),
            body=app.settings.organisation,
            unit=names.get(asked.unit, ""),
            service=service_names.get(asked.service, ""),
            translate=speech,
        ),
        "asked": asked,
        "survey_title": speech.title(picked.listed),
        "moved": picked.moved,
        "finding": trend_words.finding_of(trend, translate=speech),
        "since": trend_words.first_figure(trend, translate=speech),
        "measure": asked.measure,
        "floor": floor,
        "attributed": questionnaire.privacy is Privacy.ATTRIBUTED,
        "open_period": next(
            (point.period for point in trend.points[-1:] if point.span.end >= today), None
        ),
        "as_of": max(published).astimezone(app.settings.zone).date() if published else None,
        "rows": words.period_rows(trend.points),
        "compared": picked.compared,
        "unit_rows": words.standing_rows(picked.by_unit, lambda key: asked.address(unit=key)),
        "service_rows": words.standing_rows(
            picked.by_service, lambda key: asked.address(service=key)
        ),
        "choices": _choices(picked),
    }


def _choices(picked: _Picked) -> dict[str, list[tuple[str, str]]]:
    """The options of the form: (value, text) by parameter."""
    _ = picked.speech
    surveys = picked.carriers[picked.asked.measure].items()
    units = trend_words.tree_options(picked.units)
    return {
        "measure": [(measure.key, _(measure.label)) for measure in picked.carriers],
        "questionnaire": [(key, _.title(listed)) for key, listed in surveys],
        "unit": [("", _("All schools and departments")), *units],
        "service": [("", _("All services")), *((each.key, each.name) for each in picked.services)],
        "by": [("month", _("Month")), ("quarter", _("Quarter")), ("year", _("Year"))],
    }
