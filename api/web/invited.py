"""The personal link of an invitation: opening it shows what is asked, pressing Start begins.

Preview robots, scanners and prefetching browsers open links too, so that looking changes nothing.
After the post the token is in no address any more: the pages of /answer go on, by the session.
"""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.web import forms
from api.web.context import Survey, Visit
from api.web.errors import trouble_page
from api.web.legal import notice_page
from api.web.reports import begin_as
from api.web.routes import address_of
from api.web.security import post_is_ours
from api.web.sessions import COOKIE, Visitor, set_cookie
from api.web.troubles import Trouble
from api.web.visits import ANSWERING, InvitedHere, Web, owner_of, sent
from survey.domain.language import date_in_words, day_in_words
from survey.errors import AlreadyAnswered, NotFound
from survey.locales import SPOKEN, UNREVIEWED, translations
from survey.services.invited import Offer
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_SEE_OTHER: Final = 303


@router.get("/i/{token}")
async def offered(token: str, request: Request, app: App, _: Anybody) -> Response:
    """What somebody is invited to, and whether to begin. Nothing is noted, and nothing used up.

    Raises: NotFound, TooMany, WaveClosed, AlreadyAnswered.
    """
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    try:
        offer = await _look(request, app, token, _language(request, visitor))
    except AlreadyAnswered as answered:
        receipt = await _receipt(app, visitor, token, answered.questionnaire)
        if await app.bodies.may_recall(app.invited.read(token)):
            receipt = f"/i/{token}/body"
        if receipt is None:
            raise
        return RedirectResponse(receipt, _SEE_OTHER)
    return _with_cookie(app, visitor, HTMLResponse(_notice(request, token, visitor, offer)))


@router.get("/i/{token}/privacy")
async def privacy(token: str, request: Request, app: App, _: Anybody) -> Response:
    """The whole privacy notice of what somebody is invited to. Raises: as `offered`."""
    offer = await _look(request, app, token, None)
    request.state.language = offer.language
    return notice_page(request, app, offer.published)


@router.post("/i/{token}")
async def pressed(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Begin or go on, in this browser from now on; or not. Raises: as `offered`."""
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
    offer = await _look(request, app, token, str(form.get("language") or ""))
    match form.get("action"):
        case "start":
            return await _begun(request, app, visitor, offer)
        case "decline":
            await app.invited.mark_opened(offer.invitation.id)
            return HTMLResponse(_not_now(request, token, offer))
        case "report":
            return await begin_as(request, app, offer.person, language=offer.language)
        case _:
            return trouble_page(request, Trouble.UNREADABLE)


async def _begun(request: Request, app: Application, visitor: Visitor, offer: Offer) -> Response:
    """Raises: as `Invited.open`."""
    web: Web = request.app.state.web
    shown = await app.invited.open(
        offer.invitation.id, owner=owner_of(visitor), language=offer.language
    )
    spoken = offer.language if offer.language in SPOKEN else None
    visitor = await web.visitors.keep(visitor, language=spoken)
    listed = await app.catalogue.get(offer.wave.questionnaire)
    here = InvitedHere(
        request, app, web, listed, visitor, None, shown.conversation, shown, moved=None
    )
    address = address_of(here, shown.turn)
    return _with_cookie(app, visitor, RedirectResponse(address, _SEE_OTHER))


async def _look(request: Request, app: Application, token: str, language: str | None) -> Offer:
    """Raises: NotFound; TooMany, for somebody who tries one link after the other."""
    limits: Limits = request.app.state.limits
    limits.may_try_links(request)
    try:
        leaver = await app.leaving.look(token)
        # Also a page that says that it is over is in the language of whom it is for.
        request.state.language = language or leaver.language
        return await app.invited.look(token, language=language or None)
    except NotFound:
        limits.wrong_link(request)
        raise


async def _receipt(
    app: Application, visitor: Visitor, token: str, questionnaire: str
) -> str | None:
    """Where this browser sees the receipt of what it answered to the invitation."""
    if not visitor.returning:
        return None
    invitation: UUID = app.invited.read(token)
    shown = await app.conversations.current(owner_of(visitor), questionnaire)
    if shown is None or shown.invitation != invitation or not sent(shown):
        return None
    return f"{ANSWERING}/{shown.conversation}/done"


def _language(request: Request, visitor: Visitor) -> str | None:
    """As the address asks, or as was chosen in this browser; else it is the person's."""
    asked = request.query_params.get("language")
    if asked in SPOKEN:
        return asked
    return visitor.session.language if visitor.session else None


def _notice(request: Request, token: str, visitor: Visitor, offer: Offer) -> str:
    web: Web = request.app.state.web
    visit = _visit(token, offer, csrf=visitor.csrf)
    gettext = translations(visit.language).gettext
    questionnaire, invitation = offer.published.questionnaire, offer.invitation
    about = invitation.about
    if about and invitation.about_day:
        day = date_in_words(invitation.about_day, visit.language)
        about = gettext("%(about)s on %(day)s") % {"about": about, "day": day}
    survey = Survey(
        title=offer.notice.title,
        privacy=questionnaire.privacy,
        floor=offer.published.version.floor,
        unreviewed=visit.language in UNREVIEWED or offer.language in questionnaire.unreviewed,
        notice=f"/i/{token}/privacy",
    )
    return web.pages.invited(
        offer.notice,
        survey=survey,
        visit=visit,
        spoken=offer.language,
        about=about,
        body=offer.units[0].name if invitation.body and offer.units else "",
        until=day_in_words(offer.closes_on, visit.language),
        covered_by=offer.plan.notice,
        begun=offer.begun,
        leave=f"/u/{token}",
    )


def _not_now(request: Request, token: str, offer: Offer) -> str:
    web: Web = request.app.state.web
    visit = _visit(token, offer)
    gettext = translations(visit.language).gettext
    until = gettext("Your link works until the end of %(day)s.")
    return web.pages.message(
        gettext("You can answer later"),
        (
            gettext("Nothing was kept."),
            until % {"day": day_in_words(offer.closes_on, visit.language)},
        ),
        visit=visit,
        again=f"/i/{token}",
    )


def _visit(token: str, offer: Offer, *, csrf: str = "") -> Visit:
    """The page's own words are in the language of the questionnaire's, where we speak it."""
    languages = offer.published.questionnaire.languages
    return Visit(
        language=offer.language if offer.language in SPOKEN else "en",
        languages=tuple(code for code in languages if code in SPOKEN) or ("en",),
        path=f"/i/{token}",
        csrf=csrf,
        addressed=True,
    )


def _with_cookie(app: Application, visitor: Visitor, response: Response) -> Response:
    set_cookie(response, visitor, secure=app.settings.secure_cookies)
    return response
