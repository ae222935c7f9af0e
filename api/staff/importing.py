"""/staff/people/upload and /staff/units/upload: a list is sent, looked at, and then kept or not.

Nothing changes before somebody has seen what would. The list waits, encrypted, for an hour; it is
read and compared on another thread, so that others go on meanwhile.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff import import_words
from api.staff.import_kinds import OF_PEOPLE, OF_UNITS, PEOPLE, SOME, UNITS, WHOLE, Choice, Kind
from api.staff.import_words import FAULTS_SHOWN
from api.staff.receiving import DRAINED, FILE_LIMIT, received
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.web.forms import FormTooLong
from api.web.parts import SentFile
from survey import errors
from survey.domain.access import Action
from survey.domain.language import N_
from survey.domain.plan import Plan
from survey.errors import Busy, FieldsRejected, NeedsConfirmation, NotFound
from survey.services.uploads import Uploaded

router = APIRouter(include_in_schema=False)

OfPeople = Annotated[Desk, Depends(staffed(Action.EDIT_PEOPLE))]
OfUnits = Annotated[Desk, Depends(staffed(Action.EDIT_UNITS))]

_ONE: Final = "/{upload:uuid}"


@router.get(PEOPLE)
async def people_form(desk: OfPeople) -> Response:
    return _upload_page(desk, OF_PEOPLE)


@router.get(UNITS)
async def units_form(desk: OfUnits) -> Response:
    return _upload_page(desk, OF_UNITS)


@router.post(PEOPLE, max_body_size=DRAINED)
async def send_people(desk: OfPeople) -> Response:
    return await _take(desk, OF_PEOPLE)


@router.post(UNITS, max_body_size=DRAINED)
async def send_units(desk: OfUnits) -> Response:
    return await _take(desk, OF_UNITS)


@router.get(f"{PEOPLE}{_ONE}")
async def preview_people(desk: OfPeople, upload: UUID) -> Response:
    return await _preview(desk, OF_PEOPLE, upload)


@router.get(f"{UNITS}{_ONE}")
async def preview_units(desk: OfUnits, upload: UUID) -> Response:
    return await _preview(desk, OF_UNITS, upload)


@router.post(f"{PEOPLE}{_ONE}")
async def decide_people(desk: OfPeople, upload: UUID) -> Response:
    return await _decide(desk, OF_PEOPLE, upload)


@router.post(f"{UNITS}{_ONE}")
async def decide_units(desk: OfUnits, upload: UUID) -> Response:
    return await _decide(desk, OF_UNITS, upload)


# --- sending ---


def _upload_page(
    desk: Desk, kind: Kind, faults: Sequence[Fault] = (), *, chosen: str = "", status: int = 200
) -> Response:
    """Raises: NotFound, where they may not do this to the whole body."""
    desk.caller.require(kind.action)
    return desk.page(
        "staff/upload.html",
        desk.say(kind.title),
        crumbs=_crumbs(desk, kind),
        faults=faults,
        kind=kind.name,
        path=kind.path,
        back=kind.back,
        chosen=chosen,
        megabytes=FILE_LIMIT // 1024**2,
        status=status,
    )


async def _take(desk: Desk, kind: Kind) -> Response:
    """Keep the file for its preview."""
    desk.caller.require(kind.action)
    try:
        async with received(desk) as sent:
            chosen = str(sent.fields.get("list") or "")
            faults = _sending_faults(desk, sent.file, chosen)
            if faults or sent.file is None:
                return _upload_page(desk, kind, faults, chosen=chosen)
            content = await asyncio.to_thread(sent.file.content.read)
            upload = await desk.app.uploads.keep_upload(
                desk.account.id, kind.name, sent.file.name, content
            )
    except FormTooLong:
        words = desk.say(
            N_("The file is larger than %(number)d MB. Split it, or leave columns out")
        )
        too_large = Fault("file", words % {"number": FILE_LIMIT // 1024**2})
        return _upload_page(desk, kind, [too_large], status=413)
    return desk.go(f"{kind.path}/{upload}{Choice(chosen == WHOLE).query}")


def _sending_faults(desk: Desk, file: SentFile | None, chosen: str) -> list[Fault]:
    faults = []
    if file is None:
        faults.append(Fault("file", desk.say(N_("Choose a file that is not empty"))))
    if chosen not in (WHOLE, SOME):
        faults.append(Fault("list", desk.say(N_("Choose whether this is the whole list"))))
    return faults


# --- looking ---


async def _preview(desk: Desk, kind: Kind, upload: UUID) -> Response:
    desk.caller.require(kind.action)
    sent = await _kept(desk, kind, upload)
    if sent is None:
        return _gone_page(desk, kind)
    return await _preview_page(desk, kind, sent, Choice.of(desk.request.query_params))


async def _preview_page(
    desk: Desk, kind: Kind, sent: Uploaded, choice: Choice, faults: Sequence[Fault] = ()
) -> Response:
    """What the list would change, or what is wrong with it."""
    try:
        plan = await kind.plan(desk, sent, choice)
    except FieldsRejected as rejected:
        return _faulty_page(desk, kind, sent, rejected.faults, rows=0)
    if plan.faults:
        return _faulty_page(desk, kind, sent, plan.faults, rows=plan.faulty)
    names = {unit.key: unit.name for unit in await desk.app.organisation.known_units()}
    return desk.page(
        "staff/import_preview.html",
        desk.say(N_("Check what would change")),
        crumbs=_crumbs(desk, kind),
        faults=faults,
        kind=kind.name,
        sent=sent,
        choice=choice,
        plan=plan,
        sections=kind.sections(plan, names, desk.say),
        doubts=import_words.doubts(plan, await _names_of_others(desk, plan), desk.say),
        here=f"{kind.path}/{sent.id}",
        back=kind.path,
    )


async def _names_of_others(desk: Desk, plan: Plan[Any]) -> Mapping[str, str]:
    """Of those whom the first of the new people may be, by key."""
    wanted = {each.other for each in plan.decisions[:FAULTS_SHOWN]}
    async with desk.app.begin.read() as work:
        return await work.people.names_by_key(wanted)


def _faulty_page(
    desk: Desk, kind: Kind, sent: Uploaded, faults: Sequence[errors.Fault], *, rows: int
) -> Response:
    """`rows` is how many have a fault; 0 where the file is none of rows."""
    return desk.page(
        "staff/import_faults.html",
        desk.say(N_("The list cannot be used yet")),
        crumbs=_crumbs(desk, kind),
        sent=sent,
        found=[_place(fault) for fault in faults[:FAULTS_SHOWN]],
        rows=rows,
        more=rows > len({fault.path[1] for fault in faults if len(fault.path) > 1}),
        here=f"{kind.path}/{sent.id}",
        back=kind.path,
        status=422,
    )


def _place(fault: errors.Fault) -> tuple[str, str, str]:
    """Row, column, what is wrong."""
    row, column = (*fault.path[1:3], "", "")[:2]
    return row, column, fault.message


# --- keeping ---


async def _decide(desk: Desk, kind: Kind, upload: UUID) -> Response:
    """Keep what the list says, once, or throw it away."""
    desk.caller.require(kind.action)
    form = await desk.form()
    if form.get("action") == "drop":
        await desk.app.uploads.drop_upload(desk.account.id, upload)
        return desk.go(kind.path, "upload_dropped")
    sent = await _kept(desk, kind, upload)
    if sent is None:
        return _gone_page(desk, kind)
    choice = Choice.of(form)
    try:
        plan = await kind.keep(desk, sent, choice, _typed(form))
    except NeedsConfirmation as stopped:
        words = desk.say(N_("Type %(number)d, the number of those who would leave, or stop here"))
        return await _preview_page(
            desk, kind, sent, choice, [Fault("number", words % {"number": stopped.removed})]
        )
    except FieldsRejected:  # what there is changed since the preview: show it anew
        return await _preview_page(desk, kind, sent, choice)
    except Busy:
        words = desk.say(N_("Somebody else changed the same people. Nothing is lost. Try again"))
        return await _preview_page(desk, kind, sent, choice, [Fault("apply", words)])
    await desk.app.uploads.drop_upload(desk.account.id, upload)
    return desk.page(
        "staff/import_done.html",
        desk.say(N_("The list is imported")),
        crumbs=_crumbs(desk, kind),
        kind=kind.name,
        sent=sent,
        plan=plan,
        sections=kind.sections(plan, {}, desk.say),
        back=kind.back,
    )


def _typed(form: FormData) -> int:
    """How many the person says may leave; 0 where they say nothing that is a number."""
    typed = str(form.get("number") or "").strip().replace(",", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


async def _kept(desk: Desk, kind: Kind, upload: UUID) -> Uploaded | None:
    """The file, as long as it waits; another kind's or somebody else's is not there."""
    try:
        sent = await desk.app.uploads.upload(desk.account.id, upload)
    except NotFound:
        return None
    return sent if sent.kind == kind.name else None


def _gone_page(desk: Desk, kind: Kind) -> Response:
    return desk.page(
        "staff/import_gone.html",
        desk.say(N_("This list is not here any more")),
        crumbs=_crumbs(desk, kind),
        back=kind.back,
        path=kind.path,
        status=404,
    )


def _crumbs(desk: Desk, kind: Kind) -> list[Crumb]:
    return [Crumb(desk.say(kind.listed), kind.back)]
