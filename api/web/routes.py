"""The web form: one page per turn, posted to the survey's address, then sent on by 303.

Each turn has an address of its own, so that the browser's Back works: opening the page of an
answered question shows it without moving anything, and posting it changes that answer. Opening a
page stores nothing; the first post begins the conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response
from survey.locales import SPOKEN

from api.access import Access, App, Caller, Rule
from api.web import forms
from api.web.context import Survey, Visit
from api.web.fields import Typed
from api.web.pages import Pages
from api.web.security import post_is_ours
from api.web.sessions import COOKIE, Visitor, Visitors, digest, set_cookie
from api.web.troubles import Trouble
from api.web.words import FORM_TOKEN
from survey.domain.questionnaire import QuestionType
from survey.domain.turns import (
    Cancel,
    Change,
    ChooseUnit,
    Decline,
    FindUnit,
    Input,
    NoticeTurn,
    OverTurn,
    Phase,
    Problem,
    Put,
    QuestionTurn,
    Read,
    Resume,
    ReviewTurn,
    Say,
    Skip,
    Speak,
    Start,
    Submitted,
    Turn,
    UnitCandidate,
    UnitTurn,
)
from survey.errors import NotFound
from survey.services.conversations import Shown
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_SEE_OTHER: Final = 303
_FORBIDDEN: Final = 403
_REFUSED: Final = 422


@dataclass(frozen=True, slots=True)
class Web:
    """What the pages of the form need beside the application."""

    pages: Pages
    visitors: Visitors
    origins: tuple[str, ...]


@dataclass(slots=True)
class _Here:
    """One request to one survey, with who sent it; the visitor changes as the session does."""

    request: Request
    app: Application
    web: Web
    key: str
    visitor: Visitor
    language: str

    @property
    def owner(self) -> str:
        return owner_of(self.visitor)

    @property
    def address(self) -> str:
        """The survey's address, with the unit where the link fixes it."""
        unit = self.request.query_params.get("unit")
        return f"/s/{self.key}" + (f"?unit={quote(unit)}" if unit else "")

    def visit(self, languages: Sequence[str], spoken: str) -> Visit:
        """The page's own words are in the language of the questionnaire's, where we speak it."""
        return Visit(
            language=spoken if spoken in SPOKEN else "en",
            languages=tuple(code for code in languages if code in SPOKEN) or ("en",),
            path=self.address,
            csrf=self.visitor.csrf,
        )


def owner_of(visitor: Visitor) -> str:
    """Whose conversations a visitor's are; the secret itself is never stored."""
    return f"web:{digest(visitor.secret).hex()}"


@router.get("/s/{key}")
async def entry(key: str, request: Request, app: App, _: Anybody) -> Response:
    """The link of an open survey: its notice, or where this visitor is in it."""
    here = await _met(request, app, key)
    shown = await _current(here)
    if shown is None or _over(shown):
        if shown is not None and shown.state.phase is Phase.SENT and not _again(request):
            return _moved(here, f"/s/{key}/done")
        return _page(here, await _preview(here))
    return _page(here, shown, resumed=bool(shown.state.answers))


@router.get("/s/{key}/q/{question}")
async def question(key: str, question: str, request: Request, app: App, _: Anybody) -> Response:
    """The page of one question: the open one, or one already answered, as the browser's Back asks.

    Any other leads to where the visitor is; nothing is changed by looking.
    """
    here = await _met(request, app, key)
    shown = await _current(here)
    if shown is None or _over(shown):
        return _moved(here, here.address)
    if _place(shown.turn) != question:
        shown = await app.conversations.look(shown.conversation, Change(question), owner=here.owner)
        if _place(shown.turn) != question:
            return _moved(here, _address(here, shown.turn))
    return _page(here, shown)


@router.get("/s/{key}/unit")
@router.get("/s/{key}/check")
async def step(key: str, request: Request, app: App, _: Anybody) -> Response:
    """Choosing one's unit, or the check page; elsewhere the visitor is sent to where they are."""
    here = await _met(request, app, key)
    shown = await _current(here)
    if shown is None or _over(shown):
        return _moved(here, here.address)
    if _address(here, shown.turn) != request.url.path:
        return _moved(here, _address(here, shown.turn))
    return _page(here, shown)


@router.get("/s/{key}/done")
async def done(key: str, request: Request, app: App, _: Anybody) -> Response:
    """The confirmation; it can be reloaded and bookmarked, and shows the same reference."""
    here = await _met(request, app, key)
    shown = await _current(here)
    if shown is None or shown.receipt is None or not _over(shown):
        return _moved(here, here.address)
    survey = _survey(shown)
    visit = here.visit(shown.published.questionnaire.languages, here.language)
    page = here.web.pages.done(reference=shown.receipt.reference, survey=survey, visit=visit)
    return HTMLResponse(page)


@router.post("/s/{key}")
async def post(key: str, request: Request, app: App, _: Anybody) -> Response:
    """One input: apply it, then send the browser to where the visitor is now."""
    form = await forms.read_body(request)
    here = await _met(request, app, key)
    await request.app.state.limits.link(key)
    if not here.visitor.returning:
        trouble = Trouble.EXPIRED if here.visitor.expired else Trouble.NO_COOKIE
        return trouble_page(request, trouble, kept=_typed_texts(form))
    shown = await _current(here)
    posted_token = str(form.get("csrf") or "")
    if not post_is_ours(
        request.headers, posted_token, token=here.visitor.csrf, origins=here.web.origins
    ):
        return await _ask_again(here, shown, form)
    here.visitor = await here.web.visitors.keep(here.visitor)
    shown_now = shown if shown is not None and not _over(shown) else await _preview(here)
    posted = forms.read_input(form, _types(shown_now))
    if isinstance(posted, Speak):
        return await _spoken(here, shown, posted)
    if shown is not None and shown.state.phase is Phase.SENT and not isinstance(posted, Start):
        return _moved(here, f"/s/{key}/done")
    if isinstance(posted, forms.StartAgain):
        return await _start_again(here, shown)
    if isinstance(posted, Decline) and (shown is None or _over(shown)):
        return _page(here, replace(shown_now, turn=OverTurn(Phase.DECLINED)))
    if shown is None or _over(shown):
        shown = await _begin(here)
    shown = await _applied(here, shown, posted)
    return await _answered(here, shown, forms.typed(form))


async def _met(request: Request, app: Application, key: str) -> _Here:
    """Who came to which survey. Raises: NotFound, QuestionnaireClosed."""
    web: Web = request.app.state.web
    visitor = await web.visitors.meet(request.cookies.get(COOKIE))
    remembered = visitor.session.language if visitor.session else None
    asked = request.query_params.get("language")
    preferred = preferred_language(request.headers.get("accept-language", ""))
    here = _Here(request, app, web, key, visitor, asked or remembered or preferred)
    listed = await app.catalogue.get(key)
    if not listed.row.open_link:
        raise NotFound("questionnaire")
    return here


async def _unit(here: _Here) -> UnitCandidate | None:
    """The unit that the link fixes. Raises: NotFound."""
    key = here.request.query_params.get("unit")
    return await here.app.conversations.unit(key) if key else None


async def _current(here: _Here) -> Shown | None:
    """This visitor's newest conversation about this survey."""
    if here.visitor.session is None:
        return None
    return await here.app.conversations.current(here.owner, here.key)


async def _preview(here: _Here) -> Shown:
    """The notice as a newcomer sees it; nothing is stored."""
    unit = await _unit(here)
    return await here.app.conversations.preview(
        here.key, language=here.language, unit=unit, unit_fixed=unit is not None
    )


async def _begin(here: _Here) -> Shown:
    unit = await _unit(here)
    return await here.app.conversations.begin(
        here.owner, here.key, language=here.language, unit=unit, unit_fixed=unit is not None
    )


async def _applied(here: _Here, shown: Shown, posted: forms.Posted) -> Shown:
    """Look up what the engine must be told, then apply the input.

    A page of an answered question, reached by the browser's Back, changes that answer.
    """
    input_: Input
    match posted:
        case forms.UnitSought(text):
            found = await here.app.conversations.find_units(text) if text else ()
            input_ = FindUnit(text, found)
        case forms.UnitPicked(key):
            try:
                input_ = ChooseUnit(await here.app.conversations.unit(key))
            except NotFound:
                input_ = FindUnit("", ())
        case forms.StartAgain():
            input_ = Resume()
        case _:
            input_ = posted
    named = getattr(input_, "question", None)
    revisits = isinstance(input_, Say | Put | Skip | Read) and named in shown.state.answers
    if revisits and named is not None and _place(shown.turn) != named:
        return await here.app.conversations.apply(
            shown.conversation, Change(named), input_, owner=here.owner
        )
    return await here.app.conversations.apply(shown.conversation, input_, owner=here.owner)


async def _answered(here: _Here, shown: Shown, typed: Typed) -> Response:
    """After an input: on to the next page, or this one again with what is wrong."""
    if any(isinstance(event, Submitted) for event in shown.events):
        here.request.app.state.on_submission()
    turn = shown.turn
    if isinstance(turn, OverTurn):
        if turn.phase is Phase.SENT:
            return _moved(here, f"/s/{here.key}/done")
        return _page(here, shown)
    problem = None if isinstance(turn, NoticeTurn) else turn.problem
    if problem is not None:
        return _page(here, shown, typed=typed, status=_REFUSED)
    if isinstance(turn, UnitTurn) and turn.typed is not None:
        return _page(here, shown)
    return _moved(here, _address(here, turn))


async def _spoken(here: _Here, shown: Shown | None, speak: Speak) -> Response:
    """Another language: remembered for the visit, and for the conversation where one runs."""
    if speak.language in SPOKEN:
        here.visitor = await here.web.visitors.keep(here.visitor, language=speak.language)
        if shown is not None and not _over(shown):
            shown = await here.app.conversations.apply(shown.conversation, speak, owner=here.owner)
    return _moved(here, _address(here, shown.turn) if shown and not _over(shown) else here.address)


async def _start_again(here: _Here, shown: Shown | None) -> Response:
    """Somebody else sat here: their answers are thrown away and the cookie changes."""
    if shown is not None and not _over(shown):
        await here.app.conversations.apply(shown.conversation, Cancel(), owner=here.owner)
    here.visitor = await here.web.visitors.forget(here.visitor)
    return _moved(here, here.address)


async def _ask_again(here: _Here, shown: Shown | None, form: FormData) -> Response:
    """The form's token is missing, old or foreign: nothing is done, what was typed is kept."""
    turn = shown if shown is not None and not _over(shown) else await _preview(here)
    return _page(
        here, turn, typed=forms.typed(form), problem=Problem(FORM_TOKEN), status=_FORBIDDEN
    )


def _page(
    here: _Here,
    shown: Shown,
    *,
    typed: Typed | None = None,
    problem: Problem | None = None,
    resumed: bool = False,
    status: int = 200,
) -> Response:
    survey = _survey(shown, resumed=resumed)
    visit = here.visit(shown.published.questionnaire.languages, shown.state.language)
    page = here.web.pages.turn(shown.turn, survey=survey, visit=visit, typed=typed, problem=problem)
    return _with_cookie(here, HTMLResponse(page, status))


def _moved(here: _Here, address: str) -> Response:
    return _with_cookie(here, RedirectResponse(address, _SEE_OTHER))


def _with_cookie(here: _Here, response: Response) -> Response:
    set_cookie(response, here.visitor, secure=here.app.settings.secure_cookies)
    return response


def _survey(shown: Shown, *, resumed: bool = False) -> Survey:
    questionnaire = shown.published.questionnaire
    language = shown.state.language
    return Survey(
        title=questionnaire.speak(questionnaire.title, language),
        privacy=questionnaire.privacy,
        revision=shown.state.revision,
        floor=shown.published.version.floor,
        resumed=resumed,
        unreviewed=language in questionnaire.unreviewed,
    )


def _types(shown: Shown) -> Mapping[str, QuestionType]:
    return {each.name: each.type for each in shown.published.questionnaire.questions}


def _over(shown: Shown) -> bool:
    return shown.state.phase.over


def _again(request: Request) -> bool:
    return "again" in request.query_params


def _place(turn: Turn) -> str | None:
    """The question that a turn asks."""
    return turn.name if isinstance(turn, QuestionTurn) else None


def _address(here: _Here, turn: Turn) -> str:
    match turn:
        case QuestionTurn():
            return f"/s/{here.key}/q/{turn.name}"
        case UnitTurn():
            return f"/s/{here.key}/unit"
        case ReviewTurn():
            return f"/s/{here.key}/check"
        case NoticeTurn() | OverTurn():
            return here.address


def _typed_texts(form: FormData) -> tuple[str, ...]:
    return tuple(text for values in forms.typed(form).values() for text in values)


def trouble_page(
    request: Request, trouble: Trouble, *, kept: tuple[str, ...] = (), language: str = "en"
) -> Response:
    """A plain page for what went wrong."""
    web: Web = request.app.state.web
    visit = Visit(language=language, path=request.url.path)
    return HTMLResponse(web.pages.trouble(trouble, visit=visit, kept=kept), trouble.status)


def preferred_language(header: str) -> str:
    """The first language of an Accept-Language header that we speak, else English."""
    for part in header.split(","):
        code = part.partition(";")[0].strip().lower()[:2]
        if code in SPOKEN:
            return code
    return "en"
