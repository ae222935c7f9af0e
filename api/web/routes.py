"""The web form: one page per turn, posted to the survey's address, then sent on by 303.

Each turn has an address of its own, so that the browser's Back works: opening the page of an
answered question shows it without moving anything, and posting it changes that answer. Opening a
page stores nothing; the first post begins the conversation. Who has sent their answers is shown the
receipt until they say that another answer begins.
"""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.limiting import Limits
from api.web import forms
from api.web.answering import answer, look_back, place_of, speak, start_again
from api.web.context import Survey
from api.web.errors import trouble_page
from api.web.fields import Typed
from api.web.moving import to_chat, went_to_chat
from api.web.parts import SentFile, drain, is_multipart, read_parts_of_anybody
from api.web.reports import (
    DRAINED,
    FILES_LIMIT,
    MOST_PARTS,
    join,
    meet_for,
    remove_file,
    take_files,
)
from api.web.security import comes_from_us, post_is_ours
from api.web.sessions import set_cookie
from api.web.troubles import Trouble
from api.web.visits import ANSWERING, PROBLEM, Here, running, sent, types_of
from api.web.words import CHANGED_MEANWHILE, FORM_TOKEN
from survey import report_words
from survey.domain.turns import (
    UNIT,
    Cancel,
    Decline,
    NoticeTurn,
    OverTurn,
    Phase,
    Problem,
    QuestionTurn,
    ReviewTurn,
    Speak,
    Stale,
    Start,
    Submit,
    Submitted,
    Turn,
    UnitTurn,
)
from survey.locales import translations
from survey.services.catalogue import Published
from survey.services.shown import Shown
from survey.wiring import Application

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

_INVITED: Final = f"{ANSWERING}/{{conversation:uuid}}"
_SEE_OTHER: Final = 303
_FORBIDDEN: Final = 403
_OUTDATED: Final = 409
_REFUSED: Final = 422


@router.get("/s/{key}")
@router.get("/problem")
@router.get(_INVITED)
async def entry(request: Request, app: App, _: Anybody) -> Response:
    """The link of an open survey: its notice, or where this visitor is in it."""
    here = await meet_for(request, app)
    shown = await here.current()
    now = running(shown)
    if now is None and (away := await here.away()):
        return went_to_chat(here, away)
    if sent(shown):
        return _moved(here, here.at("done"))
    here.refuse_if_closed(now)
    if now is None and shown is not None and not here.begins:
        return _over(here, shown.published, shown.state.phase)
    if now is None:
        return await _page(here, await here.preview())
    return await _page(here, now, resumed=bool(now.state.answers))


@router.get("/s/{key}/q/{question}")
@router.get("/problem/q/{question}")
@router.get(f"{_INVITED}/q/{{question}}")
async def question(question: str, request: Request, app: App, _: Anybody) -> Response:
    """The page of one question: the open one, or one already answered, as the browser's Back asks.

    Any other leads to where the visitor is; nothing is changed by looking.
    """
    return await _place(await meet_for(request, app), question)


@router.get("/s/{key}/unit")
@router.get("/problem/unit")
@router.get(f"{_INVITED}/unit")
async def unit(request: Request, app: App, _: Anybody) -> Response:
    """Choosing one's school, department or team, now or once more."""
    return await _place(await meet_for(request, app), UNIT)


@router.get("/s/{key}/check")
@router.get("/problem/check")
@router.get(f"{_INVITED}/check")
async def check(request: Request, app: App, _: Anybody) -> Response:
    """The check page, once every question is answered or skipped."""
    return await _place(await meet_for(request, app), None)


async def _place(here: Here, place: str | None) -> Response:
    """One place of a conversation that runs; `place` is None for the check page."""
    now = running(await here.current())
    if now is None:
        return _moved(here, here.address)
    here.refuse_if_closed(now)
    if place is not None and place_of(now.turn) != place:
        now = await look_back(here, now, place)
    there = isinstance(now.turn, ReviewTurn) if place is None else place_of(now.turn) == place
    return await _page(here, now) if there else _moved(here, address_of(here, now.turn))


@router.get("/s/{key}/done")
@router.get("/problem/done")
@router.get(f"{_INVITED}/done")
async def done(request: Request, app: App, _: Anybody) -> Response:
    """The confirmation; it can be reloaded and bookmarked, and shows the same reference."""
    here = await meet_for(request, app)
    shown = await here.current()
    if shown is None or shown.receipt is None or not sent(shown):
        return _moved(here, here.address)
    visit = here.visit(shown.published.questionnaire.languages, here.language)
    survey = _survey(here, shown.published, here.language)
    survey = await here.told(shown, survey, here.language)
    page = here.web.pages.done(
        reference=shown.receipt.reference,
        survey=survey,
        visit=visit,
        once=shown.invitation is not None,
    )
    return _with_cookie(here, HTMLResponse(page))


@router.post("/s/{key}")
@router.post(PROBLEM, max_body_size=DRAINED)
@router.post(_INVITED)
async def post(request: Request, app: App, _: Anybody) -> Response:
    """One input: apply it, then send the browser to where the visitor is now."""
    async with AsyncExitStack() as stack:
        files: tuple[SentFile, ...] = ()
        if request.url.path == PROBLEM and is_multipart(request):
            if (refused := await _before_files(request, app)) is not None:
                await drain(request)
                return refused
            limits: Limits = request.app.state.limits
            reading = read_parts_of_anybody(
                request, limits, limit=FILES_LIMIT, most_files=MOST_PARTS
            )
            parts = await stack.enter_async_context(reading)
            form, files = parts.fields, parts.files
        else:
            form = await forms.read_body(request)
        return await _posted(request, app, form, files)


async def _before_files(request: Request, app: Application) -> Response | None:
    """Why files are not even read: nobody of ours sends them, or no report of theirs waits for
    them. The form's token stands in the body, and is asked for once that is here."""
    here = await meet_for(request, app)
    if not here.visitor.returning:
        return _no_cookie(here)
    if not comes_from_us(request.headers, origins=here.web.origins):
        return trouble_page(request, Trouble.FOREIGN)
    shown = await here.current()
    if running(shown) is not None:
        return None
    if away := await here.away():
        return went_to_chat(here, away)
    if sent(shown):
        return _moved(here, here.at("done"))
    return await _nothing_runs(here, shown, forms.FilesSent(""))


def _no_cookie(here: Here) -> Response:
    trouble = Trouble.EXPIRED if here.visitor.expired else Trouble.NO_COOKIE
    return trouble_page(here.request, trouble)


async def _posted(
    request: Request, app: Application, form: FormData, files: tuple[SentFile, ...]
) -> Response:
    request.state.typed = forms.texts(form)
    here = await meet_for(request, app)
    if not here.visitor.returning:
        return _no_cookie(here)
    shown = await here.current()
    if not post_is_ours(
        request.headers,
        str(form.get("csrf") or ""),
        token=here.visitor.csrf,
        origins=here.web.origins,
    ):
        return await _ask_again(here, shown, form)
    # Only now: posts that no page of ours sent must not use up the link for everybody.
    here.require_room()
    published = shown.published if shown else here.published
    posted = forms.read_input(form, types_of(published))
    if isinstance(posted, forms.StartAgain | forms.TakeBack | Speak):
        return await _anywhere(here, running(shown), posted)
    now = running(shown)
    if now is None and (away := await here.away()):
        return went_to_chat(here, away)
    if sent(shown):
        return _moved(here, here.at("done"))
    here.refuse_if_closed(now)
    if isinstance(posted, forms.ToTelegram) and now is not None and here.keying is None:
        return await to_chat(here, now)
    if now is None:
        if not isinstance(posted, Start | forms.Joined) or not here.begins:
            return await _nothing_runs(here, shown, posted)
        now = await here.begin()
    # The last page comes when the conversation is over, and knows only what the visit remembers.
    here.visitor = await here.web.visitors.keep(here.visitor, language=here.asked)
    if (about := await _reporting(here, now, posted, files)) is not None:
        return about
    return await _answered(here, await answer(here, now, posted), posted, form)


async def _reporting(
    here: Here, now: Shown, posted: forms.Posted, files: tuple[SentFile, ...]
) -> Response | None:
    """What only the pages of a report post; None for anything else."""
    match posted:
        case forms.FilesSent():
            now, problem = await take_files(here, now, posted, files)
            if problem is not None:
                return await _page(here, now, problem=problem, status=_REFUSED)
            return _moved(here, address_of(here, now.turn))
        case forms.FileRemoved(question=question):
            await remove_file(here, now, posted)
            return _moved(here, here.at(f"q/{question}"))
        case forms.Joined(problem=known):
            await join(here, now, known)
            here.request.app.state.on_submission()
            return _moved(here, here.at("done"))
    return None


async def _anywhere(
    here: Here, now: Shown | None, posted: forms.StartAgain | forms.TakeBack | Speak
) -> Response:
    """What can be done whether a conversation runs or not."""
    match posted:
        case forms.StartAgain():
            await start_again(here)
        case forms.TakeBack():
            await here.take_back()
        case Speak(language=language):
            now = await speak(here, now, language)
            return _moved(here, address_of(here, now.turn) if now else here.address)
    return _moved(here, here.address)


async def _nothing_runs(here: Here, shown: Shown | None, posted: forms.Posted) -> Response:
    """A page was left open after the end, or longer than drafts are kept: nothing is stored."""
    match posted:
        case Decline():
            phase = Phase.DECLINED
        case Cancel():
            phase = Phase.CANCELLED
        case _ if shown is not None:
            phase = shown.state.phase
        case _:
            return trouble_page(here.request, Trouble.EXPIRED)
    return _over(here, here.published, phase)


async def _ask_again(here: Here, shown: Shown | None, form: FormData) -> Response:
    """The form's token is missing, old or foreign: nothing is done, what was typed is kept."""
    if sent(shown):
        return _moved(here, here.at("done"))
    now, posted = running(shown), form.get("question")
    here.refuse_if_closed(now)
    if now is not None and posted in types_of(now.published) and place_of(now.turn) != posted:
        now = await look_back(here, now, str(posted))
    if now is None and not here.begins:
        return trouble_page(here.request, Trouble.FOREIGN)
    now = now or await here.preview()
    typed = _typed_here(now.turn, form)
    if typed is None and here.request.state.typed:
        return trouble_page(here.request, Trouble.FOREIGN)
    return await _page(here, now, typed=typed, problem=Problem(FORM_TOKEN), status=_FORBIDDEN)


async def _answered(here: Here, shown: Shown, posted: forms.Posted, form: FormData) -> Response:
    """After an input: on to the next page, or this one again with what is wrong."""
    if any(isinstance(event, Submitted) for event in shown.events):
        here.request.app.state.on_submission()
    turn = shown.turn
    if isinstance(turn, OverTurn):
        if turn.phase is Phase.SENT:
            return _moved(here, here.at("done"))
        return _over(here, shown.published, turn.phase)
    if turn.problem is not None:
        return await _page(here, shown, typed=_typed_here(turn, form), status=_REFUSED)
    if isinstance(posted, Submit) and Stale("revision") in shown.events:
        return await _page(here, shown, problem=Problem(CHANGED_MEANWHILE), status=_OUTDATED)
    if isinstance(turn, UnitTurn) and turn.typed is not None:
        return await _page(here, shown)
    if shown.arrived is not None:
        return await _page(here, shown)  # said at once, and once
    return _moved(here, address_of(here, turn))


def _noticed(here: Here, shown: Shown, survey: Survey, language: str) -> Survey:
    """With what is said of the text that was just taken (B20)."""
    if shown.arrived is None:
        return survey
    gettext, arrived = translations(language).gettext, shown.arrived
    lines: tuple[str, ...] = ()
    if arrived.concerns:
        lines = report_words.help_lines(gettext, here.app.settings, arrived.concerns)
        lines += (report_words.routed(gettext),) if survey.report else ()
    told = arrived.identifiers and report_words.identified(
        gettext, arrived.identifiers, deleted=False
    )
    return replace(survey, help=lines, noticed=told or "")


def _typed_here(turn: Turn, form: FormData) -> Typed | None:
    """What was typed, where it was typed for the question that is shown."""
    return forms.typed(form) if form.get("question") == place_of(turn) else None


async def _page(
    here: Here,
    shown: Shown,
    *,
    typed: Typed | None = None,
    problem: Problem | None = None,
    resumed: bool = False,
    status: int = 200,
) -> Response:
    language = shown.state.language
    survey = _survey(
        here, shown.published, language, revision=shown.state.revision, resumed=resumed
    )
    survey = _noticed(here, shown, await here.told(shown, survey, language), language)
    visit = here.visit(shown.published.questionnaire.languages, language)
    page = here.web.pages.turn(shown.turn, survey=survey, visit=visit, typed=typed, problem=problem)
    return _with_cookie(here, HTMLResponse(page, status))


def _over(here: Here, published: Published, phase: Phase) -> Response:
    """Declined or thrown away; what was typed since is given back."""
    visit = here.visit(published.questionnaire.languages, here.language)
    page = here.web.pages.over(
        phase,
        survey=_survey(here, published, here.language),
        visit=visit,
        kept=here.request.state.typed,
        again=here.address if here.begins else None,
    )
    return _with_cookie(here, HTMLResponse(page))


def _moved(here: Here, address: str) -> Response:
    return _with_cookie(here, RedirectResponse(address, _SEE_OTHER))


def _with_cookie(here: Here, response: Response) -> Response:
    set_cookie(response, here.visitor, secure=here.app.settings.secure_cookies)
    return response


def _survey(
    here: Here, published: Published, language: str, *, revision: int = 0, resumed: bool = False
) -> Survey:
    questionnaire = published.questionnaire
    return Survey(
        title=questionnaire.speak(questionnaire.title, language),
        privacy=questionnaire.privacy,
        revision=revision,
        floor=published.version.floor,
        resumed=resumed,
        unreviewed=language in questionnaire.unreviewed,
        notice=here.notice,
        keying=here.keying,
    )


def address_of(here: Here, turn: Turn) -> str:
    """Where a turn is shown."""
    match turn:
        case QuestionTurn():
            return here.at(f"q/{turn.name}")
        case UnitTurn():
            return here.at("unit")
        case ReviewTurn():
            return here.at("check")
        case NoticeTurn() | OverTurn():
            return here.address
