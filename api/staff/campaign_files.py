"""A campaign as a file: pasted or sent in, and given out."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.staff.campaigns import PATH, TITLE, Reader, address_of
from api.staff.receiving import DRAINED, received
from api.staff.shell import Crumb, Desk, Fault, staffed
from api.web.forms import FormTooLong
from survey import errors
from survey.domain.access import Action
from survey.domain.campaign_file import read_campaign, written
from survey.domain.language import N_
from survey.errors import CampaignFaulty, CampaignRefused, ChangedMeanwhile, NotFound

FILE: Final = "/staff/campaign-file"
LIMIT: Final = 64 * 1024
"""Bytes of a campaign file: a hundred times what one needs."""

router = APIRouter(include_in_schema=False)

Runner = Annotated[Desk, Depends(staffed(Action.RUN_CAMPAIGNS))]

_TITLE: Final = N_("Use a campaign file")
_NAME: Final = "campaign.yaml"
_TOO_LARGE: Final = N_("The file is larger than 64 kB. Send a campaign file")
_NOTHING: Final = N_("Paste a campaign file, or choose one")
_TAKEN: Final = N_("That campaign was launched: of what is in the file, this can no longer change")
_OVERTAKEN: Final = N_("Somebody else changed that campaign just now. Send the file again")


@router.get(FILE)
async def file_form(desk: Runner) -> Response:
    return _file_page(desk, "")


@router.post(FILE, max_body_size=DRAINED)
async def take(desk: Runner) -> Response:
    """Make the campaign that the file describes, or change the one of its key."""
    try:
        async with received(desk, limit=LIMIT) as sent:
            pasted = str(sent.fields.get("text") or "")
            name = sent.file.name if sent.file else _NAME
            content = await asyncio.to_thread(sent.file.content.read) if sent.file else b""
    except FormTooLong:
        return _file_page(desk, "", [Fault("file", desk.say(_TOO_LARGE))], status=413)
    field = "file" if content else "text"
    if not content and not pasted.strip():
        return _file_page(desk, pasted, [Fault("text", desk.say(_NOTHING))])
    try:
        key = await _keep(desk, content or pasted, name=name)
    except CampaignFaulty as faulty:
        found = [Fault(field, _in_words(each, desk)) for each in faulty.faults]
        return _file_page(desk, pasted, found)
    except CampaignRefused:
        return _file_page(desk, pasted, [Fault(field, desk.say(_TAKEN))], status=409)
    except ChangedMeanwhile:
        return _file_page(desk, pasted, [Fault(field, desk.say(_OVERTAKEN))], status=409)
    return desk.go(address_of(key), "campaign_made")


@router.get(PATH + "/{campaign}/file")
async def give(campaign: str, desk: Reader) -> Response:
    """The plan as a file that reads as the same plan."""
    found = await desk.app.campaigns.get(campaign)
    return Response(
        written(found.plan),
        media_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.key}.yaml"'},
    )


async def _keep(desk: Desk, text: str | bytes, *, name: str) -> str:
    """Raises: CampaignFaulty, CampaignRefused, ChangedMeanwhile."""
    plan = read_campaign(text, name=name)
    try:
        known = await desk.app.campaigns.get(plan.key)
    except NotFound:
        return (await desk.app.campaigns.create(plan, by=desk.actor)).key
    await desk.app.campaigns.change(plan.key, plan, expected_revision=known.revision, by=desk.actor)
    return plan.key


def _in_words(fault: errors.Fault, desk: Desk) -> str:
    """Where in the file, and what is wrong, as the command says it."""
    if len(fault.path) > 1 and fault.path[1].isdigit():
        told = {"line": fault.path[1], "what": fault.message}
        return desk.say(N_("Line %(line)s: %(what)s")) % told
    return fault.message


def _file_page(
    desk: Desk, pasted: str, faults: Sequence[Fault] = (), *, status: int = 200
) -> Response:
    return desk.page(
        "staff/campaign_file.html",
        desk.say(_TITLE),
        crumbs=[Crumb(desk.say(TITLE), PATH)],
        faults=faults,
        status=status,
        text=pasted,
        wrong={fault.field: fault.text for fault in reversed(faults)},
        cancel=PATH,
    )
