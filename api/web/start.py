"""/: what this is, and the doors that exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.demonstration.borough import MEMBERS
from api.web.context import Visit
from api.web.pages import Pages
from api.web.trend_asked import PATH as TRENDS
from survey.domain.questionnaire import Questionnaire, UnitRule
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


@dataclass(frozen=True, slots=True)
class Door:
    """Something to try; `picture` names a file under `static/doors`."""

    title: str
    text: str
    link: str
    picture: str


@router.get("/")
async def start(request: Request, app: App, _: Anybody) -> Response:
    """In a demonstration the doors with a picture each, else the open surveys."""
    pages: Pages = request.app.state.web.pages
    surveys = await _open_surveys(app)
    demo = app.settings.demo
    organisation = app.settings.organisation
    page = pages.render(
        "start.html",
        visit=Visit(language="en"),
        title="See what this does" if demo else f"Tell {organisation} what you think",
        doors=_doors(app, [survey.link for survey in surveys]) if demo else (),
        surveys=surveys,
    )
    return HTMLResponse(page)


async def _open_surveys(app: Application) -> list[OpenSurvey]:
    """One whose link must name a unit is listed only where we know which: in a demonstration."""
    return [
        _open_survey(listed.published.questionnaire)
        for listed in await app.catalogue.all()
        if listed.row.open_link
        and listed.row.closed_at is None
        and (app.settings.demo or listed.published.questionnaire.unit is not UnitRule.FIXED)
    ]


def _open_survey(questionnaire: Questionnaire) -> OpenSurvey:
    link = f"/s/{questionnaire.key}"
    if questionnaire.unit is UnitRule.FIXED:
        link += f"?unit={MEMBERS}"
    return OpenSurvey(
        title=questionnaire.speak(questionnaire.title, "en"),
        purpose=questionnaire.speak(questionnaire.purpose, "en"),
        minutes=questionnaire.minutes,
        link=link,
    )


def _doors(app: Application, links: Sequence[str]) -> list[Door]:
    """Only doors that lead somewhere."""
    wanted = f"/s/{_FIRST_SURVEY}"
    doors = []
    if links:
        doors.append(
            Door(
                "Answer a survey on the web",
                "Two minutes, one question a page. No account, nothing to install.",
                wanted if wanted in links else links[0],
                "survey",
            )
        )
    if app.settings.bot_username:
        doors.append(
            Door(
                "Talk to the bot",
                "The same survey as a chat in Telegram, with buttons.",
                f"https://t.me/{app.settings.bot_username}?start=s_{_FIRST_SURVEY}",
                "chat",
            )
        )
    doors.append(
        Door(
            "See what came of it",
            "Satisfaction and engagement over time, by school, department and service.",
            TRENDS,
            "trends",
        )
    )
    doors.append(
        Door(
            "Read about the API",
            "Send answers and read figures from another system.",
            "/api/docs",
            "api",
        )
    )
    return doors
