"""Writing in a report: a reply or a question with files, a note, a template put into the text."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from api.staff.case_desk import PATH, Worker, looker_of
from api.staff.case_page import (
    WENT_ON,
    Draft,
    Writing,
    faults_of,
    seen_by,
    show,
    workable,
    written,
)
from api.staff.case_telling import is_told
from api.staff.shell import Desk, Fault
from api.web import forms
from api.web.parts import FilesTooLong, SentFile, is_multipart, read_parts
from survey.domain import case_acts
from survey.domain.case_records import Attachment
from survey.domain.cases import Audience, Case, Said
from survey.domain.file_kinds import MOST_AT_ONCE, MOST_BYTES
from survey.domain.file_words import why_refused
from survey.domain.language import N_
from survey.errors import CaseRefused, ChangedMeanwhile, FieldsRejected, FileRefused

router = APIRouter(include_in_schema=False)

_BODY_LIMIT: Final = 3 * MOST_BYTES
"""Bytes of all files of one message, as of a reporter's."""

_DRAINED: Final = 4 * _BODY_LIMIT
"""Bytes of a body that are read at all, so that a browser shows what is said of it."""

_MOST_PARTS: Final = 50
"""Files of a body that are read at all; over `MOST_AT_ONCE` the page says how many it takes."""

_TELLS: Final = frozenset({"case_reply", "case_ask"})
"""What is said after a message to the reporter, where one leaves."""

_TOO_MANY: Final = N_("Choose at most %(most)s files")
_TOO_LONG: Final = N_("Choose files of 60 MB or less together")


@router.post(PATH + "/{reference}/write", max_body_size=_DRAINED)
async def write(reference: str, desk: Worker) -> Response:
    """Send a reply or a question, keep a note, or put a template into the text.

    What was typed and what was chosen is there again whenever it is not taken.
    """
    async with AsyncExitStack() as stack:
        files: tuple[SentFile, ...] = ()
        try:
            if is_multipart(desk.request):
                reading = read_parts(desk.request, limit=_BODY_LIMIT, most_files=_MOST_PARTS)
                parts = await stack.enter_async_context(reading)
                form, files = parts.fields, parts.files
            else:
                form = await forms.read_body(desk.request)
        except FilesTooLong as long:
            desk.require_ours(written(long.fields, "csrf"))
            faults = [Fault("files", desk.say(_TOO_LONG))]
            return await _again(reference, long.fields, desk, faults)
        desk.require_ours(written(form, "csrf"))
        return await _written(reference, form, files, desk)


async def _written(
    reference: str, form: FormData, files: Sequence[SentFile], desk: Desk
) -> Response:
    found, what = await workable(reference, desk), written(form, "what")
    kept = await _waiting(reference, form, desk)
    if len(kept) + len(files) > MOST_AT_ONCE:
        faults = [Fault("files", desk.say(_TOO_MANY) % {"most": MOST_AT_ONCE})]
        return await _again(reference, form, desk, faults, kept)
    if form.get("do") == "insert":
        kept, faults = await _keep(files, kept, found.case, desk)
        text = written(form, "text")
        text = await _with_template(text, written(form, "template"), found.case, desk)
        draft = Draft(text, what, kept)
        return await show(desk, found, faults=faults, draft=draft, seen=seen_by(form))
    try:
        # A text that is refused leaves no files behind that belong to nothing.
        there = tuple(each.id for each in kept)
        _said(what, written(form, "text"), there or ((found.case.id,) if files else ()))
    except FieldsRejected as rejected:
        return await _again(reference, form, desk, faults_of(rejected, desk), kept)
    kept, faults = await _keep(files, kept, found.case, desk)
    if faults:
        return await _again(reference, form, desk, faults, kept)
    said = _said(what, written(form, "text"), tuple(each.id for each in kept))
    try:
        await desk.app.cases.act(
            reference, said, looker=looker_of(desk), by=desk.actor, seen=seen_by(form)
        )
    except (ChangedMeanwhile, CaseRefused):
        faults = [Fault("new", desk.say(WENT_ON))]
        return await _again(reference, form, desk, faults, kept, status=409)
    word = f"case_{_way(what)}"
    if word in _TELLS and not await is_told(found.case, desk):
        word = "case_untold"
    return desk.go(f"{PATH}/{found.case.reference}", word)


async def _again(
    reference: str,
    form: FormData,
    desk: Desk,
    faults: Sequence[Fault],
    kept: tuple[Attachment, ...] | None = None,
    *,
    status: int = 200,
) -> Response:
    """The report as it is now, with what was typed and what is new since they looked."""
    found = await workable(reference, desk)
    if kept is None:
        kept = await _waiting(reference, form, desk)
    draft = Draft(written(form, "text"), written(form, "what"), kept)
    return await show(desk, found, faults=faults, draft=draft, seen=seen_by(form), status=status)


async def _waiting(reference: str, form: FormData, desk: Desk) -> tuple[Attachment, ...]:
    """Files that came with an earlier try of the same message, and are ticked still."""
    try:
        named = {UUID(str(each)) for each in form.getlist("kept")}
    except ValueError as error:
        raise forms.UnreadableForm("kept") from error
    if not named:
        return ()
    return await desk.app.cases.waiting(reference, named, looker_of(desk))


async def _keep(
    files: Sequence[SentFile], kept: tuple[Attachment, ...], case: Case, desk: Desk
) -> tuple[tuple[Attachment, ...], list[Fault]]:
    """The files that are here now, and why others are not; those need not be chosen again."""
    faults = list[Fault]()
    for file in files:
        try:
            one = await desk.app.attachments.keep(file.name, file.content.read(), case=case.id)
        except FileRefused as refused:
            why = why_refused(refused.reason, desk.say)
            faults.append(Fault("files", f"{file.name}: {why}" if file.name else why))
        else:
            kept = (*kept, one)
    return kept, faults


def _way(what: str) -> Writing:
    return Writing(what) if what in set(Writing) else Writing.REPLY


def _said(what: str, text: str, files: tuple[UUID, ...]) -> Said:
    """Raises: FieldsRejected."""
    match _way(what):
        case Writing.ASK:
            return case_acts.asked(text, files)
        case Writing.NOTE:
            return case_acts.note(text, files)
        case Writing.PROVIDER:
            return case_acts.note(text, files, audience=Audience.PROVIDER)
        case _:
            return case_acts.reply(text, files)


async def _with_template(text: str, template: str, case: Case, desk: Desk) -> str:
    """What was typed, and below it the chosen template in the reporter's language."""
    offered = await desk.app.case_desk.templates_for(case.service)
    chosen = next((each for each in offered if str(each.id) == template), None)
    if chosen is None:
        return text
    return "\n\n".join(filter(None, (text.rstrip(), chosen.in_(case.language))))
