"""/case/TOKEN: one report by its link: what was said, answers with files, whether it is fixed."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Access, App, Caller, Rule
from api.files import file_response
from api.limiting import Limits
from api.web import forms
from api.web.case_page import CaseHere, Written, Wrong, case_page, meet_case
from api.web.errors import trouble_page
from api.web.parts import SentFile, is_multipart, read_parts_of_anybody
from api.web.security import comes_from_us
from api.web.troubles import Trouble
from api.web.visits import PROBLEM, Web, with_query
from survey.domain import reporter_acts
from survey.domain.case_records import Attachment
from survey.domain.cases import EntryKind, Side, Verdict
from survey.domain.file_kinds import MOST_AT_ONCE, MOST_BYTES
from survey.domain.file_words import why_refused
from survey.domain.language import N_
from survey.errors import CaseRefused, FieldsRejected, FileRefused
from survey.locales import translations

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Caller, Depends(Access(Rule.ANYBODY))]

BODY_LIMIT: Final = 3 * MOST_BYTES
"""Bytes of all files of one message: ten photos as phones take them."""

DRAINED: Final = 4 * BODY_LIMIT
"""Bytes of a body that are read at all, so that a browser shows what is said of it."""

_MOST_PARTS: Final = MOST_AT_ONCE + 1
"""Files of a body that are read at all; over `MOST_AT_ONCE` the page says how many it takes."""

_SEE_OTHER: Final = 303
_REFUSED: Final = 422

_TEXT_FAULTS: Final[Mapping[str, str]] = {
    "required": N_("Write a message, or choose a file"),
    "too_long": N_("Your message must be 4,000 characters or fewer"),
    "bad_sign": N_("Your message has a character in it that we cannot keep. Type it again"),
}


@router.get("/case/{token}")
async def seen(token: str, request: Request, app: App, _: Anybody) -> Response:
    """How a report stands. Looking changes nothing. Raises: NotFound, TooMany."""
    return case_page(await meet_case(token, request, app))


@router.post("/case/{token}", max_body_size=DRAINED)
async def posted(token: str, request: Request, app: App, _: Anybody) -> Response:
    """A message with files, whether it is fixed, how it was handled, or another problem.

    Raises: NotFound, TooMany, Busy, UnreadableForm, FormTooLong.
    """
    web: Web = request.app.state.web
    limits: Limits = request.app.state.limits
    if not comes_from_us(request.headers, origins=web.origins):
        return trouble_page(request, Trouble.FOREIGN)
    await meet_case(token, request, app)
    async with AsyncExitStack() as stack:
        files: tuple[SentFile, ...] = ()
        if is_multipart(request):
            reading = read_parts_of_anybody(
                request, limits, limit=BODY_LIMIT, most_files=_MOST_PARTS
            )
            parts = await stack.enter_async_context(reading)
            form, files = parts.fields, parts.files
        else:
            form = await forms.read_body(request)
        request.state.typed = tuple(
            text for name in ("text", "wrong") if (text := _text(form, name)).strip()
        )
        here = await meet_case(token, request, app)
        limits.link(str(here.found.case.id))
        match _text(form, "action"):
            case "message":
                return await _say(here, form, files)
            case "verdict":
                return await _judge(here, form)
            case "rating":
                return await _rate(here, form)
            case "report":
                return _report(here)
            case "school":
                return await _send_school(here)
        raise forms.UnreadableForm("action")


async def _say(here: CaseHere, form: FormData, files: tuple[SentFile, ...]) -> Response:
    text, gettext = _text(form, "text"), translations(here.language).gettext
    kept = await _waiting(here, form)
    if _is_repeated(here, form, text, (*(each.name for each in files), *_names(kept))):
        return _on(here, "message")
    if len(kept) + len(files) > MOST_AT_ONCE:
        many = gettext("Choose at most %(most)s files") % {"most": MOST_AT_ONCE}
        return _again(here, Written(text, kept, faults=(Wrong("files", many),)))
    try:
        # A text that is refused must not leave files behind that belong to nothing.
        ids = tuple(each.id for each in kept)
        reporter_acts.message(text, ids or ((here.found.case.id,) if files else ()))
    except FieldsRejected as refused:
        told = gettext(_TEXT_FAULTS[refused.faults[0].code])
        return _again(here, Written(text, kept, faults=(Wrong("text", told),)))
    kept, faults = await _keep(here, files, kept)
    if faults:
        return _again(here, Written(text, kept, faults=faults))
    ids = tuple(each.id for each in kept)
    await here.app.own_cases.say(here.found.case.id, text, ids, who=here.who)
    return _on(here, "message")


async def _keep(
    here: CaseHere, files: tuple[SentFile, ...], kept: tuple[Attachment, ...]
) -> tuple[tuple[Attachment, ...], tuple[Wrong, ...]]:
    """The files that are here now, and why others are not; who sends again need not send those."""
    gettext, faults = translations(here.language).gettext, list[Wrong]()
    limits: Limits = here.request.app.state.limits
    for file in files:
        try:
            content = file.content.read()
            one = await here.app.attachments.keep(
                file.name, content, case=here.found.case.id, sender=limits.source(here.request)
            )
        except FileRefused as refused:
            why = why_refused(refused.reason, gettext)
            faults.append(Wrong("files", f"{file.name}: {why}" if file.name else why))
        else:
            kept = (*kept, one)
    return kept, tuple(faults)


async def _waiting(here: CaseHere, form: FormData) -> tuple[Attachment, ...]:
    """Files that came with an earlier try of the same message."""
    named = set[UUID]()
    for each in form.getlist("kept"):
        try:
            named.add(UUID(str(each)))
        except ValueError as error:
            raise forms.UnreadableForm("kept") from error
    if not named:
        return ()
    return await here.app.own_cases.waiting(here.found.case.id, named, who=here.who)


def _is_repeated(here: CaseHere, form: FormData, text: str, names: tuple[str, ...]) -> bool:
    """Whether this very form was taken already: pressed twice, or sent again by a reload."""
    seen = forms.read_revision(form)
    if seen is None:
        return False
    called = {each.id: each.name for each in here.found.files}
    return any(
        entry.number > seen
        and entry.kind is EntryKind.MESSAGE
        and entry.side is Side.REPORTER
        and entry.text == text.strip()
        and len(entry.files) == len(names)
        and (bool(text.strip()) or [called.get(each) for each in entry.files] == list(names))
        for entry in here.found.timeline
    )


async def _judge(here: CaseHere, form: FormData) -> Response:
    gettext, wrong = translations(here.language).gettext, _text(form, "wrong")
    case, cases, chosen = here.found.case, here.app.own_cases, _text(form, "verdict")
    if chosen not in set(Verdict):
        faults = (Wrong("verdict", gettext("Select whether it is fixed")),)
        return _again(here, Written(wrong_text=wrong, faults=faults))
    text = "" if chosen == Verdict.FIXED else wrong
    try:
        await cases.judge(case.id, Verdict(chosen), text, who=here.who)
    except FieldsRejected as refused:
        told = gettext(_TEXT_FAULTS[refused.faults[0].code])
        faults = (Wrong("wrong", told),)
        return _again(here, Written(wrong_text=wrong, verdict=chosen, faults=faults))
    except CaseRefused:
        # Staff went on with it meanwhile: the page shows how it stands, and what was typed.
        told = gettext("It is not waiting for that any more. See below how it stands now")
        fresh = await meet_case(here.token, here.request, here.app)
        return _again(fresh, Written(text=wrong, faults=(Wrong("text", told),)), status=409)
    return _on(here, "verdict")


async def _rate(here: CaseHere, form: FormData) -> Response:
    gettext, score = translations(here.language).gettext, _text(form, "score")
    try:
        if score not in set("12345"):
            raise FieldsRejected([])
        await here.app.own_cases.rate(here.found.case.id, int(score), who=here.who)
    except FieldsRejected:
        told = gettext("Select how well it was handled")
        return _again(here, Written(faults=(Wrong("score", told),)))
    except CaseRefused:
        return _on(here, "")
    return _on(here, "rating")


def _report(here: CaseHere) -> Response:
    """Another problem, of nobody known: the link may have been passed on."""
    return RedirectResponse(with_query(PROBLEM, language=here.asked), _SEE_OTHER)


async def _send_school(here: CaseHere) -> Response:
    """A link to all reports of the school, to the reporter's own address, which is not told of."""
    if here.found.case.person is not None:
        await here.app.school_links.ask(here.found.case.person, language=here.language)
    return _on(here, "school")


@router.get("/case/{token}/hand-on")
async def handing_on(token: str, request: Request, app: App, _: Anybody) -> Response:
    """To whom it can be handed. Raises: NotFound, TooMany."""
    return await _hand_on_page(await meet_case(token, request, app))


@router.post("/case/{token}/hand-on")
async def handed_on(token: str, request: Request, app: App, _: Anybody) -> Response:
    """Hand it to a colleague of the same school. Raises: NotFound, TooMany, Busy."""
    web: Web = request.app.state.web
    if not comes_from_us(request.headers, origins=web.origins):
        return trouble_page(request, Trouble.FOREIGN)
    form = await forms.read_body(request)
    here = await meet_case(token, request, app)
    request.app.state.limits.link(str(here.found.case.id))
    chosen = _text(form, "colleague")
    colleagues = await app.own_cases.colleagues(here.found.case.id, who=here.who)
    named = [each for each in colleagues if str(each.id) == chosen]
    if not named:
        return await _hand_on_page(here, nobody=True)
    await app.own_cases.hand_on(here.found.case.id, named[0].id, who=here.who)
    return await _hand_on_page(here, to=named[0].name)


async def _hand_on_page(here: CaseHere, *, nobody: bool = False, to: str | None = None) -> Response:
    """Whom to choose; or that it is handed on, the last page that this link leads to."""
    web: Web = here.request.app.state.web
    gettext, colleagues = translations(here.language).gettext, []
    title = gettext("Report %(reference)s is handed to %(name)s")
    if to is None:
        title = gettext("Hand report %(reference)s to a colleague")
        found = here.found.case.id
        colleagues = list(await here.app.own_cases.colleagues(found, who=here.who))
    page = web.pages.render(
        "case_hand_on.html",
        visit=here.visit("hand-on"),
        title=title % {"reference": here.found.case.reference, "name": to},
        here=here,
        colleagues=colleagues,
        to=to,
        error=gettext("Select a colleague") if nobody else None,
        focus="colleague",
    )
    return HTMLResponse(page, _REFUSED if nobody else 200)


@router.get("/case/{token}/files/{file:uuid}")
async def file(token: str, file: UUID, request: Request, app: App, _: Anybody) -> Response:
    """A file of the report: to be saved, but for pictures that we drew ourselves.

    Raises: NotFound, TooMany, Busy.
    """
    here = await meet_case(token, request, app)
    named = next((each for each in here.found.files if each.id == file), None)
    served = await app.attachments.read(named if named is not None else UUID(int=0))
    return file_response(served, show="show" in request.query_params)


def _again(here: CaseHere, written: Written, *, status: int = _REFUSED) -> Response:
    return case_page(here, written, status=status)


def _on(here: CaseHere, told: str) -> Response:
    """To the page as it stands now; a reload of that changes nothing."""
    return RedirectResponse(here.at(told=told), _SEE_OTHER)


def _names(files: tuple[Attachment, ...]) -> tuple[str, ...]:
    return tuple(each.name for each in files)


def _text(form: FormData, name: str) -> str:
    """The first value of a field, with one sign per line end; a browser sends two."""
    value = form.get(name)
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
