"""Asking not to be asked: a page with buttons, and one click in mail software (RFC 8058).

The link's token is the whole of the proof. No cookie is needed, so that it works wherever a letter
is read; a page of somebody else's that posts here would need the token as well. Opening the page
changes nothing.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.web import forms
from api.web.context import Visit
from api.web.errors import trouble_page
from api.web.troubles import Trouble
from api.web.visits import Web
from survey.errors import NotFound
from survey.locales import SPOKEN, translations
from survey.services.leaving import Leaver
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
_ENGLISH: Final = "en"


@router.get("/u/{token}")
async def asked(token: str, request: Request, app: App, _: Anybody) -> Response:
    """What can be stopped. Raises: NotFound, TooMany."""
    leaver = await _look(request, app, token)
    return _page(request, app, token, leaver)


@router.post("/u/{token}")
async def pressed(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Stop this survey or all, or be asked again. Raises: NotFound, TooMany, Busy."""
    form = await forms.read_body(request)
    request.state.typed = forms.texts(form)
    await _look(request, app, token)
    name, value = _ONE_CLICK
    action = "stop" if form.get(name) == value else form.get("action")
    match action:
        case "stop":
            leaver = await app.leaving.stop(token)
        case "refuse":
            leaver = await app.leaving.refuse(token)
        case "again":
            leaver = await app.leaving.come_back(token)
        case _:
            return trouble_page(request, Trouble.UNREADABLE)
    return _page(request, app, token, leaver, done=str(action))


async def _look(request: Request, app: Application, token: str) -> Leaver:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    try:
        return await app.leaving.look(token)
    except NotFound:
        limits.wrong_link(request)
        raise


def _page(
    request: Request, app: Application, token: str, leaver: Leaver, *, done: str = ""
) -> Response:
    web: Web = request.app.state.web
    wanted = request.query_params.get("language", leaver.language)
    language = wanted if wanted in SPOKEN else _ENGLISH
    _ = translations(language).gettext
    told = {"organisation": app.settings.organisation, "title": leaver.title}
    stop, refuse = (_("Stop all surveys"), "stop"), (_("Don't ask me about this"), "refuse")
    again = (_("Ask me again"), "again")
    if leaver.stopped:
        title = _("You get no more surveys")
        said = [
            _("We send you no more surveys of %(organisation)s, by e-mail or in chat.") % told,
            _("If you change your mind, choose “Ask me again”, or tell us."),
        ]
        buttons = [again]
    elif leaver.refused and done != "again":
        title = _("You are not asked about this any more")
        said = [
            _("We send you nothing more about “%(title)s” this time.") % told,
            _("If you change your mind, the link in the letter still opens it."),
        ]
        buttons = [stop]
    elif done == "again":
        title = _("You can be asked again")
        said = [_("We ask you from the next survey on.")]
        buttons = []
    elif leaver.invitation is None:
        title = _("Do you want no more letters?")
        said = [
            _("%(organisation)s wrote to you what was done about what people said.") % told,
            _("If you stop these letters, you are not asked to answer surveys either."),
        ]
        buttons = [stop]
    else:
        title = _("What do you want to stop?")
        said = [
            _("You were asked to answer “%(title)s”.") % told,
            _("You can stop this survey, or all surveys of %(organisation)s.") % told,
        ]
        buttons = [refuse, stop]
    page = web.pages.render(
        "moving.html",
        visit=Visit(language=language, languages=tuple(SPOKEN), path=f"/u/{token}", addressed=True),
        title=title,
        paragraphs=said,
        buttons=buttons,
    )
    return HTMLResponse(page)
