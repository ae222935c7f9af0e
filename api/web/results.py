"""/results: what people said and what was done about it, for anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from analytics.disclosure import CellStatus
from analytics.figures import Figures
from api.access import Access, App, Caller, Rule
from api.staff import trend_words
from api.web.errors import visit_of
from api.web.known import FOR_ALL, chosen_service, offered
from api.web.pages import Pages
from survey.domain.case_records import Action, ActionState, LinkKind
from survey.domain.language import N_, date_in_words
from survey.domain.problems import spoken
from survey.domain.records import Period
from survey.errors import BadQuery, NotFound
from survey.locales import translations
from survey.services.actions import meetings

RESULTS: Final = "/results"

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

STATES: Final[Mapping[ActionState, str]] = {
    ActionState.PLANNED: N_("Planned"),
    ActionState.UNDER_WAY: N_("Under way"),
    ActionState.DONE: N_("Done"),
    ActionState.DROPPED: N_("Not done after all"),
}
_SHOWN: Final = (CellStatus.PUBLISHED, CellStatus.BANDED)


@dataclass(frozen=True, slots=True)
class Result:
    """A published action; `said` and `did` are (language, text), `figures` are sentences."""

    title: str
    service: str
    said: tuple[str, str]
    did: tuple[str, str]
    state: str
    realised: str
    figures: tuple[str, ...] = ()


@router.get(RESULTS)
async def results(request: Request, app: App, _: Anybody) -> Response:
    """By the meeting that asked, the latest first; of all services, or the one in the address."""
    visit = visit_of(request)
    services = await app.organisation.services()
    names = {each.key: each.called(visit.language) for each in services}
    chosen = chosen_service(request, services)
    published = await app.actions.published(service=chosen)
    figures: Figures = request.app.state.figures
    groups = [
        (
            _meeting(meeting, day, visit.language),
            [
                await result_of(each, figures, names, visit.language, app.settings.year_start)
                for each in actions
            ],
        )
        for (meeting, day), actions in meetings(published).items()
    ]
    pages: Pages = request.app.state.web.pages
    page = pages.render(
        "results.html",
        visit=visit,
        title=translations(visit.language).gettext(N_("You said, we did")),
        groups=groups,
        services=offered(services, visit.language),
        chosen=chosen,
    )
    return HTMLResponse(page, headers=FOR_ALL)


def _meeting(name: str, day: date | None, language: str) -> str:
    gettext = translations(language).gettext
    if not name:
        return gettext(N_("Asked by nobody in particular"))
    if day is None:
        return name
    said = gettext(N_("{meeting}, {day}"))
    return said.format(meeting=name, day=date_in_words(day, language))


async def result_of(
    action: Action, figures: Figures, names: Mapping[str, str], language: str, year_start: int
) -> Result:
    """An action as anybody reads it, in a language; `names` are those of services by key."""
    said = [
        await figure_of(key, action.service, figures, language, year_start)
        for kind, key in action.links
        if kind is LinkKind.MEASURE
    ]
    return Result(
        title=action.title,
        service=names.get(action.service, action.service),
        said=spoken(action.said, language),
        did=spoken(action.did, language),
        state=translations(language).gettext(STATES[action.state]),
        realised=action.realised,
        figures=tuple(filter(None, said)),
    )


async def figure_of(
    link: str,
    service: str,
    figures: Figures,
    language: str,
    year_start: int,
    *,
    wider: bool = True,
) -> str:
    """What the published figures of a linked measure say of the service; empty where there is none.

    With `wider`, those of all services where there are none of this one. Every figure in it has
    passed disclosure control.
    """
    questionnaire, _, measure = link.partition("/")
    speech = trend_words.Speech(language)
    for about in dict.fromkeys((service, "") if wider else (service,)):
        try:
            trend = await figures.trends.trend(
                measure, questionnaire=questionnaire, unit="", service=about, by=Period.QUARTER
            )
        except (BadQuery, NotFound):
            return ""
        if any(point.shown.status in _SHOWN for point in trend.points):
            told = trend_words.in_language(trend, speech, year_start=year_start)
            return (
                f"{speech(trend.measure.label)}: {trend_words.finding_of(told, translate=speech)}"
            )
    return ""
