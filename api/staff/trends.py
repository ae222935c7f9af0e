"""/staff/trends: satisfaction and engagement over time, and side by side.

The page itself draws nothing: its charts are pictures with addresses of their own, so that the
figures are there at once and a chart that cannot be drawn leaves them standing.

Of what somebody's roles do not reach, nothing is shown, offered or named: `Caller.may_read_figure`
decides for each figure, for each choice and for each row of a comparison.
"""

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from analytics import tone
from analytics.charts import NARROW, WIDE, Chart, bar_chart, line_chart
from analytics.figures import Figures
from analytics.trends import Comparable, Point, Standing, Trend
from api.access import Access, App, Caller, Rule
from api.staff import trend_words
from api.staff.events import what_changed
from api.staff.listing import Link
from api.staff.shell import ALL_UNITS, Desk, at_desk
from api.staff.tree import indented
from api.staff.trend_asked import PATH, Asked, Carriers, asked_by, carriers_of, of_a_campaign
from api.web.security import framing
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.questionnaire import Privacy
from survey.domain.records import Service, Unit
from survey.errors import BadQuery, NotFound
from survey.services.catalogue import Listed

router = APIRouter(include_in_schema=False)

Reader = Annotated[Caller, Depends(Access(Rule.FIGURES))]

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
    """The figures of one address."""

    asked: Asked
    trend: Trend
    carriers: Carriers
    units: Sequence[Unit]
    services: Sequence[Service]
    by_unit: Sequence[Standing]
    by_service: Sequence[Standing]
    compared: str
    campaigns: Sequence[Comparable]
    speech: trend_words.Speech

    @property
    def listed(self) -> Listed:
        """The questionnaire whose answers are shown."""
        return self.carriers[self.asked.measure][self.asked.questionnaire]


@router.get(PATH)
async def trends(request: Request, app: App, caller: Reader) -> Response:
    """The page; without parameters, satisfaction with all services, or with the first that is
    theirs."""
    desk = await at_desk(request, app, caller)
    _ = trend_words.Speech(desk.language)
    carriers = await carriers_of(app)
    if not carriers:
        said = [
            _("Figures come once a survey is published and enough people have answered it."),
            _("Whoever runs this server can publish one."),
        ]
        return desk.page("staff/message.html", _("Nothing to show yet"), paragraphs=said)
    try:
        asked, moved = asked_by(request.query_params, carriers)
        if (home := await _landing(desk, asked)) is not None:
            return RedirectResponse(home.address(), 303)
        picked = await _pick(desk, asked, carriers)
    except BadQuery as refused:
        return _refusal(desk, f"{refused.parameter}: {refused.message}.", 400)
    except NotFound:
        return _refusal(desk, _("It does not exist, or it is not yours to see."), 404)
    values = await _page_values(desk, picked)
    framed = stands_beside_the_chat(request)
    page = desk.page("trends.html", **values, moved=moved, framed=framed)
    page.headers.update(framing(framed=framed))
    return page


def _refusal(desk: Desk, said: str, status: int) -> Response:
    again = Link(desk.say(N_("Choose again on the trends page.")), PATH)
    title = desk.say(N_("We cannot show that figure"))
    return desk.page("staff/message.html", title, paragraphs=[said], link=again, status=status)


async def _landing(desk: Desk, asked: Asked) -> Asked | None:
    """Where somebody begins whose roles do not reach the figures of the whole body.

    The first unit that is theirs, in the order of the tree; else the first service; else both
    together. None where the address names one, or they may see all.
    """
    caller = desk.caller
    if asked.unit or asked.service or caller.may_read_figure(unit="", service=""):
        return None
    units, services = await desk.app.organisation.units(), await desk.app.organisation.services()
    places = [
        *((key, "") for key, _ in indented(units)),
        *(("", service.key) for service in services),
        *((grant.unit, grant.service) for grant in sorted(caller.grants)),
    ]
    for unit, service in places:
        if caller.may_read_figure(unit=unit, service=service):
            return replace(asked, unit=unit, service=service)
    return None


def stands_beside_the_chat(request: Request) -> bool:
    """Whether the browser asks for a frame of a page of ours; it then needs no head and foot."""
    headers = request.headers
    return (headers.get("sec-fetch-dest"), headers.get("sec-fetch-site")) == (
        "iframe",
        "same-origin",
    )


@router.get(f"{PATH}/chart.svg")
async def chart(request: Request, app: App, caller: Reader) -> Response:
    """One chart of the page: `show` is a `Side`, `width` is "wide" or "narrow"."""
    width = NARROW if request.query_params.get("width") == "narrow" else WIDE
    side = request.query_params.get("show", Side.TREND)
    carriers = await carriers_of(app)
    if side not in set(Side) or not carriers:
        return Response(status_code=404)
    try:
        asked, _ = asked_by(request.query_params, carriers)
        picked = await _pick(Desk(request, app, caller), asked, carriers, only=Side(side))
    except NotFound:
        return Response(status_code=404)
    drawn = _chart(picked, Side(side), width)
    if drawn is None:
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


async def _pick(
    desk: Desk, asked: Asked, carriers: Carriers, *, only: Side | None = None
) -> _Picked:
    """The figures that the address asks for.

    With `only`, comparisons that its chart does not show are left empty.

    Raises: BadQuery; NotFound, where they are not theirs to see.
    """
    app, caller = desk.app, desk.caller
    if not caller.may_read_figure(unit=asked.unit, service=asked.service):
        raise NotFound("figure")
    figures: Figures = desk.request.app.state.figures
    speech = trend_words.Speech(desk.language)
    campaigns = await figures.trends.campaigns(asked.questionnaire)
    asked = of_a_campaign(asked, campaigns)
    found = await figures.trends.trend(
        asked.measure.key,
        questionnaire=asked.questionnaire,
        unit=asked.unit,
        service=asked.service,
        by=asked.by,
        campaign=asked.campaign or None,
    )
    trend = trend_words.in_language(found, speech, year_start=app.settings.year_start)
    today = app.clock.now().astimezone(app.settings.zone).date()
    units = await app.organisation.units()
    services = await app.organisation.services()
    period = trend_words.latest_over(trend.points, today)
    compared: dict[Side, list[Standing]] = {Side.UNITS: [], Side.SERVICES: []}
    if period is not None:
        for side in compared.keys() & ({only} if only else set(Side)):
            compared[side] = await _compared(figures, caller, asked, units, period, side)
    return _Picked(
        asked=asked,
        trend=trend,
        carriers=carriers,
        units=units,
        services=services,
        by_unit=compared[Side.UNITS],
        by_service=compared[Side.SERVICES],
        compared=period.period if period else "",
        campaigns=campaigns,
        speech=speech,
    )


async def _compared(
    figures: Figures,
    caller: Caller,
    asked: Asked,
    units: Sequence[Unit],
    period: Point,
    side: Side,
) -> list[Standing]:
    """The units right below the chosen one, or the services, in this period.

    Only those that are the caller's to see.
    """
    across_units = side is Side.UNITS
    found = await figures.trends.standings(
        asked.measure,
        asked.questionnaire,
        by=asked.by,
        start=period.span.start,
        wave=period.wave,
        across="unit" if across_units else "service",
        within=asked.service if across_units else asked.unit,
    )
    if across_units:
        inside = trend_words.children(units, asked.unit)
        found = [each for each in found if each.key in inside]
    found = [
        each
        for each in found
        if caller.may_read_figure(
            unit=each.key if across_units else asked.unit,
            service=asked.service if across_units else each.key,
        )
    ]
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


async def _page_values(desk: Desk, picked: _Picked) -> dict[str, Any]:
    """What the template shows, in words."""
    app, caller = desk.app, desk.caller
    asked, trend, speech = picked.asked, picked.trend, picked.speech
    floor = picked.listed.published.version.floor
    words = trend_words.Words(asked.measure, floor, speech)
    names = {unit.key: unit.name for unit in picked.units}
    service_names = {service.key: service.name for service in picked.services}
    today = app.clock.now().astimezone(app.settings.zone).date()
    questionnaire = picked.listed.published.questionnaire
    published = [point.as_of for point in trend.points if point.as_of is not None]
    sees_all = caller.may_read_figure(unit="", service="")
    figures: Figures = desk.request.app.state.figures
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
        "finding": trend_words.finding_of(trend, translate=speech),
        "since": trend_words.first_figure(trend, translate=speech),
        "measure": asked.measure,
        "floor": floor,
        "attributed": questionnaire.privacy is Privacy.ATTRIBUTED,
        "open_period": next(
            (
                point.period
                for point in trend.points[-1:]
                if point.span.end >= today and not point.wave
            ),
            None,
        ),
        "as_of": max(published).astimezone(app.settings.zone).date() if published else None,
        "rows": words.period_rows(trend.points),
        "compared": picked.compared,
        "unit_rows": words.standing_rows(picked.by_unit, lambda key: asked.address(unit=key)),
        "service_rows": words.standing_rows(
            picked.by_service, lambda key: asked.address(service=key)
        ),
        "choices": _choices(
            replace(
                picked,
                units=await app.units.choosable(),
                services=await app.offered.choosable(),
            ),
            caller,
        ),
        "what_changed": await what_changed(
            app,
            speech.language,
            service=asked.service,
            unit=asked.unit,
            spans=[point.span for point in trend.points],
        ),
        "sees_all": sees_all,
        "switch": await desk.switch(Action.READ_FIGURES, service=asked.service, chosen=asked.unit),
        # They come from everybody who answered, about whatever unit and service.
        "comments": await figures.comments.latest(asked.questionnaire, most=_COMMENTS)
        if sees_all
        else [],
        "tone_note": speech(tone.NOTE),
        "tone_error": speech(tone.ERROR_RATE),
    }


def _choices(picked: _Picked, caller: Caller) -> dict[str, list[tuple[str, str]]]:
    """The options of the form: (value, text) by parameter; only those that are theirs to choose.

    Somebody signed in chooses the unit in the frame.
    """
    _ = picked.speech
    asked = picked.asked
    surveys = picked.carriers[asked.measure].items()
    units = [("", _(ALL_UNITS)), *indented(picked.units)]
    services = [("", _("All services")), *((each.key, each.name) for each in picked.services)]
    return {
        "measure": [(measure.key, _(measure.label)) for measure in picked.carriers],
        "questionnaire": [(key, _.title(listed)) for key, listed in surveys],
        "unit": [] if caller.staff else units,
        "service": [
            (key, name)
            for key, name in services
            if caller.may_read_figure(unit=asked.unit, service=key)
        ],
        "by": [
            ("month", _("Month")),
            ("quarter", _("Quarter")),
            ("year", _("Year")),
            *([("wave", _("Each time it was sent"))] if picked.campaigns else []),
        ],
        "campaign": [(each.key, each.title) for each in picked.campaigns] if asked.campaign else [],
    }
