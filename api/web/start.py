"""/: what this is, and the doors that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.demonstration.borough import MEMBERS
from api.staff.door import keep_own, own_secret
from api.staff.trend_asked import PATH as TRENDS
from api.web.chat import PATH as CHAT
from api.web.errors import visit_of
from api.web.pages import Pages
from api.web.sessions import form_token
from survey.domain.questionnaire import Questionnaire, UnitRule
from survey.locales import translations
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_FIRST_SURVEY = "people-pulse"


@dataclass(frozen=True, slots=True)
class OpenSurvey:
    """A survey that anybody with the link may answer."""

    title: str
    purpose: str
    minutes: int
    link: str


class Door(StrEnum):
    """What can be tried; also the name of its picture under `static/doors`."""

    SURVEY = "survey"
    CHAT = "chat"
    TRENDS = "trends"
    API = "api"


@router.get("/")
async def start(request: Request, app: App, _: Anybody) -> Response:
    """In a demonstration the doors with a picture each, else the open surveys."""
    pages: Pages = request.app.state.web.pages
    visit = visit_of(request)
    gettext = translations(visit.language).gettext
    surveys = await _open_surveys(app, visit.language)
    demo = app.settings.demo
    secret = own_secret(request, app)
    page = pages.render(
        "start.html",
        visit=visit,
        title=gettext("Try Tellback") if demo else gettext("Tell us what you think"),
        doors=_doors([survey.link for survey in surveys]) if demo else {},
        surveys=surveys,
        token=form_token(secret) if demo else "",
    )
    response = HTMLResponse(page)
    if demo:
        keep_own(response, secret, app.settings)
    return response


async def _open_surveys(app: Application, language: str) -> list[OpenSurvey]:
    """One whose link must name a unit is listed only where we know which: in a demonstration."""
    return [
        _open_survey(listed.published.questionnaire, language)
        for listed in await app.catalogue.all()
        if listed.row.open_link
        and listed.row.closed_at is None
        and not listed.published.questionnaire.becomes_case
        and (app.settings.demo or listed.published.questionnaire.unit is not UnitRule.FIXED)
    ]


def _open_survey(questionnaire: Questionnaire, language: str) -> OpenSurvey:
    link = f"/s/{questionnaire.key}"
    if questionnaire.unit is UnitRule.FIXED:
        link += f"?unit={MEMBERS}"
    return OpenSurvey(
        title=questionnaire.speak(questionnaire.title, language),
        purpose=questionnaire.speak(questionnaire.purpose, language),
        minutes=questionnaire.minutes,
        link=link,
    )


def _doors(links: Sequence[str]) -> dict[Door, str]:
    """Where each door leads; only those that lead somewhere."""
    doors = {}
    if links:
        wanted = f"/s/{_FIRST_SURVEY}"
        doors[Door.SURVEY] = wanted if wanted in links else links[0]
    return doors | {Door.CHAT: CHAT, Door.TRENDS: TRENDS, Door.API: "/api/docs"}
