"""Whoever answers for a school or department by a link: the same as last time, a colleague instead,
the answers back.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.web import forms
from api.web.context import Visit
from api.web.errors import trouble_page
from api.web.routes import address_of
from api.web.security import post_is_ours
from api.web.sessions import COOKIE, Visitor, set_cookie
from api.web.troubles import Trouble
from api.web.visits import InvitedHere, Web, owner_of
from survey.domain.audit import Actor
from survey.domain.language import day_in_words, month_in_words
from survey.errors import HandedOnOften, NotFound
from survey.locales import SPOKEN, translations
from survey.services.bodies import Standing
from survey.services.leaving import Leaver
from survey.services.shown import Shown
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_SEE_OTHER: Final = 303
_REFUSED: Final = 422
_CONFLICT: Final = 409


@router.get("/i/{token}/body")
async def ways(token: str, request: Request, app: App, _: Anybody) -> Response:
    """What can be done beside answering; looking changes nothing. Raises: NotFound, WaveClosed."""
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    invitation, leaver = await _known(request, app, token)
    standing = await app.bodies.standing(invitation)
    response = HTMLResponse(_page(request, token, visitor, leaver, standing))
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response


@router.post("/i/{token}/body")
async def pressed(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Do it. Raises: NotFound, AlreadyAnswered, WaveClosed."""
    web: Web = request.app.state.web
    form = await forms.read_body(request)
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    if not visitor.returning:
        return trouble_page(request, Trouble.EXPIRED if visitor.expired else Trouble.NO_COOKIE)
    if not post_is_ours(
        request.headers, str(form.get("csrf") or ""), token=visitor.csrf, origins=web.origins
    ):
        return trouble_page(request, Trouble.FOREIGN)
    invitation, leaver = await _known(request, app, token)
    by, owner = Actor.person(leaver.person), owner_of(visitor)
    match form.get("action"):
        case "same":
            shown = await app.bodies.unchanged(invitation, owner=owner)
            request.app.state.on_submission()
            return await _on(request, app, visitor, leaver, shown)
        case "recall":
            shown = await app.bodies.recall(invitation, owner=owner, by=by)
            return await _on(request, app, visitor, leaver, shown)
        case "hand_on":
            standing = await app.bodies.standing(invitation)
            named = [each for each in standing.colleagues if str(each.id) == form.get("colleague")]
            if not named:
                page = _page(request, token, visitor, leaver, standing, nobody=True)
                return HTMLResponse(page, _REFUSED)
            try:
                await app.bodies.hand_on(invitation, named[0].id, by=by)
            except HandedOnOften:
                standing = await app.bodies.standing(invitation)
                return HTMLResponse(_page(request, token, visitor, leaver, standing), _CONFLICT)
            return HTMLResponse(_handed_on(request, token, leaver, standing, named[0].name))
        case _:
            return trouble_page(request, Trouble.UNREADABLE)


async def _known(request: Request, app: Application, token: str) -> tuple[UUID, Leaver]:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    try:
        leaver = await app.leaving.look(token)
        request.state.language = leaver.language
        return app.invited.read(token), leaver
    except NotFound:
        limits.wrong_link(request)
        raise


async def _on(
    request: Request, app: Application, visitor: Visitor, leaver: Leaver, shown: Shown
) -> Response:
    """To the page of the conversation, in this browser from now on."""
    web: Web = request.app.state.web
    spoken = leaver.language if leaver.language in SPOKEN else None
    visitor = await web.visitors.keep(visitor, language=spoken)
    listed = await app.catalogue.get(shown.state.questionnaire)
    here = InvitedHere(
        request, app, web, listed, visitor, None, shown.conversation, shown, moved=None
    )
    ended = shown.state.phase.over
    response = RedirectResponse(
        here.at("done") if ended else address_of(here, shown.turn), _SEE_OTHER
    )
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response


def _visit(token: str, leaver: Leaver, csrf: str = "") -> Visit:
    spoken = leaver.language if leaver.language in SPOKEN else "en"
    return Visit(
        language=spoken,
        languages=(spoken,),
        path=f"/i/{token}/body",
        csrf=csrf,
        addressed=True,
    )


def _page(
    request: Request,
    token: str,
    visitor: Visitor,
    leaver: Leaver,
    standing: Standing,
    *,
    nobody: bool = False,
) -> str:
    web: Web = request.app.state.web
    visit = _visit(token, leaver, visitor.csrf)
    gettext = translations(visit.language).gettext
    title = gettext("Other ways to answer for %(body)s")
    if standing.recall:
        title = gettext("%(body)s has answered")
    last = month_in_words(standing.last.month, visit.language) if standing.last else ""
    values: dict[str, Any] = {
        "standing": standing,
        "last": last,
        "until": day_in_words(standing.closes_on, visit.language),
        "back": f"/i/{token}",
        "error": gettext("Select a colleague") if nobody else None,
        "focus": "colleague",
    }
    return web.pages.render(
        "body.html", visit=visit, title=title % {"body": standing.body.name}, **values
    )


def _handed_on(request: Request, token: str, leaver: Leaver, standing: Standing, name: str) -> str:
    web: Web = request.app.state.web
    visit = _visit(token, leaver)
    gettext = translations(visit.language).gettext
    told = gettext("We ask %(name)s to answer for %(body)s. What you have answered goes along.")
    return web.pages.message(
        gettext("Handed on"),
        (
            told % {"name": name, "body": standing.body.name},
            gettext("Your link goes on working: whoever of you sends first answers for all."),
        ),
        visit=visit,
        again=f"/i/{token}",
    )
