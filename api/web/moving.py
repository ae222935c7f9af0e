"""Between the pages and the chat: a link that takes the answers to the other channel, once.

Opening a link shows a page with a button and uses nothing up, since preview robots open links too.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.web import forms
from api.web.context import Visit
from api.web.errors import trouble_page
from api.web.security import post_is_ours
from api.web.sessions import COOKIE, set_cookie
from api.web.troubles import Trouble
from api.web.visits import ANSWERING, PROBLEM, Here, Web, owner_of
from survey.domain.records import Channel
from survey.domain.reporting import REPORT
from survey.errors import NotFound
from survey.locales import SPOKEN, translations
from survey.services.handovers import Moving
from survey.services.shown import Shown
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]


@router.get("/w/{token}")
async def offered(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Whether to go on here with what was begun in chat. Raises: NotFound, TooMany."""
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    moving = await _look(request, app, token, owner_of(visitor))
    language = moving.language if moving.language in SPOKEN else "en"
    gettext = translations(language).gettext
    paragraphs = [
        gettext("You began “%(title)s” in Telegram and want to continue here.")
        % {"title": _title(moving, app)},
        gettext("If this was not you, close this page. Then nothing happens."),
    ]
    if moving.replaces:
        paragraphs.append(gettext("The answers that you began here will be thrown away."))
    page = web.pages.render(
        "moving.html",
        visit=Visit(
            language=language,
            languages=(language,),
            path=f"/w/{token}",
            csrf=visitor.csrf,
        ),
        title=gettext("Continue here?"),
        paragraphs=paragraphs,
        buttons=((gettext("Continue here"), "move"),),
    )
    response = HTMLResponse(page)
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response


@router.post("/w/{token}")
async def taken(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Go on here; of many who press at once, one does. Raises: NotFound, TooMany."""
    web: Web = request.app.state.web
    form = await forms.read_body(request)
    request.state.typed = forms.texts(form)
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    if not visitor.returning:
        return trouble_page(request, Trouble.EXPIRED if visitor.expired else Trouble.NO_COOKIE)
    if not post_is_ours(
        request.headers, str(form.get("csrf") or ""), token=visitor.csrf, origins=web.origins
    ):
        return trouble_page(request, Trouble.FOREIGN)
    owner = owner_of(visitor)
    moving = await _look(request, app, token, owner)
    await app.handovers.take(token, to=Channel.WEB, owner=owner)
    visitor = await web.visitors.keep(visitor)
    key = moving.published.version.questionnaire
    address = f"{ANSWERING}/{moving.conversation}" if moving.wave else f"/s/{key}"
    if key == REPORT:
        address = PROBLEM
    response = RedirectResponse(address, 303)
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response


async def to_chat(here: Here, shown: Shown) -> Response:
    """The link that takes a visitor's answers to the chat. Raises: NotFound."""
    bot = here.app.settings.bot_username
    if not bot:
        raise NotFound("bot")
    token = await here.app.handovers.offer(shown.conversation, owner=here.owner, to=Channel.CHAT)
    language = shown.state.language if shown.state.language in SPOKEN else "en"
    gettext = translations(language).gettext
    page = here.web.pages.render(
        "moving.html",
        visit=here.visit((language,), language),
        title=gettext("Continue in Telegram"),
        paragraphs=(
            gettext("Open Telegram within 30 minutes. Your answers so far move there."),
            gettext("The link works once. Whoever opens it sees your answers: do not pass it on."),
        ),
        link=(gettext("Open Telegram"), f"https://t.me/{bot}?start=w_{token}"),
        stay=(gettext("Stay here"), here.address),
    )
    return _with_cookie(here, HTMLResponse(page))


def went_to_chat(here: Here, moving: Moving) -> Response:
    """Where the answers are that this visitor began."""
    language = moving.language if moving.language in SPOKEN else "en"
    gettext = translations(language).gettext
    page = here.web.pages.render(
        "moving.html",
        visit=here.visit((language,), language),
        title=gettext("You continued this in Telegram")
        if here.begins
        else gettext("You continued this somewhere else"),
        paragraphs=(gettext("Your answers are there. You can take them back and go on here."),),
        buttons=(
            (gettext("Take them back"), "take_back"),
            (gettext("Not you? Start again"), "restart"),
        ),
    )
    return _with_cookie(here, HTMLResponse(page))


async def _look(request: Request, app: Application, token: str, owner: str) -> Moving:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    try:
        return await app.handovers.look(token, to=Channel.WEB, owner=owner)
    except NotFound:
        limits.wrong_link(request)
        raise


def _title(moving: Moving, app: Application) -> str:
    title = moving.published.form.title[moving.language]
    return title.render({"organisation": app.settings.organisation})


def _with_cookie(here: Here, response: Response) -> Response:
    set_cookie(response, here.visitor, secure=here.app.settings.secure_cookies)
    return response
