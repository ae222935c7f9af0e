"""Errors on pages: each becomes a plain page that says what to do; exception text never leaves."""

from datetime import date
from typing import Final

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import SignInNeeded
from api.limiting import NoPlace
from api.problems import TooLarge, TooMany
from api.web import forms
from api.web.context import Survey, Visit
from api.web.forms import ForeignForm, FormTooLong, UnreadableForm
from api.web.parts import FilesTooLong, FilesTooMany
from api.web.troubles import Trouble
from api.web.visits import ANSWERING, Elsewhere, Web, preferred_language, with_query
from survey import promises
from survey.errors import (
    AlreadyAnswered,
    AnswerRejected,
    BadQuery,
    Busy,
    FeedbackError,
    NotFound,
    QuestionnaireClosed,
    Refused,
    StaleRevision,
    Unknown,
    WaveClosed,
)
from survey.locales import SPOKEN, translations
from survey.services.tickets import PATH as LINK
from survey.wiring import Application

_TROUBLES: Final[tuple[tuple[type[FeedbackError], Trouble], ...]] = (
    (UnreadableForm, Trouble.UNREADABLE),
    (BadQuery, Trouble.UNREADABLE),
    (ForeignForm, Trouble.FOREIGN),
    (FilesTooLong, Trouble.FILES),
    (FilesTooMany, Trouble.FILES_MANY),
    (NoPlace, Trouble.NO_PLACE),
    (FormTooLong, Trouble.TOO_LONG),
    (TooLarge, Trouble.TOO_LONG),
    (TooMany, Trouble.TOO_MANY),
    (Elsewhere, Trouble.ELSEWHERE),
    (NotFound, Trouble.LINK),
    (AnswerRejected, Trouble.LINK),
    (Refused, Trouble.REFUSED),
    (Unknown, Trouble.REFUSED),
    (StaleRevision, Trouble.BUSY),
    (Busy, Trouble.BUSY),
)

SIGN_IN: Final = "/staff/sign-in"
_STAFF: Final = "/staff"

_STATUSES: Final = {404: Trouble.NOT_FOUND, 413: Trouble.TOO_LONG, 403: Trouble.REFUSED}

_NO_SURVEY: Final = frozenset({Trouble.LINK, Trouble.NOT_FOUND, Trouble.REFUSED, Trouble.ELSEWHERE})
"""Troubles that opening the survey again does not help."""


async def from_error(request: Request, error: FeedbackError) -> Response:
    """The page of an error of our tree."""
    if isinstance(error, QuestionnaireClosed) and "key" in request.path_params:
        return await _closed(request)
    if isinstance(error, WaveClosed):
        return _closed_page(request, error.on)
    if isinstance(error, AlreadyAnswered):
        return answered_page(request)
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request)
    if isinstance(error, TooMany):
        await _keep_what_was_typed(request)
    trouble = next((found for kind, found in _TROUBLES if isinstance(error, kind)), Trouble.BROKEN)
    if trouble is Trouble.LINK and _is_of_staff(request.url.path):
        trouble = Trouble.NOT_FOUND
    response = trouble_page(request, trouble)
    if isinstance(error, TooMany | NoPlace):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _is_of_staff(path: str) -> bool:
    """Whether it is a page for who is signed in; links that lead to signing in are links."""
    return path.startswith("/staff/") and not path.startswith(LINK)


def _to_sign_in(request: Request) -> Response:
    """Somewhere to sign in, and back to the page where it was only looked at."""
    path = request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    back = f"{path}{query}" if request.method == "GET" else None
    return RedirectResponse(with_query(SIGN_IN, next=back), 303)


def from_status(request: Request, status: int) -> Response:
    """The page of an error of the framework itself, with its status."""
    if status == 405:
        response = trouble_page(request, Trouble.UNREADABLE)
        response.status_code = status
        return response
    return trouble_page(request, _STATUSES.get(status, Trouble.BROKEN))


def trouble_page(request: Request, trouble: Trouble) -> Response:
    """A plain page for what went wrong, with what was typed, so that it is not lost."""
    web: Web = request.app.state.web
    page = web.pages.trouble(
        trouble,
        visit=visit_of(request),
        kept=getattr(request.state, "typed", ()),
        again=None if trouble in _NO_SURVEY else _survey_address(request),
        home=_STAFF if _is_of_staff(request.url.path) else None,
    )
    return HTMLResponse(page, trouble.status)


def visit_of(request: Request) -> Visit:
    """A page without a form: its language is asked for in the address, else the browser's.

    A route that knows whom the page is for says so in the request's state.
    """
    asked = request.query_params.get("language") or getattr(request.state, "language", None)
    header = request.headers.get("accept-language", "")
    return Visit(
        language=asked if asked in SPOKEN else preferred_language(header),
        languages=tuple(SPOKEN),
        path=with_query(request.url.path, unit=request.query_params.get("unit")),
    )


def _survey_address(request: Request) -> str | None:
    """The survey that the request was about."""
    key = request.path_params.get("key")
    unit = request.query_params.get("unit")
    if conversation := request.path_params.get("conversation"):
        return f"{ANSWERING}/{conversation}"
    return with_query(f"/s/{key}", unit=unit) if key else None


async def _keep_what_was_typed(request: Request) -> None:
    """The limit of an address is reached before the form is read."""
    if request.method != "POST" or hasattr(request.state, "typed"):
        return
    try:
        request.state.typed = forms.texts(await forms.read_body(request))
    except (UnreadableForm, FormTooLong):
        return


def answered_page(request: Request) -> Response:
    """For who was counted already; what was typed since is given back."""
    web: Web = request.app.state.web
    visit = visit_of(request)
    gettext = translations(visit.language).gettext
    title = gettext("You have already answered")
    told = gettext("We have your answers, and count them once. Thank you.")
    if getattr(request.state, "keyed", None):
        title = gettext("These answers are here already")
        told = gettext("They were sent in meanwhile. What you keyed in was not kept.")
    page = web.pages.message(
        title,
        (told,),
        visit=visit,
        kept=_texts(request),
    )
    return HTMLResponse(page, 200 if request.method == "GET" else 409)


def _closed_page(request: Request, on: date | None) -> Response:
    """What somebody was invited to is over; what was typed and drafted is given back."""
    web: Web = request.app.state.web
    visit = visit_of(request)
    gettext = translations(visit.language).gettext
    page = web.pages.message(
        gettext("This survey is closed"),
        (promises.closed(gettext, on, visit.language),),
        visit=visit,
        kept=_texts(request),
    )
    return HTMLResponse(page, 410 if request.method == "GET" else 409)


def _texts(request: Request) -> tuple[str, ...]:
    """What was typed now and in earlier answers that are not taken; each once."""
    texts = (*getattr(request.state, "drafted", ()), *getattr(request.state, "typed", ()))
    return tuple(dict.fromkeys(texts))


async def _closed(request: Request) -> Response:
    """The closed page, with what was typed now and in the earlier answers, which are not taken."""
    app: Application = request.app.state.application
    web: Web = request.app.state.web
    listed = await app.catalogue.get(request.path_params["key"])
    questionnaire = listed.published.questionnaire
    visit = visit_of(request)
    closed_at = listed.row.closed_at
    survey = Survey(
        title=questionnaire.speak(questionnaire.title, visit.language),
        privacy=questionnaire.privacy,
        floor=listed.published.version.floor,
        closed_on=closed_at.astimezone(app.settings.zone).date() if closed_at else None,
    )
    page = web.pages.closed(survey=survey, visit=visit, kept=_texts(request))
    return HTMLResponse(page, 410 if request.method == "GET" else 409)
